"""Fixture files: what they say, and what is wrong with them."""

import pytest

from support import cli, path_of, question
from wire import RawConnection, request_bytes


def problems(file):
    """What `check` says of a bad file; `serve` says the same."""
    checked = cli("check", file)
    assert checked.returncode == 65, checked.stdout
    served = cli("--port", "0", "--fixture", file)
    assert served.returncode == 65
    assert checked.stdout == served.stdout == ""
    assert checked.stderr == served.stderr
    lines = checked.stderr.splitlines()
    assert all(line.startswith(f"{file}: ") for line in lines), lines
    return [line.removeprefix(f"{file}: ") for line in lines]


def test_a_good_file(fixture_file):
    ended = cli("check", fixture_file())
    assert ended.returncode == 0 and ended.stderr == ""


def test_a_stub_that_does_not_fit_together_is_warned_about(fixture_file):
    source = {"position": 1, "url": "https://example.com/"}
    pill = {"position": 2, "url": "https://example.com/"}
    file = fixture_file(
        responses=[
            {"result": {"text": "fine"}},
            {"result": {"sources": [source], "citationPills": [pill]}},
        ]
    )
    ended = cli("check", file)
    assert (ended.returncode, ended.stdout) == (0, "1 ok: plan team\n")
    place = "responses[1].result.citationPills[0].position"
    assert ended.stderr == f"cloro-mock: warning: {file}: {place}: there is no source 2 of 1\n"


def test_everything_that_a_file_may_say(double, fixture_file):
    everything = {
        "$schema": "../schema/fixture.schema.json", "extends": "growth", "contract": "2026-10",
        "credits": 77, "concurrency": 2, "queueLimit": 10,
        "rateLimit": {"requestsPerSecond": 5, "refill": "continuous", "enabled": True},
        "pricing": {"chatgpt": 6}, "latency": {"default": "0ms", "grok": "uniform(1ms,2ms)"},
        "progression": {"mode": "polls", "polls": 3}, "shapes": "live", "variety": "sparse",
        "repeat": "vary",
        "keys": [{"key": "sk_live_" + "f" * 32, "organization": "acme", "credits": 50}],
        "webhooks": {"secret": "whsec_x", "attempts": 2, "retrySeconds": [1]},
        "unavailable": ["grok"], "responses": [], "faults": [], "countries": {"exclude": ["KP"]},
    }  # fmt: skip
    file = fixture_file(**everything)
    assert cli("check", file).returncode == 0
    one = double("--fixture", file)
    (key,) = one.control("GET", "keys").json()["keys"]
    assert (key["plan"], key["credits"], key["concurrency"]) == ("team", 50, 2)
    assert (key["contract"], key["requestsPerSecond"]) == ("2026-10", 5)
    assert (key["shapes"], key["variety"], key["repeat"]) == ("live", "sparse", "vary")
    assert one.mint()["credits"] == 77


def test_a_plan_is_the_contract_s_where_it_says_nothing(double, fixture_file):
    # "all but `plan` optional, defaults = the contract"
    (key,) = double("--fixture", fixture_file()).control("GET", "keys").json()["keys"]
    assert (key["plan"], key["requestsPerSecond"], key["contract"]) == ("team", 1000, "2026-07")


def test_extending_a_plan(double, fixture_file):
    one = double("--fixture", fixture_file(extends="lite", credits=9))
    minted = one.mint(plan="team")
    assert (minted["credits"], minted["concurrency"]) == (9, 10)


def test_a_later_file_extends_an_earlier_one(double, fixture_file):
    first = fixture_file("first.json", plan="base", concurrency=7)
    second = fixture_file("second.json", plan="upon", extends="base", credits=3)
    minted = double("--fixture", first, "--fixture", second).mint(plan="upon")
    assert (minted["credits"], minted["concurrency"]) == (3, 7)


def test_the_latency_of_one_provider(double, fixture_file):
    file = fixture_file(latency={"default": "0ms", "google/news": "2s"})
    clock = double("--clock", "manual", "--fixture", file)
    assert clock.ask(clock.first_key, "google").status_code == 200
    with RawConnection(clock.port) as connection:
        key = clock.first_key
        connection.send(request_bytes("POST", path_of("google/news"), key, question("google/news")))
        clock.await_running(key, 1)
        clock.advance(2)
        assert connection.answer().status == 200


