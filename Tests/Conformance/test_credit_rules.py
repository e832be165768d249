"""What is charged, when, and what the headers say of it."""

import itertools
import sqlite3

import pytest

from api import CREDITS, Api, body, code, documented, exact
from operations import NOBODY
from rules import JULY, OCTOBER, rule
from support import PROVIDERS, TIMESTAMP, cli, path_of
from wire import RawConnection, request_bytes

OCTOBER_BASE = {
    "chatgpt": 5, "gemini": 4, "grok": 4, "google": 3, "google/news": 3, "copilot": 5,
    "perplexity": 4, "aimode": 4,
}  # fmt: skip
BASE = {JULY: OCTOBER_BASE | {"perplexity": 3}, OCTOBER: OCTOBER_BASE}
WITH_STATE = ["chatgpt", "gemini", "grok", "perplexity", "copilot"]
EXTRAS = ["rawResponse", "searchQueries", "ads", "shopping"]
PLANS = {
    "free": (500, 1), "lite": (37_500, 10), "hobby": (250_000, 20), "starter": (650_000, 50),
    "growth": (1_350_000, 75), "business": (2_800_000, 100), "enterprise-2k": (5_871_025, 135),
    "enterprise-3k": (9_306_606, 175), "enterprise-4k": (12_756_261, 215),
    "enterprise-5k": (16_391_783, 255),
}  # fmt: skip


@pytest.fixture(scope="module")
def key(api):
    return api.mint(credits=10**9, requestsPerSecond=10**6)


@pytest.fixture
def price(api, key):
    """What a question costs; headers, ledger and the task's estimate must agree."""

    def charged(provider="chatgpt", **members):
        before = api.double.balance(key)
        answer = api.ask(key, provider, **members)
        assert answer.status_code == 200, answer.text
        amount = int(answer.headers["x-credits-charged"])
        assert int(answer.headers["x-credits-remaining"]) == before - amount
        assert api.double.balance(key) == before - amount
        return amount

    return charged


def estimate(api, key, provider, **members):
    answer = api.submit(key, provider, body(provider, **members))
    return answer.json()["credits"]["creditsToCharge"]


@rule("credits.base-prices-july", only=JULY)
@rule("credits.base-prices", only=OCTOBER)
@rule("credits.sync-surcharge", "credits.on-success", "async.estimate")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_base_prices(api, key, price, provider):
    assert price(provider) == BASE[api.revision][provider] + 2
    assert estimate(api, key, provider) == BASE[api.revision][provider]


@rule("credits.chatgpt-extras", "credits.state", "async.estimate")
def test_extras_of_chatgpt(api, key, price):
    for flag in EXTRAS:
        assert price(include={flag: True}) == 9
        assert price(include={flag: False}) == 7
    for count in range(2, len(EXTRAS) + 1):
        for some in itertools.combinations(EXTRAS, count):
            assert price(include=dict.fromkeys(some, True)) == 9
    assert price(include=dict.fromkeys(EXTRAS, False)) == 7
    assert price(include={"ads": True}, state="NY") == 11
    assert estimate(api, key, "chatgpt", include={"ads": True}, state="NY") == 9


@rule("async.estimate", "credits.sync-surcharge", "async.charged")
@pytest.mark.parametrize(
    ("provider", "members", "estimated"),
    [
        ("chatgpt", {"include": {"shopping": True, "ads": True}}, 7),
        ("chatgpt", {"include": {"rawResponse": True}, "state": "CA"}, 9),
        ("gemini", {"state": "CA"}, 6),
        ("google", {"pages": 3, "include": {"paaAioverview": True}}, 9),
        ("google/news", {"pages": 10}, 21),
    ],
)
def test_a_task_s_price_has_the_extras_and_no_surcharge(api, provider, members, estimated):
    key = api.mint(credits=1000, progression="hold")
    id = api.submitted(key, provider, body(provider, **members))
    assert api.read(key, id)["credits"] == {"creditsToCharge": estimated, "creditsCharged": None}
    api.drive(id, "complete")
    charged = {"creditsToCharge": estimated, "creditsCharged": estimated}
    assert api.read(key, id)["credits"] == charged
    assert api.double.balance(key) == 1000 - estimated
    (entry,) = [each for each in api.double.ledger(key)["entries"] if each["kind"] == "charge"]
    assert (entry["amount"], entry["taskId"]) == (-estimated, id)
    assert entry["endpoint"] == "/v1/async/task" and "requestId" not in entry


@rule("credits.state")
@pytest.mark.parametrize("provider", WITH_STATE)
def test_a_state_costs_two(api, price, provider):
    assert price(provider, state="CA") == BASE[api.revision][provider] + 4


