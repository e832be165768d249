"""The metrics: valid Prometheus text (exposition format 0.0.4), and numbers that agree with what
was done."""

import re
import threading

import httpx

from async_support import HOLD, submit, submit_batch, task
from control_support import (
    CHATGPT,
    CREDITS,
    Background,
    asking,
    entries,
    fault,
    metrics,
    organization,
)
from support import BUILT_IN_KEY, question
from wire import RawConnection, flood, run

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL})(?:,{LABEL})*)\}})? (\S+)")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|NaN|[+-]Inf")
SUFFIXES = {"summary": ["", "_sum", "_count"], "histogram": ["_bucket", "_sum", "_count"]}
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


class Family:
    def __init__(self, name):
        self.name, self.kind, self.help, self.samples = name, None, None, {}


def parse(text):
    """All families by name. Whatever the format forbids fails."""
    assert text.endswith("\n") and "\r" not in text and "\n\n" not in text
    families, current = {}, None
    for line in text[:-1].split("\n"):
        if line.startswith("# "):
            _, what, name, rest = line.split(" ", 3)
            assert re.fullmatch(NAME, name), line
            if what == "HELP":
                # All lines of a family stand together, its help and type first.
                assert name not in families, f"{name} comes twice"
                current = families[name] = Family(name)
                assert not re.search(r"\\(?![\\n])", rest), line
                current.help = rest
            else:
                assert what == "TYPE" and current.name == name and current.kind is None, line
                assert rest in ("counter", "gauge", "histogram", "summary", "untyped"), line
                assert current.samples == {}, line
                current.kind = rest
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        name, labels, value = match[1], match[2], match[match.lastindex]
        names = [current.name + suffix for suffix in SUFFIXES.get(current.kind, [""])]
        assert name in names and current.kind and current.help, line
        assert NUMBER.fullmatch(value), line
        pairs = re.findall(LABEL, labels or "")
        assert len({pair[0] for pair in pairs}) == len(pairs), line
        plain = tuple(
            (label, re.sub(r'\\[\\"n]', lambda found: ESCAPES[found[0]], text))
            for label, text in pairs
        )
        assert (name, plain) not in current.samples, f"twice: {line}"
        current.samples[name, plain] = float(value)
    return families


def scrape(double):
    families = parse(metrics(double))
    for family in families.values():
        assert family.name.startswith("cloro_mock_") and family.help[-1] == "."
        if family.kind == "counter":
            assert family.name.endswith("_total")
            assert all(value >= 0 for value in family.samples.values())
    return families


def value(double, name, **labels):
    """One sample; 0 when there is none, as Prometheus would sum it up."""
    name = f"cloro_mock_{name}"
    for family in scrape(double).values():
        for (sample, pairs), number in family.samples.items():
            if sample == name and dict(pairs) == labels:
                return number
    return 0


def test_it_is_prometheus_text(double):
    one = double()
    answer = one.control("GET", "metrics", status=200)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    names = {name.removeprefix("cloro_mock_") for name in scrape(one)}
    assert {
        "requests_total", "refusals_total", "slots_used", "slots_limit", "queued_tasks", "credits",
        "ledger_commit_entries", "ledger_commit_seconds",
    } <= names  # fmt: skip


def test_requests_are_counted_by_operation_and_status(double):
    one = double("--clock", "manual")
    key = one.minted(credits=14)
    for _ in range(3):
        one.ask(key)
    one.post(key, CHATGPT, {})
    one.get(key, "/v1/async/task/x")
    one.get(key, "/v1/async/task/y")
    one.get(key, "/v1/made-up")
    one.get(key, "/v1/made-up-too")
    one.http.get(CREDITS)
    one.http.get("/anything")
    fault(one, "connection_reset", key, match={"path": CREDITS}, times=1)
    try:
        one.get(key, CREDITS)
    except httpx.HTTPError:
        pass
    with RawConnection(one.port) as connection:
        connection.send(b"HELLO\r\n\r\n")
        connection.answer()
    found = {
        (labels["endpoint"], labels["status"]): number
        for (_, pairs), number in scrape(one)["cloro_mock_requests_total"].samples.items()
        for labels in [dict(pairs)]
    }
    assert found == {
        (f"POST {CHATGPT}", "200"): 2, (f"POST {CHATGPT}", "400"): 1, (f"POST {CHATGPT}", "403"): 1,
        ("GET /v1/async/task/{taskId}", "404"): 2, ("unknown", "404"): 3,
        (f"GET {CREDITS}", "401"): 1, (f"GET {CREDITS}", "0"): 1, ("unknown", "400"): 1,
    }  # fmt: skip
    assert sum(found.values()) == len(entries(one)) == 12


