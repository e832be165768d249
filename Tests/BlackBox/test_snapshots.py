"""Snapshots: what comes back, when, and for whom."""

import pytest

from async_support import (
    HOLD, charges, clear, deliveries, drive, hooked, listed, post, read, settled, state, status,
    submit, submit_batch, task,
)  # fmt: skip
from control_support import CHATGPT, CREDITS, asking, entries, fault, restore, snapshot, stub
from receiver import Receiver
from support import BUILT_IN_KEY, UNKNOWN_KEY, eventually

DAY = 86_400


def keys(double):
    return double.control("GET", "keys", status=200).json()["keys"]


def rules(double, key):
    return [
        double.control("GET", kind, status=200, key=key).json()[kind]
        for kind in ("faults", "responses")
    ]


def states(double, key):
    return [row["status"] for row in listed(double, key)]


def disturb(double, key, how):
    """Something that a restore must undo."""
    if how == "reset":
        double.control("POST", "reset", status=200, key=key)
    elif how == "remove":
        double.control("DELETE", f"keys/{key}", status=200)
    elif how == "plan":
        double.patch(key, plan="free", credits=9, requestsPerSecond=7, seed=5, latency="9s")
    elif how == "whole reset":
        double.control("POST", "reset", status=200)
    elif how == "use":
        double.ask(key)
        double.patch(key, addCredits=1000)


DISTURBANCES = ["nothing", "reset", "remove", "plan", "whole reset", "use"]


# MARK: What comes back


@pytest.mark.parametrize("narrowed", [True, False])
@pytest.mark.parametrize("how", DISTURBANCES)
def test_credits_and_settings_come_back(double, how, narrowed):
    one = double("--clock", "manual")
    key = one.minted(credits=100, concurrency=3, requestsPerSecond=50, latency="0ms", seed=4)
    for _ in range(3):
        one.ask(key)
    one.patch(key, addCredits=5)
    before, row = one.ledger(key), one.control("GET", f"keys/{key}").json()
    query = {"key": key} if narrowed else {}
    made = snapshot(one, "a", **query)
    names = [row["organization"]] if narrowed else ["demo", row["organization"]]
    assert made == {
        "id": "a",
        "at": one.control("GET", "clock").json()["now"],
        "organizations": names,
    }
    for _ in range(2):  # a second time too
        disturb(one, key, how)
        assert restore(one, "a", **query)["organizations"] == names
        assert one.ledger(key) == before and before["consistent"] is True
        assert one.control("GET", f"keys/{key}").json() == row
        # The next answer is the one that would have followed.
        answer = one.ask(key)
        assert answer.headers["x-credits-remaining"] == "77"
        assert one.ledger(key)["consistent"] is True


@pytest.mark.parametrize("how", DISTURBANCES)
def test_other_organizations_are_left_alone(double, how):
    one = double("--clock", "manual")
    key, other = one.minted(), one.minted(latency="5s")
    submit(one, other, task(idempotencyKey="x"))
    fault(one, {"kind": "status", "status": 503}, other, match={"path": "/v1/states"})
    snapshot(one, "a", key=key)
    waiting = asking(one, other)
    one.await_running(other, 2)
    if how != "whole reset":
        disturb(one, key, how)
    before = one.ledger(other), listed(one, other), rules(one, other)
    restore(one, "a", key=key)
    assert (one.ledger(other), listed(one, other), rules(one, other)) == before
    assert one.running(other) == 2
    one.advance(5)
    assert waiting.answer().status == 200
    waiting.socket.close()
    assert states(one, other) == ["COMPLETED"] and one.running(other) == 0


def test_the_next_identifiers_and_bytes_are_those_that_followed(double):
    one = double("--clock", "manual")
    key = one.minted(contract="2026-10")
    one.ask(key)
    snapshot(one, "a", key=key)

    def follow():
        answers = [one.ask(key, text="What next?"), one.ask(key, "grok")]
        return [(each.headers["x-request-id"], each.content) for each in answers], submit(one, key)

    first = follow()
    restore(one, "a", key=key)
    assert follow() == first