@rule("credits.pages")
@rule("credits.overviews-july", only=JULY)
@rule("credits.overviews", only=OCTOBER)
def test_pages_and_overviews(api, price):
    for provider in ("google", "google/news"):
        assert [price(provider, pages=pages) for pages in range(1, 11)] == list(range(5, 25, 2))
    both = {"aioverview": {"markdown": True}, "paaAioverview": True}
    for overview in ({}, {"markdown": False}, {"markdown": True}):
        assert price("google", include={"aioverview": overview}) == 7
    assert price("google", include={"paaAioverview": False}) == price("google", include={}) == 5
    assert price("google", include={"paaAioverview": True}) == 7
    more = 2 if api.is_july else 0
    assert price("google", include=both) == 7 + more
    assert price("google", include=both, pages=10, device="mobile") == 25 + more


@rule("credits.free-members")
def test_what_has_no_price(api, price):
    for provider in PROVIDERS:
        assert price(provider, include={"html": True}) == BASE[api.revision][provider] + 2
    every = {"html": True, "markdown": True, "rawResponse": True}
    for provider in ("gemini", "grok", "copilot", "perplexity"):
        assert price(provider, include=every) == BASE[api.revision][provider] + 2
    assert price(include={"html": True, "markdown": True}) == 7
    assert price("google", location="X", device="mobile", include={"html": True}) == 5
    assert price("google", uule="w+CAIQICI") == 5
    assert price("aimode", uule="Y", include={"html": True, "markdown": True}) == 6
    if not api.is_july:
        assert price(legacy=True, disableWebSearch=True) == 7
        assert price("google/news", hl="de", gl="us", device="ios") == 5


@rule("credits.expand-products", "results.expand-products", only=OCTOBER)
def test_product_clusters(api, key, price):
    seen = set()
    for number in range(24):
        members = {"text": f"Laptop {number}", "include": {"expandProducts": True}}
        clusters = len(api.result(key, "aimode", **members)["productResults"])
        assert price("aimode", **members) == 6 + min(clusters, 6)
        seen.add(clusters)
    assert max(seen) <= 6 and len(seen) > 1
    assert "productResults" not in api.result(key, "aimode")


def credits_of(answer):
    """What is left, and what was charged."""
    return tuple(answer.headers[f"x-credits-{name}"] for name in ("remaining", "charged"))


@rule("credits.insufficient", "credits.failures-free")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_whole_price_must_be_there(api, provider):
    whole = BASE[api.revision][provider] + 2
    poor, exactly = api.mint(credits=whole - 1), api.mint(credits=whole)
    refused = api.ask(poor, provider)
    assert exact(refused) == api.envelope("INSUFFICIENT_CREDITS", "Insufficient credits")
    assert refused.status_code == 403 and api.ask(exactly, provider).status_code == 200
    if api.is_july:
        assert credits_of(refused) == (str(whole - 1), "0")
    assert (api.double.balance(poor), api.double.balance(exactly)) == (whole - 1, 0)


@rule("credits.insufficient")
def test_extras_are_part_of_the_price(api):
    key = api.mint(credits=10)
    for provider, members in [
        ("google", {"pages": 5}),
        ("chatgpt", {"state": "CA", "include": {"ads": True}}),
    ]:
        assert code(api.ask(key, provider, **members)) == (403, "INSUFFICIENT_CREDITS")
    assert api.ask(key, include={"ads": True}).status_code == 200


@rule("credits.failures-free")
def test_failures_cost_nothing(api):
    key = api.mint(credits=100, concurrency=0, requestsPerSecond=4)
    answers = [
        api.ask(key, text=""),
        api.ask(key),
        api.ask(key, country="us"),
        api.get(key, "/v1/x"),
        api.ask(key),
    ]
    answers.append(api.ask(key))
    for status in (400, 409, 499, 500, 502, 503):
        with api.fault(key, kind="status", status=status):
            answers.append(api.ask(key, "gemini"))
    assert all(400 <= each.status_code < 600 for each in answers)
    ledger = api.double.ledger(key)
    assert (ledger["balance"], [each["kind"] for each in ledger["entries"]]) == (100, ["grant"])


@rule("credits.never-negative", "credits.nothing-reserved")
def test_the_loser_of_the_last_credits_is_refused(api):
    key = api.mint(credits=7, concurrency=2, latency="1s")
    held = api.hold(key, 2)
    assert api.double.balance(key) == 7
    api.advance(1)
    answers = [each.answer() for each in held]
    assert sorted(each.status for each in answers) == [200, 403]
    loser = next(each for each in answers if each.status == 403)
    assert loser.json()["error"]["code"] == "INSUFFICIENT_CREDITS"
    if api.is_july:
        assert credits_of(loser) == ("0", "0")
    assert api.double.running(key) == 0
    assert api.double.balance(key) == 0 and api.double.ledger(key)["consistent"]


