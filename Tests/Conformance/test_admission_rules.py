"""Keys, routes, and the order in which a request is refused."""

import pytest

from api import RATE, body, code, documented, exact, fields
from operations import NOBODY, OPERATIONS
from rules import JULY, OCTOBER, rule
from support import BUILT_IN_KEY, PROVIDERS, UNKNOWN_KEY, path_of

CHATGPT = path_of("chatgpt")
TYPES = [
    "", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8",
    "multipart/form-data; boundary=x", "APPLICATION/JSON", "nonsense",
]  # fmt: skip

MESSAGES = {
    "MISSING_API_KEY": "Missing or invalid API key",
    "INVALID_API_KEY_FORMAT": "Invalid API key format",
    "INVALID_OR_EXPIRED_API_KEY": "Invalid or expired API key",
}


def refused(api, authorization, method="POST", path=CHATGPT):
    headers = {} if authorization is None else {"Authorization": authorization}
    return api.send(method, path, body={}, headers=headers)


@rule("auth.every-endpoint", "auth.no-limit-headers")
def test_no_operation_answers_without_a_key(api):
    for method, path in OPERATIONS[api.revision]:
        answer = refused(api, None, method, path.format(taskId=NOBODY))
        assert code(answer) == (401, "MISSING_API_KEY"), path
        assert documented(answer) == api.always - RATE


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (None, "MISSING_API_KEY"),
        ("", "MISSING_API_KEY"),
        (f"bearer {BUILT_IN_KEY}", "MISSING_API_KEY"),
        (f"BEARER {BUILT_IN_KEY}", "MISSING_API_KEY"),
        (f"Basic {BUILT_IN_KEY}", "MISSING_API_KEY"),
        (f"Token {BUILT_IN_KEY}", "MISSING_API_KEY"),
        (BUILT_IN_KEY, "MISSING_API_KEY"),
        ("Bearer key", "INVALID_API_KEY_FORMAT"),
        ("Bearer " + BUILT_IN_KEY[:-1], "INVALID_API_KEY_FORMAT"),
        # A key with something behind it is none.
        (f"Bearer {BUILT_IN_KEY}0", "INVALID_API_KEY_FORMAT"),
        (f"Bearer {BUILT_IN_KEY} 0", "INVALID_API_KEY_FORMAT"),
        (f"Bearer {BUILT_IN_KEY},x", "INVALID_API_KEY_FORMAT"),
        (f"Bearer  {BUILT_IN_KEY}", "INVALID_API_KEY_FORMAT"),
        (f'Bearer "{BUILT_IN_KEY}"', "INVALID_API_KEY_FORMAT"),
        ("Bearer " + BUILT_IN_KEY.upper(), "INVALID_API_KEY_FORMAT"),
        ("Bearer sk_live_" + "A" * 32, "INVALID_API_KEY_FORMAT"),
        ("Bearer sk_live_" + "g" * 32, "INVALID_API_KEY_FORMAT"),
        ("Bearer sk_prod_" + "0" * 32, "INVALID_API_KEY_FORMAT"),
        (f"Bearer {UNKNOWN_KEY}", "INVALID_OR_EXPIRED_API_KEY"),
        ("Bearer sk_test_" + "9" * 32, "INVALID_OR_EXPIRED_API_KEY"),
    ],
)
@rule("auth.missing", "auth.format", "auth.unknown", "auth.message")
def test_what_is_no_key(api, authorization, expected):
    answer = refused(api, authorization)
    assert answer.status_code == 401
    assert exact(answer) == api.envelope(expected, MESSAGES[expected])


@rule("auth.unknown", "auth.format")
def test_both_prefixes_are_keys_until_they_are_revoked(api):
    for prefix in ("sk_live_", "sk_test_"):
        key = api.mint(key=prefix + "abcdef0123456789" * 2)
        assert api.ask(key).status_code == 200
        api.double.patch(key, revoked=True)
        assert code(api.ask(key)) == (401, "INVALID_OR_EXPIRED_API_KEY")
        api.double.patch(key, revoked=False)
        assert api.ask(key).status_code == 200
        api.double.control("DELETE", f"keys/{key}", status=200)
        assert code(api.ask(key)) == (401, "INVALID_OR_EXPIRED_API_KEY")


