"""The limiter as a fixture or a key has it, and on a clock that runs fast."""

from wire import flood, run


def test_a_changed_limit_holds_at_once(frozen):
    key = frozen.minted(requestsPerSecond=2)
    frozen.advance(1)
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