def refusals(api):
    """A monitor's refusals: status, answer, and how far its body had come."""
    key = api.mint(credits=14, concurrency=1, requestsPerSecond=50)
    yield 400, api.post(key, path_of("chatgpt"), {}), False
    yield 404, api.get(key, path_of("chatgpt")), False
    yield 404, api.get(key, "/v1/monitor/nobody"), False
    for status in (499, 500):
        with api.fault(key, kind="status", status=status):
            yield status, api.ask(key), True
    api.double.patch(key, concurrency=0)
    yield 429, api.ask(key), True
    api.double.patch(key, addCredits=-14)
    yield 403, api.ask(key), True
    api.double.patch(key, requestsPerSecond=1)
    yield 429, api.ask(key), False


@rule("credits.headers-always", "concurrency.headers", "headers.no-identity", only=JULY)
def test_every_monitor_answer_has_all_seven_headers(api):
    for status, answer, _ in refusals(api):
        assert answer.status_code == status, answer.text
        assert documented(answer) == api.always | CREDITS | api.slot_names, answer.text
        assert answer.headers["x-credits-charged"] == "0"
        assert all(answer.headers[name].isdigit() for name in documented(answer))
        names = [name for name, _ in answer.headers.multi_items()]
        assert len(names) == len(set(names)), names
    answer = api.ask(api.mint())
    assert documented(answer) == api.always | CREDITS | api.slot_names
    assert answer.headers["x-credits-charged"] == "7"


@rule("credits.headers-on-success", "concurrency.headers-october", only=OCTOBER)
def test_headers_follow_the_request_s_progress(api):
    for status, answer, is_valid in refusals(api):
        assert answer.status_code == status, answer.text
        assert documented(answer) == api.always | (api.slot_names if is_valid else set()), status
    assert documented(api.ask(api.mint())) == api.always | api.slot_names | CREDITS


@rule("credits.elsewhere-free", "headers.monitor-only")
@pytest.mark.parametrize("credits", [0, 5])
def test_everything_else_is_free(api, credits):
    key = api.mint(credits=credits)
    paths = ["/v1/countries", "/v1/states?country=US", "/v1/credits", "/v1/async/status"]
    answers = [api.get(key, path) for path in [*paths, f"/v1/async/task/{NOBODY}"]]
    answers.append(api.send("DELETE", "/v1/async/queue", key))
    assert {documented(each) == api.always for each in answers} == {True}
    assert [each.status_code for each in answers] == [200] * 4 + [404, 200]
    assert api.double.balance(key) == credits


@rule("credits.plans", "credits.free-plan-slot", "credits.report", "credits.report-free-plan")
def test_the_plans(api):
    for plan, (credits, slots) in PLANS.items():
        key = api.mint(plan=plan)
        report = api.get(key, "/v1/credits").json()
        assert list(report) == ["remaining", "perCycle", "cycleResetsAt"]
        assert report["remaining"] == credits
        assert report["perCycle"] == (None if plan == "free" else credits)
        ends = report["cycleResetsAt"]
        assert ends is None if plan == "free" else TIMESTAMP.fullmatch(ends)
        assert api.get(key, "/v1/async/status").json()["concurrency"] == {"used": 0, "max": slots}
        assert f"{slots}" in next(line for line in cli("plans").stdout.splitlines() if plan in line)


@rule("credits.report-live")
def test_the_report_is_of_this_moment(start):
    api = start()
    api.double.control("PUT", "clock", {"now": "2031-01-01T00:00:00.000Z"}, status=200)
    key = api.mint(plan="lite")
    assert api.get(key, "/v1/credits").json()["cycleResetsAt"] == "2031-02-01T00:00:00.000Z"
    api.ask(key)
    assert api.get(key, "/v1/credits").json()["remaining"] == 37_500 - 7
    api.double.patch(key, addCredits=100)
    assert api.get(key, "/v1/credits").json()["remaining"] == 37_500 + 93


@rule("credits.cycle-length")
def test_a_cycle_ends_on_the_same_day_of_each_month(start):
    api = start()
    api.double.control("PUT", "clock", {"now": "2031-01-31T10:20:30.000Z"}, status=200)
    key = api.mint(plan="lite")
    seen = []
    for _ in range(4):
        ends = api.get(key, "/v1/credits").json()["cycleResetsAt"]
        seen.append(ends)
        api.ask(key)
        api.double.control("PUT", "clock", {"now": ends}, status=200)
        assert api.get(key, "/v1/credits").json()["remaining"] == 37_500
    days = ["02-28", "03-31", "04-30", "05-31"]
    assert seen == [f"2031-{each}T10:20:30.000Z" for each in days]