@rule("admission.order", "admission.credits-before-slots", "rate-limit.counts-failures")
def test_each_refusal_wins_over_the_later_ones(api):
    key = api.mint(credits=0, concurrency=0, requestsPerSecond=2)
    api.advance(1)
    full = "CONCURRENT_LIMIT_EXCEEDED" if api.is_july else "CONCURRENCY_LIMIT_EXCEEDED"
    assert refused(api, "Bearer x", path="/v1/x").status_code == 401
    assert api.post(key, CHATGPT, {}).status_code == 400
    assert code(api.ask(key)) == (403, "INSUFFICIENT_CREDITS")
    # Both have used the bucket, and a full bucket hides everything else.
    for answer in (api.post(key, CHATGPT, {}), api.ask(key)):
        assert code(answer) == (429, "RATE_LIMIT_EXCEEDED")
    assert [code(api.get(key, "/v1/x"))[0] for _ in range(3)] == [404, 404, 429]
    api.double.patch(key, requestsPerSecond=1000)
    assert code(api.send("PUT", CHATGPT, key, {})) == (404, "RESOURCE_NOT_FOUND")
    api.double.patch(key, addCredits=7)
    assert code(api.ask(key)) == (429, full)
    assert api.post(key, CHATGPT, {}).status_code == 400
    api.double.patch(key, concurrency=1)
    assert api.ask(key).status_code == 200


@rule("admission.model-unavailable", "errors.model-unavailable-text")
def test_a_provider_that_is_switched_off(start, fixture_file, revision):
    unavailable = ["grok", "google/news"]
    fixture = fixture_file(unavailable=unavailable, rateLimit={"requestsPerSecond": 2})
    api = start("--fixture", fixture)
    key = api.double.first_key
    assert api.ask(UNKNOWN_KEY, "grok").status_code == 401
    # Before the body is read.
    answer = api.post(key, path_of("grok"), {})
    assert answer.status_code == 400
    message = answer.json()["error"]["message"]
    assert "grok" in message
    assert exact(answer) == api.envelope("MODEL_UNAVAILABLE", message)
    assert documented(answer) >= api.always
    assert code(api.ask(key, "grok")) == (400, "MODEL_UNAVAILABLE")
    assert code(api.ask(key, "grok")) == (429, "RATE_LIMIT_EXCEEDED")
    assert code(api.ask(key, "google/news")) == (400, "MODEL_UNAVAILABLE")
    assert {api.ask(key, each).status_code for each in ("gemini", "google")} == {200}
    if api.is_july:
        assert answer.headers["x-credits-charged"] == "0"


@pytest.mark.parametrize(
    "path",
    ["/v1/invalid-endpoint", "/v1/monitor/nobody", "/v1/countries/", "/v1/", "/v1/monitor",
     "/v1/monitor/", "/v1/monitor/chatgpt/", "/v1/Countries", "/v1/monitor/ChatGPT",
     "/v1/monitor/google/news/x", "/v1//countries", "/v1/caf%C3%A9", "/v1/a%22b"],
)  # fmt: skip
@rule("routes.unknown")
def test_an_unknown_path(api, path):
    answer = api.get(api.mint(), path + "?a=b")
    assert answer.status_code == 404
    assert exact(answer) == api.envelope("RESOURCE_NOT_FOUND", "Route not found", {"id": path})


@rule("routes.outside")
@pytest.mark.parametrize("authorization", [None, "Bearer x", f"Bearer {BUILT_IN_KEY}"])
@pytest.mark.parametrize("path", ["/", "/v2/countries", "/health", "/V1/credits", "/v1x"])
def test_a_path_outside_needs_no_key(api, path, authorization):
    for method in ("GET", "POST"):
        answer = refused(api, authorization, method, path)
        whole = api.envelope("RESOURCE_NOT_FOUND", "Route not found", {"id": path})
        assert (answer.status_code, exact(answer)) == (404, whole)
        assert documented(answer) == api.always - RATE


