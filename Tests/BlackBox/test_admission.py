"""The order of refusals, and the headers and bodies of each."""

import pytest

from support import BUILT_IN_KEY, TIMESTAMP, UNKNOWN_KEY, path_of, question

CHATGPT = path_of("chatgpt")
RATE = {"x-ratelimit-limit", "x-ratelimit-remaining"}
CONCURRENCY = {"x-concurrent-limit", "x-concurrent-current", "x-concurrent-remaining"}
CREDITS = {"x-credits-remaining", "x-credits-charged"}


def documented(response):
    """The names of the fields that the contract speaks of."""
    return {name for name in response.headers if name.startswith("x-")}


def authorized(double, authorization, method="POST", path=CHATGPT, body=None):
    headers = {} if authorization is None else {"Authorization": authorization}
    return double.http.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize(
    ("authorization", "code"),
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
        ("Bearer " + BUILT_IN_KEY + "0", "INVALID_API_KEY_FORMAT"),
        ("Bearer " + BUILT_IN_KEY.replace("c10a", "C10A"), "INVALID_API_KEY_FORMAT"),
        ("Bearer sk_live_" + "g" * 32, "INVALID_API_KEY_FORMAT"),
        ("Bearer sk_prod_" + "0" * 32, "INVALID_API_KEY_FORMAT"),
        ("Bearer SK_LIVE_" + "0" * 32, "INVALID_API_KEY_FORMAT"),
        (f"Bearer  {BUILT_IN_KEY}", "INVALID_API_KEY_FORMAT"),
        (f'Bearer "{BUILT_IN_KEY}"', "INVALID_API_KEY_FORMAT"),
        (f"Bearer {UNKNOWN_KEY}", "INVALID_OR_EXPIRED_API_KEY"),
        ("Bearer sk_test_" + "0" * 32, "INVALID_OR_EXPIRED_API_KEY"),
    ],
)
@pytest.mark.parametrize("path", [CHATGPT, "/v1/countries", "/v1/nothing", "/v1/async/status"])
def test_401(shared, authorization, code, path):
    refused = authorized(shared, authorization, path=path, body={})
    assert refused.status_code == 401
    assert TIMESTAMP.sub("T", refused.text) == (
        f'{{"error":{{"code":"{code}","message":"Missing or invalid API key","timestamp":"T"}}}}'
    )
    assert refused.headers["content-type"].startswith("application/json")
    assert documented(refused) == set()


@pytest.mark.parametrize("prefix", ["sk_live_", "sk_test_"])
def test_both_kinds_of_keys(shared, prefix):
    key = shared.minted(key=prefix + "abcdef0123456789" * 2)
    assert shared.ask(key).status_code == 200
    shared.control("DELETE", f"keys/{key}", status=200)
    assert shared.ask(key).status_code == 401


def test_a_revoked_key_is_expired(shared):
    key = shared.minted()
    assert shared.patch(key, revoked=True)["revoked"] is True
    assert shared.ask(key).json()["error"]["code"] == "INVALID_OR_EXPIRED_API_KEY"
    shared.patch(key, revoked=False)
    assert shared.ask(key).status_code == 200


# Each stage by the request that fails at it and at every later one that it can fail at too.
def test_each_refusal_wins_over_the_later_ones(frozen):
    key = frozen.minted(credits=0, concurrency=0, requestsPerSecond=1)
    frozen.advance(1)

    def code(path=CHATGPT, body=None, authorization=None, method="POST"):
        authorization = authorization or f"Bearer {key}"
        answer = authorized(frozen, authorization, method, path, body)
        error = answer.json()["error"]
        return answer.status_code, error if isinstance(error, str) else error["code"]

    rate = (429, "RATE_LIMIT_EXCEEDED")
    credits = (403, "INSUFFICIENT_CREDITS")
    slots = (429, "CONCURRENT_LIMIT_EXCEEDED")
    route = (404, "RESOURCE_NOT_FOUND")
    invalid = (400, "Request validation failed")
    assert code(body=question("chatgpt")) == credits  # over concurrency
    # Authentication over rate limit, route, validation, credits and concurrency.
    assert code(authorization="Bearer x", path="/v1/x", body={})[0] == 401
    # Rate limit over validation, credits and concurrency.
    assert code(body={}) == rate
    assert code(body=question("chatgpt")) == rate
    # Rate limit over route.
    assert code("/v1/x") == route
    assert code("/v1/x") == rate
    frozen.patch(key, requestsPerSecond=1000)
    assert code("/v1/monitor/nobody", body={}) == route
    assert code(method="PUT", body={}) == route
    # Validation over credits and concurrency.
    assert code(body={}) == invalid
    frozen.patch(key, addCredits=7)
    assert code(body={}) == invalid
    assert code(body=question("chatgpt")) == slots
    frozen.patch(key, concurrency=1)
    assert frozen.ask(key).status_code == 200