def test_tasks_come_back_in_each_state_with_what_they_had_left(frozen):
    key = frozen.minted(concurrency=2, latency="10s")
    done, failed = submit_batch(frozen, key, [task(text="done"), task(text="failed")])
    frozen.advance(2)
    drive(frozen, failed, "fail", {"code": "X", "message": "y"})
    frozen.advance(8)
    items = [task(text=f"{n}", priority=n, idempotencyKey=f"i{n}") for n in (3, 9, 1, 8, 5)]
    ids = submit_batch(frozen, key, items)
    frozen.advance(4)

    def shown():
        """The tasks but for when they end, which a restore moves by the time since."""
        return [{**row, "dueAt": row["dueAt"] is not None} for row in listed(frozen, key)]

    before = shown()
    # Submitted as one, two began at once: the ones of highest priority.
    assert [row["status"] for row in before] == [
        "COMPLETED", "FAILED", "QUEUED", "PROCESSING", "QUEUED", "PROCESSING", "QUEUED",
    ]  # fmt: skip
    bodies = [read(frozen, key, each) for each in (done, failed, *ids)]
    snapshot(frozen, "tasks", key=key)
    for _ in range(2):
        frozen.control("POST", "reset", status=200, key=key)
        frozen.advance(3600)
        restore(frozen, "tasks", key=key)
        assert shown() == before
        assert [read(frozen, key, each) for each in (done, failed, *ids)] == bodies
        assert frozen.running(key) == 2
        assert post(frozen, key, items[2]).status_code == 409
        # Six of ten seconds were left; then the others follow by priority.
        frozen.advance(5.9)
        assert [state(frozen, key, each) for each in (ids[1], ids[3])] == ["PROCESSING"] * 2
        frozen.advance(0.1)
        finished = ["COMPLETED", "COMPLETED"]
        assert [state(frozen, key, each) for each in (ids[1], ids[3])] == finished
        assert [state(frozen, key, each) for each in (ids[4], ids[0])] == ["PROCESSING"] * 2
        assert state(frozen, key, ids[2]) == "QUEUED"
        frozen.advance(20)
        assert states(frozen, key) == [
            "COMPLETED", "FAILED", *["COMPLETED"] * 5,
        ]  # fmt: skip
        assert frozen.running(key) == 0 and len(charges(frozen, key)) == 6


@pytest.mark.parametrize("progression", [HOLD, {"mode": "polls", "polls": 3}])
def test_tasks_that_wait_for_a_hand_or_a_read_do_so_again(frozen, progression):
    key = frozen.minted(concurrency=1, progression=progression)
    first, second = submit_batch(frozen, key, [task(text="a"), task(text="b")])
    read(frozen, key, first)
    snapshot(frozen, "waiting", key=key)
    for _ in range(2):
        disturb(frozen, key, "reset")
        restore(frozen, "waiting", key=key)
        assert [state(frozen, key, second), frozen.running(key)] == ["QUEUED", 1]
        if progression == HOLD:
            assert listed(frozen, key)[0]["held"] is True
            assert drive(frozen, first, "release").status_code == 200
        else:
            # One of three reads was made before; the third still sees it unfinished.
            assert [state(frozen, key, first) for _ in range(2)] == ["PROCESSING"] * 2
        frozen.advance(0)
        assert state(frozen, key, first) == "COMPLETED"


def test_a_snapshot_outlives_the_day_that_a_finished_task_lives(frozen):
    key = frozen.minted(concurrency=1, latency="10s")
    done, running = submit_batch(frozen, key, [task(text="a"), task(text="b")])
    frozen.advance(14)
    snapshot(frozen, "day", key=key)
    frozen.advance(2 * DAY)
    assert listed(frozen, key) == []
    restore(frozen, "day", key=key)
    frozen.advance(1)
    assert state(frozen, key, done) == "COMPLETED"
    frozen.advance(5)
    # It was charged: its result can be read.
    assert state(frozen, key, running) == "COMPLETED"


def test_idempotency_keys_come_back_and_go(frozen):
    key = frozen.minted(progression=HOLD)
    submit(frozen, key, task(idempotencyKey="before"))
    snapshot(frozen, "keys", key=key)
    submit(frozen, key, task(idempotencyKey="after"))
    clear(frozen, key)
    restore(frozen, "keys", key=key)
    assert post(frozen, key, task(idempotencyKey="before")).status_code == 409
    assert post(frozen, key, task(idempotencyKey="after")).status_code == 200


