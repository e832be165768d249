"""1,000 requests a second for each endpoint and key, at the edge."""

import json

import pytest

from support import PROVIDERS, TIMESTAMP, path_of, question
from wire import flood, run


def generous(double, **more):
    """A key that meets no other limit."""
    return double.minted(**{"credits": 10**9, "concurrency": 100_000} | more)


def start_second(double):
    """A fresh second, so that no bucket is partly used."""
    double.advance(1)


def remaining(answers):
    return sorted((a.number("x-ratelimit-remaining") for a in answers), reverse=True)


@pytest.mark.parametrize("connections", [8, 64])
def test_exactly_a_thousand_of_1600_pass(frozen, connections):
    key, other = generous(frozen), generous(frozen)
    start_second(frozen)
    ask = ("POST", path_of("chatgpt"), key, question("chatgpt"))
    answers = run(flood(frozen.port, [ask] * 1600, connections))
    passed = [a for a in answers if a.status == 200]
    refused = [a for a in answers if a.status == 429]
    assert (len(passed), len(refused)) == (1000, 600)
    assert remaining(passed) == list(range(999, -1, -1))
    assert {a.number("x-ratelimit-remaining") for a in refused} == {0}
    assert {a.headers["x-ratelimit-limit"] for a in answers} == {"1000"}
    assert {json.loads(a.body)["error"]["code"] for a in refused} == {"RATE_LIMIT_EXCEEDED"}
    # Refusals cost nothing, in tokens or credits.
    assert frozen.balance(key) == 10**9 - 7 * 1000
    for response in (frozen.ask(key, "gemini"), frozen.ask(other, "chatgpt")):
        assert response.headers["x-ratelimit-remaining"] == "999"
    start_second(frozen)
    again = run(flood(frozen.port, [ask] * 1001, 8))
    assert sorted(a.status for a in again) == [200] * 1000 + [429]


def test_the_counter_resets_at_the_whole_second(double):
    clock = double("--clock", "manual", "--seed", "1")
    key = clock.minted(requestsPerSecond=3)
    clock.control("PUT", "clock", {"now": "2030-01-01T00:00:00.100Z"}, status=200)

    def left():
        return clock.get(key, "/v1/countries").headers["x-ratelimit-remaining"]

    assert [left() for _ in range(2)] == ["2", "1"]
    clock.advance(0.899)
    assert [left() for _ in range(2)] == ["0", "0"]
    clock.advance(0.001)
    assert left() == "2"


def test_the_refusal_is_exact(frozen):
    key = frozen.minted(requestsPerSecond=1)
    start_second(frozen)
    frozen.get(key, "/v1/countries")
    refused = frozen.get(key, "/v1/countries")
    assert refused.status_code == 429
    assert TIMESTAMP.sub("T", refused.text) == (
        '{"error":{"code":"RATE_LIMIT_EXCEEDED","message":"API key rate limit exceeded",'
        '"timestamp":"T"}}'
    )
    assert "retry-after" not in refused.headers
    assert refused.headers["x-ratelimit-limit"] == "1"


def test_every_endpoint_has_a_bucket_of_its_own(frozen):
    key = generous(frozen, requestsPerSecond=2)
    start_second(frozen)
    for provider in PROVIDERS:
        assert frozen.ask(key, provider).headers["x-ratelimit-remaining"] == "1", provider
    for path in ["/v1/countries", "/v1/states?country=US", "/v1/credits", "/v1/async/status"]:
        assert frozen.get(key, path).headers["x-ratelimit-remaining"] == "1", path


def test_keys_of_one_organization_have_buckets_of_their_own(frozen):
    first = frozen.mint(requestsPerSecond=2)
    second = frozen.minted(organization=first["organization"])
    start_second(frozen)
    for key in (first["key"], second):
        assert frozen.get(key, "/v1/credits").headers["x-ratelimit-remaining"] == "1"


def test_unknown_paths_share_one_bucket(frozen):
    key = frozen.minted(requestsPerSecond=3)
    start_second(frozen)
    left = [
        frozen.get(key, f"/v1/{path}").headers["x-ratelimit-remaining"]
        for path in ["nothing", "monitor/nobody", "countries/x", "async"]
    ]
    assert left == ["2", "1", "0", "0"]


def test_the_method_is_part_of_the_endpoint(frozen):
    key = frozen.minted(requestsPerSecond=2)
    start_second(frozen)
    # A wrong method doesn't use up the right one's tokens.
    for _ in range(3):
        frozen.get(key, path_of("chatgpt"))
    assert frozen.ask(key).headers["x-ratelimit-remaining"] == "1"


def test_every_status_takes_a_token(frozen):
    key = frozen.minted(requestsPerSecond=4, credits=0)
    start_second(frozen)
    bodies = [question("chatgpt"), {}, question("chatgpt")]
    answers = [frozen.post(key, path_of("chatgpt"), body) for body in bodies]
    assert [a.status_code for a in answers] == [403, 400, 403]
    assert [a.headers["x-ratelimit-remaining"] for a in answers] == ["3", "2", "1"]


def test_a_changed_limit_holds_at_once(frozen):
    key = frozen.minted(requestsPerSecond=2)
    start_second(frozen)
    codes = [frozen.get(key, "/v1/credits").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    frozen.patch(key, requestsPerSecond=5)
    answer = frozen.get(key, "/v1/credits")
    assert (answer.status_code, answer.headers["x-ratelimit-limit"]) == (200, "5")


def test_a_continuous_refill_gives_a_token_each_millisecond(double, fixture_file):
    fixture = fixture_file(rateLimit={"refill": "continuous"})
    clock = double("--clock", "manual", "--fixture", fixture)
    key = clock.first_key
    ask = ("GET", "/v1/countries", key)
    answers = run(flood(clock.port, [ask] * 1010, 8))
    assert sorted(a.status for a in answers) == [200] * 1000 + [429] * 10
    for milliseconds in (1, 3, 25):
        clock.advance(milliseconds / 1000)
        answers = run(flood(clock.port, [ask] * (milliseconds + 5), 1))
        assert sum(a.status == 200 for a in answers) == milliseconds
    clock.advance(3600)
    assert clock.get(key, "/v1/countries").headers["x-ratelimit-remaining"] == "999"


def test_a_limiter_can_be_switched_off(double, fixture_file):
    clock = double("--clock", "manual", "--fixture", fixture_file(rateLimit={"enabled": False}))
    answers = run(flood(clock.port, [("GET", "/v1/credits", clock.first_key)] * 1500, 8))
    assert {a.status for a in answers} == {200}


def test_a_fixture_chooses_other_numbers(double, fixture_file):
    fixture = fixture_file(rateLimit={"requestsPerSecond": 7})
    clock = double("--clock", "manual", "--fixture", fixture)
    answers = run(flood(clock.port, [("GET", "/v1/credits", clock.first_key)] * 9, 3))
    assert sorted(a.status for a in answers) == [200] * 7 + [429] * 2
    assert {a.headers["x-ratelimit-limit"] for a in answers} == {"7"}


def test_a_fast_clock_refills_in_its_own_seconds(double):
    fast = double("--clock", "x1000")
    key = fast.minted(requestsPerSecond=1)
    codes = [fast.get(key, "/v1/credits").status_code for _ in range(60)]
    assert codes.count(200) >= 10, codes
