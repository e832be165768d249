"""The journal as a file: an HTTP Archive, and an entry a line."""

import json

from support import question

SECRET = "whsec_c2VjcmV0"


def text(double, **params):
    return double.control("GET", "journal", status=200, **params).text


def test_an_archive_has_what_its_readers_need(frozen):
    key = frozen.minted(label="nightly")
    frozen.ask(key, text="Which laptop?")
    frozen.get(key, "/v1/countries", model="grok")
    frozen.post(key, "/v1/monitor/chatgpt", {"country": "US"})
    archive = json.loads(text(frozen, key=key, format="har"))["log"]
    assert archive["version"] == "1.2" and archive["creator"]["name"] == "cloro-mock"
    assert isinstance(archive["creator"]["version"], str)
    asked, countries, refused = archive["entries"]
    # HAR 1.2 requires these of each entry.
    for entry in archive["entries"]:
        assert entry.keys() >= {
            "startedDateTime", "time", "request", "response", "cache", "timings",
        }  # fmt: skip
        assert entry["request"].keys() >= {
            "method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize",
            "bodySize",
        }  # fmt: skip
        assert entry["response"].keys() >= {
            "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL",
            "headersSize", "bodySize",
        }  # fmt: skip
        assert entry["timings"].keys() >= {"send", "wait", "receive"}
    assert asked["request"]["url"] == f"{frozen.url}/v1/monitor/chatgpt"
    assert json.loads(asked["request"]["postData"]["text"]) == question("chatgpt", "Which laptop?")
    content = asked["response"]["content"]
    assert json.loads(content["text"])["success"] and content["mimeType"] == "application/json"
    assert content["size"] == len(content["text"].encode())
    assert countries["request"]["queryString"] == [{"name": "model", "value": "grok"}]
    assert countries["request"]["url"].endswith("/v1/countries?model=grok")
    assert "postData" not in countries["request"]
    assert (refused["response"]["status"], refused["response"]["statusText"]) == (
        400, "Bad Request",
    )  # fmt: skip
    assert refused["comment"].startswith("validation: prompt")
    ids = [each["requestId"] for each in json.loads(text(frozen, key=key))["entries"]]
    assert [each["_requestId"] for each in archive["entries"]] == ids


def test_an_archive_has_no_keys_and_no_secrets(frozen):
    key = frozen.minted(webhookSecret=SECRET)
    headers = {
        "Authorization": f"Bearer {key}", "Cookie": "session=hidden", "X-Other": f"{SECRET} {key}",
    }  # fmt: skip
    body = {"prompt": f"{key} and {SECRET}", "country": "US"}
    frozen.http.post(f"/v1/monitor/grok?key={key}&s={SECRET}", json=body, headers=headers)
    written = text(frozen, format="har")
    for secret in (key, SECRET, "c2VjcmV0", "hidden"):
        assert secret not in written
    assert f"Bearer …{key[-4:]}" in written and "whsec_…" in written


def test_lines_are_the_entries(frozen):
    key = frozen.minted()
    for provider in ("chatgpt", "gemini", "grok"):
        frozen.ask(key, provider)
    lines = text(frozen, format="jsonl", limit=2).splitlines()
    assert [json.loads(each) for each in lines] == frozen.control(
        "GET", "journal", limit=2
    ).json()["entries"]


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def test_a_trace_is_kept_in_every_form_and_found_in_every_way(frozen):
    key = frozen.minted()
    bearer = {"Authorization": f"Bearer {key}"}
    for sent in (PARENT, f"00-{TRACE}-{'1' * 16}-00", PARENT.upper(), None):
        fields = bearer | ({"traceparent": sent} if sent else {})
        frozen.http.get("/v1/credits", headers=fields)
    twice = [*bearer.items(), ("traceparent", PARENT), ("Traceparent", PARENT)]
    frozen.http.get("/v1/countries", headers=twice)
    entries = frozen.control("GET", "journal", key=key).json()["entries"]
    kept = [each.get("traceparent") for each in entries]
    assert kept == [PARENT, f"00-{TRACE}-{'1' * 16}-00", None, None, None]
    assert ["traceparent" in each for each in entries] == [True, True, False, False, False]
    traced = frozen.control("GET", "journal", traceparent=TRACE).json()["entries"]
    assert traced == entries[:2]
    assert frozen.control("GET", "journal", traceparent=PARENT).json()["entries"] == entries[:1]
    assert frozen.control("GET", "journal", traceparent="x").json()["entries"] == []
    lines = text(frozen, format="jsonl", traceparent=TRACE).splitlines()
    assert [json.loads(each) for each in lines] == traced
    archive = json.loads(text(frozen, format="har", traceparent=TRACE))["log"]["entries"]
    for entry, shown in zip(traced, archive, strict=True):
        field = {"name": "traceparent", "value": entry["traceparent"]}
        assert field in shown["request"]["headers"]
    wanted = {"traceparent": TRACE, "since": 0}
    with frozen.http.stream("GET", "/_mock/events", params=wanted) as answer:
        lines = answer.iter_lines()
        found = [json.loads(next(each for each in lines if each[:6] == "data: ")[6:]) for _ in "ab"]
    assert found == traced
    match = {"traceparent": TRACE, "key": key}
    waited = frozen.control("POST", "journal/await", {"match": match, "count": 2}, status=200)
    assert waited.json()["entries"] == traced
    verified = {"match": match, "times": {"exactly": 2}}
    assert frozen.control("POST", "verify", verified, status=200).json() == {"matched": 2}
    missed = frozen.control("POST", "verify", {"match": {"traceparent": "x"}}, status=409)
    nearest = missed.json()["error"]["details"]["nearest"]
    assert [each["misses"] for each in nearest][-1] == ["traceparent: expected x, was none"]
    frozen.control("DELETE", "journal", status=200, traceparent=TRACE)
    assert frozen.control("GET", "journal", key=key).json()["entries"] == entries[2:]


def test_another_format_is_refused_with_the_right_ones(frozen):
    answer = frozen.control("GET", "journal", format="hra", status=400)
    assert "har" in answer.text and "jsonl" in answer.text
    assert "format" in frozen.control("DELETE", "journal", format="har", status=400).text


def test_events_without_bodies_have_the_beginnings_of_their_questions(frozen):
    key = frozen.minted()
    frozen.ask(key, text="Which laptop? " + "x" * 1000)
    frozen.get(key, "/v1/credits")
    wanted = {"bodies": "false", "since": 0, "key": key}
    with frozen.http.stream("GET", "/_mock/events", params=wanted) as answer:
        lines = answer.iter_lines()
        found = [json.loads(next(each for each in lines if each[:6] == "data: ")[6:]) for _ in "ab"]
    assert found[0]["questions"] == [("Which laptop? " + "x" * 1000)[:300]]
    assert "body" not in found[0]["request"] and "questions" not in found[1]
    whole = frozen.control("GET", "journal").json()["entries"][0]
    assert "questions" not in whole