def test_rules_come_back_with_their_counts(frozen):
    key = frozen.minted()
    fault(frozen, {"kind": "status", "status": 503}, key, match={"path": CREDITS}, times=3)
    fault(frozen, {"kind": "status", "status": 502}, key, match={"path": CREDITS, "nth": 2})
    stub(frozen, key, result={"text": "stubbed"}, times=2)

    def answers():
        free = [frozen.get(key, CREDITS).status_code for _ in range(5)]
        texts = [frozen.ask(key).json()["result"]["text"] == "stubbed" for _ in range(3)]
        return free, texts, rules(frozen, key)

    assert frozen.get(key, CREDITS).status_code == 503
    snapshot(frozen, "rules", key=key)
    first = answers()
    assert first[:2] == ([503, 503, 200, 502, 200], [True, True, False])
    fault(frozen, "connection_reset", key)
    frozen.control("DELETE", "responses", key=key, status=200)
    restore(frozen, "rules", key=key)
    assert answers() == first
    # A rule that comes after it gets a name of its own.
    made = fault(frozen, {"kind": "status", "status": 500}, key)
    assert made["id"] not in [row["id"] for row in first[2][0]]


def test_rules_for_all_come_back_with_the_whole(double):
    one = double("--clock", "manual")
    key = one.minted()
    kept = fault(one, {"kind": "status", "status": 503}, match={"path": CREDITS}, times=2)
    one.get(key, CREDITS)
    snapshot(one, "all")
    one.control("DELETE", "faults", status=200)
    fault(one, {"kind": "status", "status": 500})
    restore(one, "all", key=key)
    assert one.get(key, CREDITS).status_code == 500
    restore(one, "all")
    (row,) = one.control("GET", "faults", status=200).json()["faults"]
    assert (row["id"], row["timesLeft"], row["seen"]) == (kept["id"], 1, 1)
    assert [one.get(key, CREDITS).status_code for _ in range(2)] == [503, 200]


def test_revoked_keys_stay_revoked_and_all_keys_of_an_organization_come_back(frozen):
    first = frozen.minted()
    name = frozen.control("GET", f"keys/{first}").json()["organization"]
    second, third = (frozen.minted(organization=name) for _ in range(2))
    frozen.patch(second, revoked=True)
    snapshot(frozen, "keys", key=first)
    fourth = frozen.minted(organization=name)
    for key in (first, third):
        frozen.control("DELETE", f"keys/{key}", status=200)
    frozen.patch(second, revoked=False)
    restore(frozen, "keys", key=third)
    answers = [frozen.get(key, CREDITS).status_code for key in (first, second, third, fourth)]
    assert answers == [200, 401, 200, 401]
    assert {row["key"] for row in keys(frozen) if row["organization"] == name} == {
        first, second, third,
    }  # fmt: skip


def test_keys_come_back_in_their_order(double):
    one = double("--clock", "manual")
    one.minted()
    before = keys(one)
    snapshot(one, "order")
    one.control("DELETE", f"keys/{BUILT_IN_KEY}", status=200)
    restore(one, "order")
    assert keys(one) == before
    # Whoever names no key means the first.
    assert one.control("GET", "ledger").json() == one.ledger(BUILT_IN_KEY)


def test_rate_limit_buckets_come_back_within_their_second(frozen):
    key = frozen.minted(requestsPerSecond=3)
    frozen.advance(1)
    remaining = [frozen.get(key, CREDITS).headers["x-ratelimit-remaining"] for _ in range(2)]
    snapshot(frozen, "rate", key=key)
    assert [frozen.get(key, CREDITS).status_code for _ in range(2)] == [200, 429]
    frozen.control("POST", "reset", status=200, key=key)
    restore(frozen, "rate", key=key)
    assert remaining == ["2", "1"]
    assert [frozen.get(key, CREDITS).status_code for _ in range(2)] == [200, 429]
    restore(frozen, "rate", key=key)
    frozen.advance(1)
    assert frozen.get(key, CREDITS).headers["x-ratelimit-remaining"] == "2"


