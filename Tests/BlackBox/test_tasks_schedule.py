"""Who runs when: priorities, and slots shared with synchronous requests."""

import asyncio

import pytest

from async_support import (
    HOLD,
    drive,
    finished,
    in_slots,
    listed,
    moment,
    read,
    start_of,
    state,
    status,
    submit,
    submit_batch,
    task,
)
from support import eventually, path_of, question
from wire import Wire, run


def running(double, key):
    return [each["id"] for each in listed(double, key, "PROCESSING")]


def test_nines_first_then_five_then_one_by_hand(shared):
    key = shared.minted(concurrency=2, progression=HOLD)
    one, nine, five, other_nine = submit_batch(
        shared, key, [task(priority=priority) for priority in (1, 9, 5, 9)])
    in_slots(shared, key, 2)
    assert set(running(shared, key)) == {nine, other_nine}
    assert status(shared, key)["priorityBreakdown"] == [
        {"priority": 5, "count": 1}, {"priority": 1, "count": 1},
    ]  # fmt: skip
    drive(shared, other_nine, "complete")
    assert set(running(shared, key)) == {nine, five}
    drive(shared, nine, "fail")
    assert set(running(shared, key)) == {five, one}


def test_nines_first_then_five_then_one_by_latency(double):
    clock = double("--clock", "manual")
    key = clock.minted(concurrency=2, latency="10s", contract="2026-10")
    start = start_of(clock)
    ids = submit_batch(clock, key, [task(priority=priority) for priority in (1, 9, 5, 9)])
    one, nine, five, other_nine = ids
    in_slots(clock, key, 2)
    fired = clock.advance(20)["fired"]
    assert [(each["kind"], each["id"]) for each in fired] == [
        ("completion", each) for each in (nine, other_nine, five, one)
    ]
    assert [(moment(each["at"]) - start).total_seconds() for each in fired] == [10, 10, 20, 20]
    # Waiting in the queue isn't latency.
    assert {read(clock, key, each)["task"]["latencyMs"] for each in ids} == {10_000}


def test_first_in_first_out_within_a_priority(double):
    clock = double("--clock", "manual")
    key = clock.minted(concurrency=1, latency="1s")
    ids = submit_batch(clock, key, [task(priority=1 + n % 3) for n in range(60)])
    ids += [submit(clock, key, task(priority=1 + n % 3)) for n in range(30)]
    priorities = [1 + n % 3 for n in range(60)] + [1 + n % 3 for n in range(30)]
    waiting = sorted(range(90), key=lambda n: -priorities[n])
    in_slots(clock, key, 1)
    assert [each["id"] for each in clock.advance(90)["fired"]] == [ids[n] for n in waiting]


def test_the_breakdown_is_sorted_by_priority(shared):
    key = shared.minted(concurrency=0)
    submit_batch(shared, key, [task(priority=p) for p in (3, 10, 1, 7, 10, 3, 3, 2)])
    assert status(shared, key) == {
        "queuedTasks": 8, "processingTasks": 0,
        "priorityBreakdown": [
            {"priority": 10, "count": 2}, {"priority": 7, "count": 1},
            {"priority": 3, "count": 3}, {"priority": 2, "count": 1}, {"priority": 1, "count": 1},
        ],
        "concurrency": {"used": 0, "max": 0},
    }  # fmt: skip


@pytest.mark.parametrize("revision", ["2026-07", "2026-10"])
def test_tasks_in_both_slots_leave_none_for_a_sync_request(shared, revision):
    key = shared.minted(concurrency=2, progression=HOLD, contract=revision)
    submit_batch(shared, key, [task()] * 3)
    in_slots(shared, key, 2)
    refused = shared.ask(key)
    assert refused.status_code == 429
    name = "concurrent" if revision == "2026-07" else "concurrency"
    assert [
        refused.headers[f"x-{name}-{each}"] for each in ("limit", "current", "remaining")
    ] == ["2", "3", "0"]
    # Queued ones hold nothing: as two finish, the third starts, and one slot is free.
    for each in running(shared, key):
        drive(shared, each, "complete")
    assert shared.ask(key).status_code == 200
    assert status(shared, key)["concurrency"] == {"used": 1, "max": 2}