def test_refusals_are_counted_by_rule(double):
    one = double("--clock", "manual")
    rules = {
        dict(pairs)["rule"]: number
        for (_, pairs), number in scrape(one)["cloro_mock_refusals_total"].samples.items()
    }
    assert set(rules.values()) == {0} and "answered" not in rules
    key = one.minted(credits=7, concurrency=1, requestsPerSecond=2, queueLimit=0, latency="1s")
    one.advance(1)
    with asking(one, key) as connection:
        one.await_running(key, 1)
        assert one.ask(key).status_code == 429
        assert one.ask(key).status_code == 429
        one.advance(1)
        connection.answer()
    one.ask(key)
    one.post(key, "/v1/async/task", task())
    one.post(key, "/v1/async/task", {})
    one.get(key, "/v1/x")
    one.http.get(CREDITS)
    expected = {
        "concurrency": 1, "rate_limit": 1, "credits": 2, "validation": 1, "route": 1,
        "authentication": 1,
    }  # fmt: skip
    found = {
        dict(pairs)["rule"]: number
        for (_, pairs), number in scrape(one)["cloro_mock_refusals_total"].samples.items()
    }
    assert found == {rule: expected.get(rule, 0) for rule in rules}


def test_gauges_show_slots_queues_and_credits(double):
    one = double("--clock", "manual")
    key = one.minted(concurrency=3, progression=HOLD, credits=1000, latency="2s")
    name = organization(one, key)
    submit(one, key)
    with asking(one, key) as connection:
        one.await_running(key, 2)
        submit_batch(one, key, [task(priority=priority) for priority in (1, 9, 9, 5)])
        assert value(one, "slots_used", organization=name) == 3
        assert value(one, "slots_limit", organization=name) == 3
        queued = {
            dict(pairs)["priority"]: number
            for (_, pairs), number in scrape(one)["cloro_mock_queued_tasks"].samples.items()
            if dict(pairs)["organization"] == name
        }
        # One of the highest priority has taken the third slot.
        assert queued == {"9": 1, "5": 1, "1": 1}
        one.advance(2)
        connection.answer()
    assert value(one, "credits", organization=name) == one.balance(key) == 993
    one.patch(key, concurrency=1)
    # Those that run keep their slots, and the next task has taken the one that came free.
    assert value(one, "slots_limit", organization=name) == 1
    assert value(one, "slots_used", organization=name) == 3
    one.control("DELETE", f"keys/{key}", status=200)
    assert name not in metrics(one)


def test_commits_add_up(double):
    one = double()
    key = one.minted(concurrency=100, requestsPerSecond=10**6)
    before = value(one, "ledger_commit_entries_sum"), value(one, "ledger_commit_entries_count")
    run(flood(one.port, [("POST", CHATGPT, key, question("chatgpt"))] * 500, 32))
    entries_sum, commits = (
        value(one, f"ledger_commit_entries_{each}") for each in ("sum", "count")
    )
    assert entries_sum - before[0] == 500
    assert 1 <= commits - before[1] <= 500
    assert value(one, "ledger_commit_entries_max") >= 500 / (commits - before[1])
    assert value(one, "ledger_commit_seconds_count") == commits
    assert 0 < value(one, "ledger_commit_seconds_sum") < 60


def test_names_are_escaped(double, fixture_file):
    names = ['a"quoted"name', "back\\slash", "ünïcode☃", "{brace},=", "ends\\"]
    keys = [
        {"key": f"sk_test_{number:032x}", "organization": name} for number, name in enumerate(names)
    ]
    one = double("--fixture", fixture_file(keys=keys, credits=5, concurrency=2))
    found = {dict(pairs)["organization"] for _, pairs in scrape(one)["cloro_mock_credits"].samples}
    assert found == set(names)


def test_counters_never_fall(double):
    one = double("--journal-entries", "5")
    key = one.minted()
    for _ in range(20):
        one.get(key, CREDITS)

    def counters():
        return {
            sample: number
            for family in scrape(one).values()
            if family.kind in ("counter", "summary")
            for sample, number in family.samples.items()
        }

    before = counters()
    assert value(one, "journal_dropped_total") == 15
    for path in (f"journal?key={key}", "journal", "faults"):
        assert one.http.delete(f"/_mock/{path}").status_code == 200
    one.control("POST", "reset", status=200)
    one.get(BUILT_IN_KEY, CREDITS)
    after = counters()
    fallen = [sample for sample, number in before.items() if after.get(sample, 0) < number]
    assert fallen == []


def test_it_is_whole_while_the_double_is_busy(double):
    one = double()
    keys = [one.minted(concurrency=100, requestsPerSecond=10**6) for _ in range(20)]
    stop, calls = threading.Event(), []

    def watch():
        last = {}
        while not stop.is_set() or not calls:
            found = scrape(one)["cloro_mock_requests_total"].samples
            assert all(found[sample] >= number for sample, number in last.items())
            last = found
            calls.append(sum(found.values()))

    watching = Background(watch)
    body = [("POST", CHATGPT, key, question("chatgpt")) for key in keys for _ in range(100)]
    run(flood(one.port, body, 32))
    stop.set()
    watching.result()
    assert value(one, "requests_total", endpoint=f"POST {CHATGPT}", status="200") == 2000
