"""A client of `/v1`, for tests and for the tests that tests run."""

import json
import urllib.error
import urllib.request

TEXT = '''
import json, os, urllib.error, urllib.request

def ask(key=None, url=None, provider="chatgpt", prompt="Which laptop?", field=None):
    """The status and the body of an answer."""
    body = json.dumps({"prompt": prompt, "country": "US"}).encode()
    url = url or os.environ["CLORO_BASE_URL"]
    request = urllib.request.Request(url + "/v1/monitor/" + provider, body)
    request.add_header("Authorization", "Bearer " + (key or os.environ["CLORO_API_KEY"]))
    if field:
        request.add_header("X-Cloro-Mock", field)
    try:
        with urllib.request.urlopen(request, timeout=90) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
'''
names = {}
exec(TEXT, names)
ask = names["ask"]


def submit(key, url, **task):
    """A task's identifier."""
    body = {"taskType": "GEMINI", "payload": {"prompt": "x", "country": "US"}, **task}
    request = urllib.request.Request(url + "/v1/async/task", json.dumps(body).encode())
    request.add_header("Authorization", "Bearer " + key)
    with urllib.request.urlopen(request, timeout=90) as answer:
        return json.load(answer)["task"]["id"]