def test_a_webhook_that_waits_for_its_next_try_waits_for_what_was_left(frozen):
    with Receiver(500, default=200) as receiver:
        key = frozen.minted()
        submit(frozen, key, hooked(receiver))
        frozen.advance(0)
        settled(frozen, key, 1)
        frozen.advance(50)
        snapshot(frozen, "hook", key=key)
        for count in (2, 3):
            frozen.control("POST", "reset", status=200, key=key)
            assert deliveries(frozen, key) == []
            frozen.advance(1000)
            assert len(receiver.hits) == count - 1
            restore(frozen, "hook", key=key)
            # 120 seconds after the failure, 70 after the snapshot.
            frozen.advance(69)
            assert len(receiver.hits) == count - 1
            frozen.advance(1)
            assert len(receiver.hits) == count
            assert [row["status"] for row in settled(frozen, key, 2)] == [500, 200]
            frozen.advance(1000)
            assert len(receiver.hits) == count


# MARK: The whole


def test_what_was_minted_since_is_gone_and_mints_alike_again(double):
    one = double("--clock", "manual")
    first = one.minted()
    snapshot(one, "whole")
    before = keys(one)
    since = [one.mint() for _ in range(3)]
    submit(one, since[0]["key"])
    one.ask(first)
    with asking(one, since[1]["key"]) as connection:
        connection.answer()
    restore(one, "whole")
    assert keys(one) == before
    assert [one.get(row["key"], CREDITS).status_code for row in since] == [401] * 3
    assert [one.mint() for _ in range(3)] == since


def test_a_key_that_moved_comes_back_to_its_owner(double):
    one = double("--clock", "manual")
    key, other = one.minted(), one.minted()
    name = one.control("GET", f"keys/{key}").json()["organization"]
    moved = one.minted(organization=name)
    snapshot(one, "whole")
    one.control("DELETE", f"keys/{moved}", status=200)
    one.minted(key=moved, organization=one.control("GET", f"keys/{other}").json()["organization"])
    one.ask(moved)
    restore(one, "whole")
    assert one.control("GET", f"keys/{moved}").json()["organization"] == name
    assert [one.balance(each) for each in (key, other, moved)] == [250_000] * 3


def test_a_snapshot_of_one_organization_brings_that_one_back(double):
    one = double("--clock", "manual")
    key = one.minted()
    snapshot(one, "one", key=key)
    other = one.minted()
    one.ask(key)
    restore(one, "one")
    assert one.balance(key) == 250_000 and one.ask(other).status_code == 200


def test_one_organization_comes_back_out_of_the_whole(double):
    one = double("--clock", "manual")
    first, second = one.minted(), one.minted()
    snapshot(one, "whole")
    third = one.minted()
    one.ask(first)
    one.ask(second)
    made = restore(one, "whole", key=second)
    assert made["organizations"] == [one.control("GET", f"keys/{second}").json()["organization"]]
    assert [one.balance(key) for key in (first, second, third)] == [249_993, 250_000, 250_000]


def test_a_name_may_be_used_again(frozen):
    key = frozen.minted(credits=100)
    snapshot(frozen, "again", key=key)
    frozen.ask(key)
    snapshot(frozen, "again", key=key)
    frozen.ask(key)
    restore(frozen, "again", key=key)
    assert frozen.balance(key) == 93
    frozen.control("DELETE", "snapshots/again", status=200)
    frozen.control("POST", "snapshots/again/restore", status=404)


def test_the_journal_is_not_part_of_it(frozen):
    key = frozen.minted()
    snapshot(frozen, "journal", key=key)
    frozen.ask(key)
    restore(frozen, "journal", key=key)
    assert [entry["path"] for entry in entries(frozen, key)] == [CHATGPT]


# MARK: Under way


@pytest.mark.parametrize("narrowed", [True, False])
def test_requests_under_way_end_and_touch_nothing(double, narrowed):
    one = double("--clock", "manual")
    key = one.minted(latency="5s", concurrency=8)
    query = {"key": key} if narrowed else {}
    waiting = [asking(one, key) for _ in range(4)]
    one.await_running(key, 4)
    snapshot(one, "busy", **query)
    more = [asking(one, key) for _ in range(4)]
    one.await_running(key, 8)
    restore(one, "busy", **query)
    # Whoever asked before belongs to what is gone.
    assert one.running(key) == 0
    fresh = asking(one, key)
    one.await_running(key, 1)
    one.advance(5)
    assert [each.answer().status for each in waiting + more] == [401] * 8
    assert fresh.answer().status == 200
    assert one.running(key) == 0 and len(charges(one, key)) == 1
    for connection in [*waiting, *more, fresh]:
        connection.socket.close()


