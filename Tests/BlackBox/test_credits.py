"""Balances when many ask at once, and the ledger as it is read."""

import pytest

from async_support import submit_batch, task
from support import TIMESTAMP, eventually, path_of, question
from wire import flood, run


@pytest.mark.parametrize("latency", ["0ms", "20ms"])
def test_a_hundred_affordable_of_150_are_served(shared, latency):
    key = shared.minted(credits=700, concurrency=150, latency=latency)
    ask = ("POST", path_of("chatgpt"), key, question("chatgpt"))
    answers = run(flood(shared.port, [ask] * 150, 150))
    served = [a for a in answers if a.status == 200]
    refused = [a for a in answers if a.status == 403]
    assert (len(served), len(refused)) == (100, 50)
    assert sorted(a.number("x-credits-remaining") for a in served) == list(range(0, 700, 7))
    assert {a.headers["x-credits-charged"] for a in served} == {"7"}
    assert {a.headers["x-credits-charged"] for a in refused} == {"0"}
    ledger = shared.ledger(key, limit=1000)
    assert (ledger["balance"], ledger["consistent"]) == (0, True)
    charges = [entry for entry in ledger["entries"] if entry["kind"] == "charge"]
    assert len(charges) == 100
    assert len({entry["requestId"] for entry in charges}) == 100
    assert sum(entry["amount"] for entry in ledger["entries"]) == 0
    assert shared.running(key) == 0


def test_a_top_up_is_there_at_once(shared):
    key = shared.minted(credits=0)
    assert shared.ask(key).status_code == 403
    assert shared.patch(key, addCredits=10)["credits"] == 10
    answer = shared.ask(key)
    assert (answer.status_code, answer.headers["x-credits-remaining"]) == (200, "3")


def test_the_ledger_pages(shared):
    key = shared.minted(credits=10_000, requestsPerSecond=10**6)
    for _ in range(12):
        assert shared.ask(key).status_code == 200
    first = shared.ledger(key, limit=5)
    rest = shared.ledger(key, since=first["entries"][-1]["id"], limit=5)
    last = shared.ledger(key, since=rest["entries"][-1]["id"])
    entries = first["entries"] + rest["entries"] + last["entries"]
    assert [len(page["entries"]) for page in (first, rest, last)] == [5, 5, 3]
    assert len({entry["id"] for entry in entries}) == 13
    assert [entry["id"] for entry in entries] == sorted(entry["id"] for entry in entries)
    assert [entry["kind"] for entry in entries] == ["grant"] + ["charge"] * 12
    assert {entry["amount"] for entry in entries[1:]} == {-7}
    assert {entry["endpoint"] for entry in entries[1:]} == {path_of("chatgpt")}
    assert len({entry["requestId"] for entry in entries[1:]}) == 12
    assert {page["balance"] for page in (first, rest, last)} == {10_000 - 84}
    assert all(page["consistent"] for page in (first, rest, last))
    balance = 0
    for entry in entries:
        balance += entry["amount"]
        assert entry["balance"] == balance
        assert TIMESTAMP.fullmatch(entry["at"])


def test_a_page_of_the_ledger_has_ten_thousand_entries_at_most(double):
    # In a double of its own: among many organizations each keeps fewer entries apart in memory.
    alone = double()
    key = alone.minted(credits=50_000, progression={"mode": "immediate"})
    for _ in range(20):
        submit_batch(alone, key, [task("GROK")] * 500)
    eventually(lambda: alone.balance(key) == 10_000, "ten thousand charges beside the grant")
    for limit in (10_000, 10**6):
        assert len(alone.ledger(key, limit=limit)["entries"]) == 10_000


def test_balances_beyond_32_bits(shared):
    key = shared.minted(credits=10**15)
    assert shared.ask(key).headers["x-credits-remaining"] == str(10**15 - 7)
    # A sum that leaves the range is refused, and nothing breaks.
    for body in ({"addCredits": 10**15}, {"addCredits": 2**63 - 1}, {"addCredits": -(10**15)}):
        assert shared.control("PATCH", f"keys/{key}", body).status_code == 400
    assert shared.balance(key) == 10**15 - 7