@rule("admission.grok-available", only=JULY)
@rule("admission.grok-unavailable", only=OCTOBER)
def test_grok_is_switched_off_since_october(start, fixture_file, revision):
    api = start("--fixture", fixture_file())
    for provider in PROVIDERS:
        key = api.mint()
        expected = 400 if provider == "grok" and not api.is_july else 200
        for answer in (api.ask(key, provider), api.submit(key, provider)):
            assert answer.status_code == expected, provider
            if expected == 400:
                assert code(answer) == (400, "MODEL_UNAVAILABLE")
    available = start("--fixture", fixture_file(unavailable=[]))
    assert available.ask(available.double.first_key, "grok").status_code == 200


@rule("routes.wrong-method")
def test_a_known_path_with_another_method(api):
    key = api.mint()
    for path in {path for _, path in OPERATIONS[api.revision]}:
        allowed = {method for method, each in OPERATIONS[api.revision] if each == path}
        path = path.format(taskId=NOBODY)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - allowed:
            answer = api.send(method, path, key)
            assert allowed == set(answer.headers["allow"].split(", ")), (method, path)
            whole = api.envelope("RESOURCE_NOT_FOUND", "Route not found", {"id": path})
            assert (answer.status_code, exact(answer)) == (404, whole)
    head = api.send("HEAD", CHATGPT, key)
    assert (head.status_code, head.headers["allow"], head.content) == (404, "POST", b"")


@rule("routes.unknown")
def test_a_query_is_no_part_of_the_route(api):
    assert api.post(api.mint(), CHATGPT + "?a=b", body("chatgpt")).status_code == 200


@rule("routes.goto-is-newer", "routes.later-endpoints", only=JULY)
def test_what_october_added(api):
    key = api.mint()
    answer = api.goto(key, "https://google.com/goto?url=https%3A%2F%2Fexample.com")
    assert code(answer) == (404, "RESOURCE_NOT_FOUND") and "allow" not in answer.headers
    assert api.get(key, "/v1/credits").status_code == 200
    assert api.send("DELETE", "/v1/async/queue", key).status_code == 200


@rule("validation.not-json", "validation.content-type")
def test_what_is_no_json_and_what_looks_otherwise(api):
    key = api.mint()
    headers = {"Authorization": f"Bearer {key}"}
    paths = [CHATGPT, "/v1/async/task", "/v1/async/task/batch"]
    paths += [] if api.is_july else [path_of("google/goto")]
    for path in paths:
        for content in (b"", b"{", b"null", b"1", b'"text"', b"\xff"):
            answer = api.double.http.post(path, content=content, headers=headers)
            assert answer.status_code in (400, 422) and fields(answer) == [""], (path, content)
    valid = b'{"prompt":"x","country":"US"}'
    for media in TYPES:
        typed = headers | ({"Content-Type": media} if media else {})
        assert api.double.http.post(CHATGPT, content=valid, headers=typed).status_code == 200


@rule("validation.every-field")
def test_every_failing_field_is_named_once(api):
    key = api.mint()
    bad = {"prompt": "", "state": "x", "include": {"html": 1, "pdf": True}, "color": "red"}
    names = ["country", "include.html", "prompt"]
    assert fields(api.post(key, CHATGPT, bad)) == names
    submission = {"taskType": "CHATGPT", "payload": bad, "priority": 11}
    assert fields(api.post(key, "/v1/async/task", submission)) == sorted(
        ["priority", *(f"payload.{name}" for name in names)]
    )
    assert fields(api.post(key, CHATGPT, body("chatgpt"))) == []


@rule("validation.at-most-1000")
def test_a_thousand_failing_fields_are_named(api):
    key = api.mint(unknownMembers="refuse")
    for count, named in ((1000, 1000), (1001, 1000), (3000, 1000)):
        bad = body("chatgpt") | {f"unknown{number}": 1 for number in range(count)}
        assert len(fields(api.post(key, CHATGPT, bad))) == named