def test_a_snapshot_while_tasks_end_has_each_finished_exactly_if_charged(shared):
    key = shared.minted(concurrency=200, latency="uniform(1ms,150ms)", requestsPerSecond=10**6)
    submit_batch(shared, key, [task(text=f"{n}") for n in range(400)])
    names = []
    while len(names) < 12:
        names.append(f"end-{len(names)}")
        snapshot(shared, names[-1], key=key)
    eventually(lambda: set(states(shared, key)) == {"COMPLETED"}, "all ends")
    caught = 0
    for name in names:
        shared.patch(key, plan="hobby")
        restore(shared, name, key=key)
        rows, paid = listed(shared, key), charges(shared, key)
        # More may have ended since the restore, but never one without its charge.
        assert {row["id"] for row in rows if row["status"] == "COMPLETED"} <= {
            row["taskId"] for row in paid
        }
        caught += len(paid) < 400
        eventually(lambda: set(states(shared, key)) == {"COMPLETED"}, "all ends after it")
        assert len(charges(shared, key)) == 400 and shared.running(key) == 0
        assert len({row["taskId"] for row in charges(shared, key)}) == 400
    assert caught > 0, "no snapshot was taken while tasks ended"


# MARK: In a file


def test_what_a_restore_brings_back_is_in_the_file(double, tmp_path):
    file = tmp_path / "ledger.db"
    one = double("--database", file, "--clock", "manual")
    key, gone = one.minted(credits=100), one.minted()
    second = one.minted(organization=one.control("GET", f"keys/{key}").json()["organization"])
    one.patch(second, revoked=True)
    one.ask(key)
    snapshot(one, "file")
    before = one.ledger(key), sorted(keys(one), key=str)
    one.control("DELETE", f"keys/{gone}", status=200)
    one.patch(key, credits=1, plan="free")
    late = one.minted()
    one.patch(second, revoked=False)
    restore(one, "file")
    assert (one.ledger(key), sorted(keys(one), key=str)) == before
    assert one.stop() == 0
    again = double("--database", file, "--clock", "manual")
    assert (again.ledger(key), sorted(keys(again), key=str)) == before
    assert again.get(second, CREDITS).status_code == again.get(late, CREDITS).status_code == 401
    # Snapshots live in memory.
    assert again.control("POST", "snapshots/file/restore").status_code == 404
    again.ask(key)
    assert again.ledger(key)["balance"] == 86 and again.ledger(key)["consistent"] is True


# MARK: Refusals


def test_unknown_names_and_keys(frozen):
    key, other = frozen.minted(), frozen.minted()
    snapshot(frozen, "tuesday", key=key)
    for method, path in [("POST", "snapshots/tusday/restore"), ("DELETE", "snapshots/tusday")]:
        refused = frozen.control(method, path, status=404).json()["error"]
        assert refused["message"] == ('There is no snapshot "tusday", did you mean "tuesday"?')
    for unknown in (UNKNOWN_KEY, other):
        refused = frozen.control("POST", "snapshots/tuesday/restore", status=404, key=unknown)
        assert refused.json()["error"]["message"] == "The snapshot has no such key."
    frozen.control("POST", "snapshots/new", status=404, key=UNKNOWN_KEY)
    frozen.control("POST", "snapshots/new/restore", status=404)
    assert frozen.control("GET", f"keys/{BUILT_IN_KEY}").status_code == 200
    assert status(frozen, key)["concurrency"]["used"] == 0


def test_a_snapshot_knows_how_often_a_question_was_asked(shared):
    key = shared.minted(repeat="vary")
    first, second = (shared.ask(key).content for _ in range(2))
    snapshot(shared, "asked", key=key)
    third = shared.ask(key).content
    assert len({first, second, third}) == 3
    restore(shared, "asked", key=key)
    assert shared.ask(key).content == third
    shared.control("POST", "reset", status=200, key=key)
    assert shared.ask(key).content == first