def scenes(double):
    """A monitor response of every status that a sync request can have."""
    key = double.minted(requestsPerSecond=100, credits=14, concurrency=1)
    yield 200, double.ask(key)
    yield 400, double.post(key, CHATGPT, {})
    yield 404, double.get(key, CHATGPT)
    yield 404, double.get(key, "/v1/monitor/nobody")
    double.patch(key, concurrency=0)
    yield 429, double.ask(key)
    double.patch(key, addCredits=-7)
    yield 403, double.ask(key)
    double.patch(key, requestsPerSecond=1)
    yield 429, double.ask(key)


def test_every_monitor_response_carries_all_seven_fields(frozen):
    frozen.advance(1)
    for status, response in scenes(frozen):
        assert response.status_code == status, response.text
        assert documented(response) == RATE | CONCURRENCY | CREDITS, response.text
        assert response.headers["x-credits-charged"] == ("7" if status == 200 else "0")
        names = [name.lower() for name, _ in response.headers.multi_items()]
        assert len(names) == len(set(names)), names
        assert all(response.headers[name].isdigit() for name in documented(response))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/countries", 200), ("/v1/countries?model=x", 400), ("/v1/states?country=US", 200),
        ("/v1/states", 400), ("/v1/credits", 200), ("/v1/async/status", 200), ("/v1/x", 404),
    ],
)  # fmt: skip
def test_other_responses_carry_the_rate_alone(shared, path, status):
    response = shared.get(shared.minted(), path)
    assert response.status_code == status
    assert documented(response) == RATE


@pytest.mark.parametrize(
    "path",
    ["/v1/invalid-endpoint", "/v1/", "/v1/monitor", "/v1/monitor/", "/v1/monitor/chatgpt/",
     "/v1/Countries", "/v1/monitor/ChatGPT", "/v1/monitor/google/news/x", "/v1//countries",
     "/v1/caf%C3%A9", "/v1/a%22b"],
)  # fmt: skip
def test_an_unknown_route(shared, path):
    refused = shared.get(shared.minted(), path)
    assert refused.status_code == 404
    assert TIMESTAMP.sub("T", refused.text) == (
        '{"error":{"code":"RESOURCE_NOT_FOUND","message":"Route not found",'
        f'"details":{{"id":"{path}"}},"timestamp":"T"}}}}'
    )


def test_the_query_is_no_part_of_the_route(shared):
    key = shared.minted()
    refused = shared.get(key, "/v1/nothing?a=b")
    assert refused.json()["error"]["details"] == {"id": "/v1/nothing"}
    assert shared.post(key, CHATGPT + "?a=b", question("chatgpt")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", CHATGPT, "POST"), ("PUT", CHATGPT, "POST"), ("DELETE", CHATGPT, "POST"),
        ("PATCH", "/v1/monitor/google/news", "POST"), ("OPTIONS", CHATGPT, "POST"),
        ("HEAD", CHATGPT, "POST"), ("POST", "/v1/countries", "GET"), ("POST", "/v1/states", "GET"),
        ("DELETE", "/v1/async/status", "GET"),
    ],
)  # fmt: skip
def test_a_wrong_method(shared, method, path, allowed):
    refused = authorized(shared, f"Bearer {shared.minted()}", method, path)
    assert refused.status_code == 404
    assert allowed in [each.strip() for each in refused.headers["allow"].split(",")]
    if method != "HEAD":
        assert refused.json()["error"]["code"] == "RESOURCE_NOT_FOUND"
        assert refused.json()["error"]["details"] == {"id": path}


@pytest.mark.parametrize("path", ["/v1/countries", "/v1/states?country=US", "/v1/credits"])
def test_head_is_get_without_a_body(shared, path):
    key = shared.minted()
    whole, head = shared.get(key, path), authorized(shared, f"Bearer {key}", "HEAD", path)
    assert head.status_code == 200 and head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))
    assert documented(head) == RATE


def test_timestamps_are_the_double_s_time(double):
    clock = double("--clock", "manual")
    clock.control("PUT", "clock", {"now": "2031-02-03T04:05:06.007Z"}, status=200)
    refused = clock.http.get("/v1/countries")
    assert refused.json()["error"]["timestamp"] == "2031-02-03T04:05:06.007Z"
    clock.advance(0.1)
    assert '"2031-02-03T04:05:06.107Z"' in clock.http.get("/v1/countries").text


def test_an_unavailable_provider(double, fixture_file):
    fixture = fixture_file(unavailable=["grok", "google/news"], rateLimit={"requestsPerSecond": 2})
    clock = double("--clock", "manual", "--fixture", fixture)
    key = clock.first_key
    refused = clock.post(key, path_of("grok"), {})
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "MODEL_UNAVAILABLE"
    assert refused.headers["x-credits-charged"] == "0"
    assert clock.ask("sk_live_" + "1" * 32, "grok").status_code == 401
    assert clock.ask(key, "grok").status_code == 400
    assert clock.ask(key, "grok").json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert clock.ask(key, "google/news").status_code == 400
    assert clock.ask(key, "google").status_code == 200