@rule("credits.upgrade", "concurrency.plan-change")
def test_an_upgrade_counts_at_once_less_what_was_used(api):
    key = api.mint(plan="lite")
    api.ask(key)
    api.double.patch(key, plan="growth")
    report = api.get(key, "/v1/credits").json()
    assert (report["remaining"], report["perCycle"]) == (1_350_000 - 7, 1_350_000)
    entries = api.double.ledger(key)["entries"]
    assert [each["kind"] for each in entries] == ["grant", "charge", "grant"]
    # What was bought beside the plan stays.
    api.double.patch(key, addCredits=100)
    assert api.double.patch(key, plan="business")["credits"] == 2_800_000 - 7 + 100


@rule("credits.downgrade", "credits.upgrade")
def test_a_downgrade_holds_from_the_next_cycle_on(start):
    api = start()
    key = api.mint(plan="growth")
    api.ask(key)
    assert api.double.patch(key, plan="lite")["credits"] == 1_350_000 - 7
    assert api.get(key, "/v1/credits").json()["perCycle"] == 37_500
    # Going back doesn't bring the credits twice.
    assert api.double.patch(key, plan="hobby")["credits"] == 1_350_000 - 7
    assert api.double.patch(key, plan="growth")["credits"] == 1_350_000 - 7
    assert api.double.patch(key, plan="lite")["credits"] == 1_350_000 - 7
    api.advance(31 * 86_400)
    assert api.double.balance(key) == 37_500
    assert api.double.patch(key, plan="hobby")["credits"] == 250_000


@rule("credits.own")
def test_credits_of_one_s_own_stay_with_another_plan(api):
    key = api.mint(plan="lite", credits=70)
    assert api.double.patch(key, plan="growth")["credits"] == 70
    assert api.get(key, "/v1/credits").json()["perCycle"] == 70
    assert api.double.patch(key, plan="lite", credits=30)["credits"] == 30


@rule("credits.missed-cycles")
def test_cycles_that_ended_while_the_double_was_down(double, revision, tmp_path):
    file = tmp_path / "ledger.db"
    one = Api(double("--database", file, "--clock", "manual"), revision)
    keys = [one.mint(plan="lite") for _ in range(3)]
    one.ask(keys[0])
    one.double.patch(keys[1], plan="growth")
    one.double.patch(keys[1], plan="hobby")
    one.double.patch(keys[2], credits=0)
    one.double.kill()
    # Forty days and a hundred days later, as the file sees it.
    for days, number in ((40, 1), (60, 2)):
        with sqlite3.connect(file) as database:
            back = days * 86_400_000
            database.execute(f"UPDATE organization SET created_at = created_at - {back}")
            database.execute(f"UPDATE entry SET at = at - {back}")
        database.close()
        again = Api(double("--database", file, "--clock", "manual"), revision)
        ledgers = [again.double.ledger(key) for key in keys]
        assert [each["balance"] for each in ledgers] == [37_500, 250_000, 0]
        assert all(each["consistent"] for each in ledgers)
        kinds = [each["kind"] for each in ledgers[0]["entries"]]
        assert kinds == ["grant", "charge"] + ["expiry", "grant"] * number
        last = ledgers[0]["entries"][-1]["at"]
        assert again.get(keys[0], "/v1/credits").json()["cycleResetsAt"] > last
        assert again.double.stop() == 0


@rule("credits.cycle-renewal")
def test_credits_do_not_roll_over(start):
    api = start()
    key = api.mint(plan="lite")
    api.ask(key)
    api.advance(31 * 86_400)
    assert api.get(key, "/v1/credits").json()["remaining"] == 37_500
    entries = api.double.ledger(key)["entries"]
    assert [each["kind"] for each in entries] == ["grant", "charge", "expiry", "grant"]
    assert entries[2]["amount"] == -(37_500 - 7) and entries[2]["balance"] == 0


@rule("concurrency.client-gone", only=JULY)
@rule("concurrency.client-gone-october", only=OCTOBER)
def test_a_client_that_leaves_pays(api):
    key = api.mint(credits=100, concurrency=1, latency="10s")
    with RawConnection(api.double.port) as connection:
        connection.send(request_bytes("POST", path_of("grok"), key, body("grok")))
        api.double.await_running(key, 1)
    # Its attempt goes on: the slot is still taken.
    assert code(api.ask(key))[0] == 429
    api.advance(10)
    assert api.double.running(key) == 0
    assert api.double.balance(key) == 100 - 6
    seen = api.double.control("GET", "journal", key=key).json()["entries"]
    assert [each["creditsCharged"] for each in seen if each["status"] == 499] == [6]
