"""Takes the place of the reader's own client in the articles' examples."""

import builtins
import json
import runpy
import sys
import urllib.error
import urllib.request
from collections import namedtuple

Answer = namedtuple("Answer", "status headers body")


class Client:
    def __init__(self, url, key, headers=None):
        self.url, self.headers = url, {"Authorization": f"Bearer {key}", **(headers or {})}

    def ask(self, question, provider="chatgpt", **members):
        """Asks a provider."""
        return self.post(
            f"/v1/monitor/{provider}", {"prompt": question, "country": "US", **members}
        )

    def submit(self, question, **members):
        """Submits a task."""
        payload = {"prompt": question, "country": "US"}
        return self.post("/v1/async/task", {"taskType": "GROK", "payload": payload, **members})

    def post(self, path, body):
        return self.send(path, json.dumps(body).encode())

    def get(self, path):
        return self.send(path)

    def send(self, path, body=None):
        request = urllib.request.Request(self.url + path, body, self.headers)
        try:
            got = urllib.request.urlopen(request, timeout=90)
        except urllib.error.HTTPError as error:
            got = error
        with got:
            named = {name.lower(): value for name, value in got.headers.items()}
            return Answer(got.status, named, json.loads(got.read()))


if __name__ == "__main__":
    builtins.Client = Client
    runpy.run_path(sys.argv[1], run_name="__main__")