@pytest.mark.parametrize(
    ("members", "path", "words"),
    [
        ({"concurency": 5}, "concurency", ['"concurrency"']),
        ({"Credits": 5}, "Credits", ['"credits"']),
        ({"zzz": 1}, "zzz", ["unknown"]),
        ({"credits": "5"}, "credits", ["number"]), ({"credits": -1}, "credits", ["0"]),
        ({"credits": 1.5}, "credits", []), ({"credits": None}, "credits", []),
        ({"concurrency": -1}, "concurrency", []), ({"concurrency": True}, "concurrency", []),
        ({"plan": ""}, "plan", []), ({"plan": 5}, "plan", []),
        ({"extends": "hobbie"}, "extends", ['"hobby"', "enterprise-5k"]),
        ({"contract": "2026-7"}, "contract", ["2026-07"]),
        ({"rateLimit": 5}, "rateLimit", ["object"]),
        ({"rateLimit": {"refil": "interval"}}, "rateLimit.refil", ['"refill"']),
        ({"rateLimit": {"refill": "bucket"}}, "rateLimit.refill", ["interval", "continuous"]),
        ({"rateLimit": {"enabled": 1}}, "rateLimit.enabled", []),
        ({"rateLimit": {"requestsPerSecond": 0}}, "rateLimit.requestsPerSecond", []),
        ({"pricing": {"chatgtp": 5}}, "pricing.chatgtp", ['"chatgpt"']),
        ({"pricing": {"chatgpt": -5}}, "pricing.chatgpt", []),
        ({"latency": "5s"}, "latency", ["object"]),
        ({"latency": {"default": "5"}}, "latency.default", ["250ms"]),
        ({"latency": {"gork": "5s"}}, "latency.gork", ['"grok"']),
        ({"progression": {"mode": "pols"}}, "progression.mode", ['"polls"']),
        ({"keys": {}}, "keys", ["array"]), ({"keys": [5]}, "keys[0]", ["object"]),
        ({"keys": [{"key": "sk_live_1", "organization": "x"}]}, "keys[0].key", ["32"]),
        ({"keys": [{"key": "sk_live_" + "0" * 32}]}, "keys[0].organization", ["missing"]),
        ({"keys": [{"key": "sk_live_" + "0" * 32, "organisation": "x"}]}, "keys[0].organisation",
         ['"organization"']),
        ({"keys": [{"key": "sk_live_" + "0" * 32, "organization": "x"}] * 2}, "keys[1].key",
         ["twice"]),
        ({"webhooks": {"retrySeconds": ["1"]}}, "webhooks.retrySeconds", []),
        ({"unavailable": ["gork"]}, "unavailable[0]", ['"grok"']),
        ({"unavailable": "grok"}, "unavailable", ["array"]),
        ({"countries": {"exclude": ["us"]}}, "countries.exclude[0]", []),
    ],
)  # fmt: skip
def test_a_bad_member(fixture_file, members, path, words):
    found = problems(fixture_file(**members))
    (line,) = [line for line in found if line.startswith(f"{path}: ")]
    for word in words:
        assert word in line, line


def test_every_problem_is_listed(fixture_file):
    found = problems(
        fixture_file(concurency=1, credits="x", rateLimit={"enable": True}, unavailable=["x", "y"])
    )
    assert {line.split(": ")[0] for line in found} == {
        "concurency", "credits", "rateLimit.enable", "unavailable[0]", "unavailable[1]",
    }  # fmt: skip


@pytest.mark.parametrize("content", ["", "{", "[]", '"plan"', "plan: team", "{}", "\0", "null"])
def test_what_is_no_fixture_at_all(tmp_path, content):
    file = tmp_path / "bad.json"
    file.write_text(content)
    assert problems(file)


def test_a_file_that_can_t_be_read(tmp_path):
    assert problems(tmp_path / "absent.json")
    assert problems(tmp_path)


def test_all_files_are_checked(tmp_path, fixture_file):
    good = fixture_file("good.json")
    bad = fixture_file("bad.json", plan="bad", credit=5)
    worse = fixture_file("worse.json", plan="worse", keys=5)
    ended = cli("check", good, bad, worse, tmp_path / "absent.json")
    assert ended.returncode == 65
    for name in ("bad.json: credit: ", "worse.json: keys: ", "absent.json: "):
        assert name in ended.stderr
    assert "good.json" not in ended.stderr


def test_a_key_that_stands_in_two_files(fixture_file):
    keys = [{"key": "sk_live_" + "0" * 32, "organization": "x"}]
    first = fixture_file("first.json", plan="first", keys=keys)
    second = fixture_file("second.json", plan="second", keys=keys)
    ended = cli("check", first, second)
    assert ended.returncode == 65
    assert "second.json: keys[0].key: " in ended.stderr and "first.json" in ended.stderr


def test_an_organization_s_name_can_t_forge_a_key_line(fixture_file):
    name = "x\nkey sk_live_" + "1" * 32 + " organization y"
    file = fixture_file(keys=[{"key": "sk_live_" + "0" * 32, "organization": name}])
    assert problems(file)[0].startswith("keys[0].organization: ")


def test_every_price_is_a_fixture_s(double, fixture_file):
    prices = {
        "chatgpt": 50, "google": 1, "google/news": 0, "syncSurcharge": 10, "chatgptExtras": 100,
        "state": 1000, "additionalPage": 7, "aiOverview": 20,
    }  # fmt: skip
    dear = double("--fixture", fixture_file(pricing=prices))

    def price(provider, **members):
        return int(dear.ask(dear.first_key, provider, **members).headers["x-credits-charged"])

    assert price("chatgpt") == 60
    assert price("chatgpt", state="CA", include={"shopping": True, "ads": True}) == 1160
    assert price("google", pages=3, include={"aioverview": {}}) == 45
    assert price("google/news") == 10
    assert price("gemini") == 14


def test_an_answer_may_be_free(double, fixture_file):
    free = double("--fixture", fixture_file(pricing={"grok": 0, "syncSurcharge": 0}, credits=0))
    answer = free.ask(free.first_key, "grok")
    assert (answer.status_code, answer.headers["x-credits-charged"]) == (200, "0")
    assert free.ledger(free.first_key)["consistent"] is True
