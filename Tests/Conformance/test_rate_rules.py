"""1,000 requests a second for each endpoint and key."""

import pytest

from api import RATE, body, code, documented, exact
from operations import NOBODY
from rules import JULY, rule
from support import PROVIDERS, path_of
from wire import flood, run


def left(answer):
    return int(answer.headers["x-ratelimit-remaining"])


@rule("rate-limit.quota", "rate-limit.exact", "rate-limit.remaining", "rate-limit.refusal")
@pytest.mark.parametrize("connections", [8, 64])
def test_exactly_a_thousand_pass_in_a_second_over_many_connections(api, connections):
    key, other = (api.mint(credits=10**9, concurrency=10**6) for _ in range(2))
    api.advance(1)
    ask = ("POST", path_of("chatgpt"), key, body("chatgpt"))
    answers = run(flood(api.double.port, [ask] * 1600, connections))
    passed = [each for each in answers if each.status == 200]
    refused = [each for each in answers if each.status == 429]
    assert (len(passed), len(refused)) == (1000, 600)
    counts = sorted(each.number("x-ratelimit-remaining") for each in passed)
    assert counts == list(range(1000))
    assert {each.number("x-ratelimit-remaining") for each in refused} == {0}
    assert {each.headers["x-ratelimit-limit"] for each in answers} == {"1000"}
    assert api.double.balance(key) == 10**9 - 7 * 1000
    assert left(api.ask(key, "gemini")) == left(api.ask(other)) == 999
    api.advance(1)
    again = run(flood(api.double.port, [ask] * 1001, 8))
    assert sorted(each.status for each in again) == [200] * 1000 + [429]


@rule("rate-limit.refusal", "rate-limit.no-retry-after", "rate-limit.window")
def test_the_refusal_and_the_next_second(api):
    key = api.mint(requestsPerSecond=1)
    api.advance(1)
    assert left(api.ask(key)) == 0
    answer = api.ask(key)
    assert answer.status_code == 429 and left(answer) == 0
    assert exact(answer) == api.envelope("RATE_LIMIT_EXCEEDED", "API key rate limit exceeded")
    assert "retry-after" not in answer.headers
    api.advance(1)
    assert api.ask(key).status_code == 200


@rule("rate-limit.remaining", "rate-limit.refusal")
def test_a_refusal_that_is_made_up_says_that_nothing_is_left_too(api):
    key = api.mint()
    with api.fault(key, kind="status", status=429):
        refused = [api.ask(key)]
    stub = {"match": {"key": key}, "error": {"status": 429}, "times": 1}
    api.double.control("POST", "responses", stub, status=201)
    refused.append(api.ask(key))
    assert [(*code(each), left(each)) for each in refused] == [(429, "RATE_LIMIT_EXCEEDED", 0)] * 2
    assert left(api.ask(key)) > 0


@rule("rate-limit.envelope", only=JULY)
def test_the_refusal_is_wrapped_like_a_401(api):
    key = api.mint(requestsPerSecond=1)
    answers = [api.get(key, "/v1/countries") for _ in range(2)]
    assert list(answers[1].json()) == ["error"]
    assert list(answers[1].json()["error"]) == ["code", "message", "timestamp"]


@rule("rate-limit.interval-refill", "rate-limit.window")
def test_the_bucket_is_filled_at_the_whole_second(start):
    api = start()
    key = api.mint(requestsPerSecond=3)
    api.double.control("PUT", "clock", {"now": "2030-01-01T00:00:00.100Z"}, status=200)
    assert [left(api.get(key, "/v1/states", country="US")) for _ in range(2)] == [2, 1]
    api.advance(0.899)
    assert [api.get(key, "/v1/states", country="US").status_code for _ in range(2)] == [200, 429]
    api.advance(0.001)
    assert left(api.get(key, "/v1/states", country="US")) == 2


@rule("rate-limit.per-endpoint", "rate-limit.per-key", "rate-limit.route-not-path")
def test_whose_the_buckets_are(api):
    api.advance(1)
    first = api.double.mint(contract=api.revision, requestsPerSecond=5)
    key, other = first["key"], api.double.minted(organization=first["organization"])
    for each in (key, other):
        for path in ("/v1/countries", "/v1/states", "/v1/credits", "/v1/async/status"):
            assert left(api.get(each, path)) == 4
        assert [left(api.ask(each, provider)) for provider in PROVIDERS] == [4] * len(PROVIDERS)
    # One route, several paths.
    ids = [NOBODY, "nothing", api.submitted(key)]
    assert [left(api.get(key, f"/v1/async/task/{id}")) for id in ids] == [4, 3, 2]
    # One path, another method.
    for _ in range(3):
        api.get(key, path_of("chatgpt"))
    assert left(api.ask(key)) == 3


@rule("rate-limit.unknown-routes", "rate-limit.counts-failures")
def test_unknown_paths_share_a_bucket(api):
    key = api.mint(requestsPerSecond=3, credits=0)
    api.advance(1)
    paths = ["/v1/nothing", "/v1/monitor/nobody", "/v1/countries/x", "/v1/async"]
    answers = [api.get(key, path) for path in paths]
    assert [(each.status_code, left(each)) for each in answers] == [
        (404, 2), (404, 1), (404, 0), (429, 0),
    ]  # fmt: skip
    answers = [api.post(key, path_of("grok"), {}), api.ask(key, "grok")]
    assert [(each.status_code, left(each)) for each in answers] == [(400, 2), (403, 1)]


@rule("rate-limit.refused-takes-no-token")
def test_refusals_do_not_deepen_the_hole(start, fixture_file, revision):
    fixture = fixture_file(rateLimit={"requestsPerSecond": 1000, "refill": "continuous"})
    api = start("--fixture", fixture)
    key = api.double.first_key
    ask = ("GET", "/v1/countries", key)
    answers = run(flood(api.double.port, [ask] * 1050, 4))
    assert sorted(each.status for each in answers) == [200] * 1000 + [429] * 50
    # Had the fifty counted, it would take fifty milliseconds.
    api.advance(0.001)
    assert [api.get(key, "/v1/countries").status_code for _ in range(2)] == [200, 429]


@rule("rate-limit.headers", "headers.monitor-only", "credits.elsewhere-free")
def test_every_authenticated_answer_names_its_bucket(api):
    key = api.mint(requestsPerSecond=2)
    api.advance(1)
    for path, statuses in [
        ("/v1/countries", [200, 200, 429]), ("/v1/countries?model=x", [429]),
        ("/v1/states", [400, 400, 429]), ("/v1/nothing", [404, 404, 429]),
        ("/v1/credits", [200, 200, 429]), ("/v1/async/status", [200, 200, 429]),
        (f"/v1/async/task/{NOBODY}", [404, 404, 429]),
    ]:  # fmt: skip
        for status in statuses:
            answer = api.get(key, path)
            assert code_of(answer) == status, path
            assert documented(answer) == api.always and RATE <= documented(answer), path
            assert answer.headers["x-ratelimit-limit"] == "2"
    assert api.double.balance(key) == 250_000


def code_of(answer):
    return answer.status_code if answer.status_code == 200 else code(answer)[0]