def test_a_slot_is_taken_when_the_submission_is_answered(shared):
    # A client that has its answer may count on it, over whatever connection.
    keys = [shared.minted(concurrency=1, progression=HOLD) for _ in range(150)]

    async def scene():
        first, second = await Wire.open(shared.port), await Wire.open(shared.port)
        free = 0
        for key in keys:
            answer = await first.ask("POST", "/v1/async/task", key, task())
            assert answer.status == 200
            refused = await second.ask("POST", path_of("grok"), key, question("grok"))
            free += refused.status != 429
        return free

    assert run(scene()) == 0


def test_an_advance_right_after_a_submission_completes_it(double):
    clock = double("--clock", "manual")
    keys = [clock.minted(latency="1s") for _ in range(100)]

    async def scene():
        first, second = await Wire.open(clock.port), await Wire.open(clock.port)
        missed = 0
        for key in keys:
            assert (await first.ask("POST", "/v1/async/task", key, task())).status == 200
            advanced = await second.ask("POST", "/_mock/clock/advance", None, {"seconds": 1})
            missed += [each["kind"] for each in advanced.json()["fired"]] != ["completion"]
        return missed

    assert run(scene()) == 0


def test_sync_requests_in_the_slots_keep_tasks_queued(frozen):
    key = frozen.minted(concurrency=2, latency="10s")

    async def scene():
        wires = [await Wire.open(frozen.port) for _ in range(2)]
        for wire in wires:
            wire.send("POST", path_of("chatgpt"), key, question("chatgpt"))
        await asyncio.to_thread(frozen.await_running, key, 2)
        identifier = await asyncio.to_thread(submit, frozen, key)
        assert await asyncio.to_thread(state, frozen, key, identifier) == "QUEUED"
        assert (await asyncio.to_thread(status, frozen, key))["concurrency"]["used"] == 2
        await asyncio.to_thread(frozen.advance, 10)
        assert [(await wire.answer()).status for wire in wires] == [200, 200]
        await asyncio.to_thread(eventually, lambda: running(frozen, key) == [identifier], "start")
        await asyncio.to_thread(frozen.advance, 10)
        assert await asyncio.to_thread(state, frozen, key, identifier) == "COMPLETED"

    run(scene())


def test_an_upgrade_starts_more_at_once_and_a_downgrade_stops_nobody(frozen):
    key = frozen.minted(concurrency=1, progression=HOLD)
    ids = submit_batch(frozen, key, [task()] * 6)
    in_slots(frozen, key, 1)
    frozen.patch(key, concurrency=4)
    assert set(running(frozen, key)) == set(ids[:4])
    frozen.patch(key, plan="free", concurrency=2)
    assert status(frozen, key)["concurrency"] == {"used": 4, "max": 2}
    for each in ids[:2]:
        drive(frozen, each, "complete")
    assert set(running(frozen, key)) == set(ids[2:4])
    drive(frozen, ids[2], "complete")
    assert set(running(frozen, key)) == {ids[3], ids[4]}


def test_a_top_up_or_rename_of_the_plan_starts_nothing_twice(frozen):
    key = frozen.minted(concurrency=3, progression=HOLD)
    submit_batch(frozen, key, [task()] * 9)
    in_slots(frozen, key, 3)
    for _ in range(5):
        frozen.patch(key, addCredits=1)
    assert status(frozen, key)["concurrency"]["used"] == 3


def test_organizations_do_not_wait_for_each_other(frozen):
    first, second = (frozen.minted(concurrency=1, progression=HOLD) for _ in range(2))
    submit_batch(frozen, first, [task(priority=10)] * 20)
    identifier = submit(frozen, second)
    eventually(lambda: running(frozen, second) == [identifier], "the other organization's task")


@pytest.mark.parametrize("progression", [{"mode": "immediate"}, {"mode": "time"}])
def test_a_thousand_tasks_run_down_by_themselves(shared, progression):
    key = shared.minted(concurrency=3, progression=progression, credits=10**6)
    ids = submit_batch(shared, key, [task("GROK")] * 500)
    ids += submit_batch(shared, key, [task("GROK")] * 500)
    for each in (ids[0], ids[499], ids[999]):
        finished(shared, key, each)
    eventually(lambda: status(shared, key)["processingTasks"] == 0, "an empty double")
    assert len(listed(shared, key, "COMPLETED")) == 1000
    assert status(shared, key)["concurrency"]["used"] == 0
    assert shared.balance(key) == 10**6 - 4000
