"""Tasks, idempotency keys and webhooks of a double with `--database`: a kill loses none.

`CRASH_ROUNDS` says how often a double is killed under load (2 by default, 100 by hand),
`CRASH_SEED` repeats a run's moments.
"""

import asyncio
import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from signal import SIGKILL

import pytest

from async_support import (
    HOLD,
    UNKNOWN_ID,
    clear,
    deliveries,
    drive,
    finished,
    hooked,
    in_slots,
    listed,
    post,
    post_batch,
    read,
    settled,
    state,
    status,
    submit,
    submit_batch,
    task,
)
from receiver import Gate, Receiver
from support import BINARY, Double, clean_environment, cli, eventually, path_of, question
from wire import Wire, run

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "2"))
SEED = int(os.environ.get("CRASH_SEED") or time.time_ns() % 10**9)
DAY = 86_400


@pytest.fixture
def file(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def again(double, file):
    """`again(one, *flags)` kills a double and starts the next one with its file."""

    def restart(one, *flags):
        one.kill()
        return double("--database", file, *flags)

    return restart


def documents(file, folder):
    """All tasks and charges as a kill has left them: SQLite recovers a copy."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for suffix in ("", "-wal"):
        if file.with_name(file.name + suffix).exists():
            shutil.copy(f"{file}{suffix}", folder / f"copy.db{suffix}")
    with sqlite3.connect(folder / "copy.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

        def bodies(kind):
            rows = database.execute("SELECT body FROM document WHERE kind = ?", (kind,))
            return [json.loads(body) for (body,) in rows]

        opened, ended = bodies(20), bodies(21)
        indexed = {id for (id,) in database.execute("SELECT id FROM document WHERE kind = 22")}
        charges = database.execute(
            "SELECT task_id, -amount FROM entry WHERE task_id IS NOT NULL"
        ).fetchall()
        alone = database.execute(
            "SELECT balance FROM entry WHERE kind = 'charge' AND task_id IS NULL"
        ).fetchall()
    database.close()
    return opened, ended, indexed, charges, {balance for (balance,) in alone}


def agree(file, folder):
    """A task is finished if, and only if, it is charged, and it is charged once."""
    opened, ended, indexed, charges, alone = documents(file, folder)
    assert len({each["id"] for each in opened + ended}) == len(opened + ended)
    assert indexed == {each["id"] for each in ended}
    assert {each["state"] for each in opened} <= {"queued", "running", "backingOff"}
    completed = {each["id"]: each["charged"] for each in ended if each["state"] == "completed"}
    assert len(charges) == len(dict(charges))
    assert dict(charges) == {id: charged for id, charged in completed.items() if charged}
    return alone


# MARK: Each state


def test_finished_tasks_are_read_as_before(double, file, again, tmp_path):
    one = double("--database", file)
    key = one.minted(contract="2026-10")
    done = submit(one, key, task(idempotencyKey="once", priority=7))
    holder = one.minted(progression=HOLD, contract="2026-10")
    by_hand, failed = submit_batch(one, holder, [task(), task("GEMINI")])
    assert drive(one, by_hand, "complete", {"result": {"text": "é"}}).status_code == 200
    assert drive(one, failed, "fail", {"code": "X", "message": "y"}).status_code == 200
    paged = submit(one, key, task(payload={"include": {"html": True}}))
    ids = [(key, done), (holder, by_hand), (holder, failed), (key, paged)]
    before = [finished(one, owner, each) for owner, each in ids]
    rows = listed(one, key) + listed(one, holder)
    balances = [one.balance(key), one.balance(holder)]

    two = again(one)
    agree(file, tmp_path / "copy")
    assert [read(two, owner, each) for owner, each in ids] == before
    assert read(two, key, "once") == before[0]
    assert listed(two, key) + listed(two, holder) == rows
    assert [two.balance(key), two.balance(holder)] == balances
    assert listed(two, holder, "COMPLETED") == [row for row in rows if row["id"] == by_hand]
    assert two.get(two.minted(), f"/v1/async/task/{done}").status_code == 404
    assert two.get(key, f"/v1/async/task/{UNKNOWN_ID}").status_code == 404
    assert drive(two, done, "complete").status_code == 409
    waited = two.control("POST", "tasks/await", {"match": {"taskId": done}, "timeoutMs": 0})
    assert [row["id"] for row in waited.json()["tasks"]] == [done]
    assert two.control("GET", "selfcheck").json()["problems"] == []


def test_an_idempotency_key_stays_taken(double, file, again):
    one = double("--database", file, "--clock", "manual")
    key = one.minted()
    done = submit(one, key, task(idempotencyKey="a"))
    eventually(lambda: state(one, key, done) == "COMPLETED", "the end")
    held = submit(one, one.minted(progression=HOLD), task(idempotencyKey="a"))
    batch = submit_batch(one, key, [task(idempotencyKey="b"), task(idempotencyKey="é")])

    two = again(one, "--clock", "manual")
    for taken in ("a", "b", "é"):
        for text in ("What is the best laptop?", "Another question?"):
            answer = post(two, key, task(text=text, idempotencyKey=taken))
            assert answer.status_code == 409, answer.text
    answer = post_batch(two, key, [task(idempotencyKey="c"), task(idempotencyKey="a"), task()])
    rows = answer.json()["results"]
    assert [row["success"] for row in rows] == [True, False, True]
    known = {done, held, *batch}
    assert known.isdisjoint({rows[0]["task"]["id"], rows[2]["task"]["id"]})
    assert post(two, key, task(idempotencyKey="c")).status_code == 409
    # A day later it is free, and the task is gone.
    two.advance(DAY + 60)
    assert two.get(key, f"/v1/async/task/{done}").status_code == 404
    assert two.get(key, "/v1/async/task/a").status_code == 404
    fresh = submit(two, key, task(idempotencyKey="a"))
    three = again(two, "--clock", "manual")
    assert read(three, key, "a")["task"]["id"] == fresh


def test_queued_tasks_go_on_in_their_order(double, file, again, tmp_path):
    one = double("--database", file)
    key = one.minted(progression=HOLD, concurrency=1)
    order = [submit(one, key, task(priority=priority)) for priority in (1, 3, 10, 3)]
    assert [state(one, key, each) for each in order] == ["PROCESSING"] + ["QUEUED"] * 3
    numbers = [row["number"] for row in listed(one, key)]
    before = status(one, key)

    two = again(one)
    agree(file, tmp_path / "copy")
    assert status(two, key) == before
    assert [row["number"] for row in listed(two, key)] == numbers
    for each in (order[0], order[2], order[1], order[3]):
        assert state(two, key, each) == "PROCESSING"
        assert drive(two, each, "complete").status_code == 200
    late = submit(two, key)
    assert listed(two, key)[-1]["number"] > numbers[-1]
    assert late not in order
    assert status(two, key)["concurrency"]["used"] == 1


def test_running_tasks_go_on_where_they_were(double, file, again, tmp_path):
    one = double("--database", file, "--clock", "manual")
    timed = one.minted(latency="4m")
    slow = submit(one, timed)
    in_slots(one, timed, 1)
    polled = one.minted(progression={"mode": "polls", "polls": 3})
    asked = submit(one, polled)
    in_slots(one, polled, 1)
    assert [state(one, polled, asked) for _ in range(2)] == ["PROCESSING"] * 2
    holder = one.minted(progression=HOLD)
    held = submit(one, holder)
    in_slots(one, holder, 1)

    two = again(one, "--clock", "manual")
    for key in (timed, polled, holder):
        assert status(two, key)["processingTasks"] == 1
        assert status(two, key)["concurrency"]["used"] == 1
    two.advance(120)
    assert state(two, timed, slow) == "PROCESSING"
    assert [state(two, polled, asked) for _ in range(2)] == ["PROCESSING", "COMPLETED"]
    assert drive(two, held, "release").status_code == 200
    eventually(lambda: state(two, holder, held) == "COMPLETED", "the end of the held one")

    three = again(two, "--clock", "manual")
    three.advance(241)
    assert state(three, timed, slow) == "COMPLETED"
    assert [state(three, polled, asked), state(three, holder, held)] == ["COMPLETED"] * 2
    assert all(three.ledger(key)["consistent"] for key in (timed, polled, holder))
    three.kill()
    agree(file, tmp_path / "copy")


def test_an_attempt_that_has_failed_is_made_again(double, file, again):
    # Longer than an attempt may take: it backs off, and fails for good after the third.
    one = double("--database", file, "--clock", "manual")
    key = one.minted(latency="10h")
    identifier = submit(one, key)
    in_slots(one, key, 1)
    due = listed(one, key)[0]["dueAt"]
    one.control("PUT", "clock", {"now": due}, status=200)
    assert state(one, key, identifier) == "QUEUED"
    row = listed(one, key)[0]

    two = again(one, "--clock", "manual")
    assert listed(two, key)[0]["startedAt"] == row["startedAt"]
    assert state(two, key, identifier) == "QUEUED"
    two.advance(4 * DAY)
    done = two.get(key, f"/v1/async/task/{identifier}")
    # It has failed, and its day is over.
    assert done.status_code == 404


def test_tasks_whose_day_is_over_leave_the_file(double, file, again):
    one = double("--database", file, "--clock", "manual")
    key = one.minted(requestsPerSecond=10**6, concurrency=1000)

    def finish(count, name):
        ids = submit_batch(
            one, key, [task(idempotencyKey=f"{name}{number}") for number in range(count)]
        )
        eventually(lambda: status(one, key)["concurrency"]["used"] == 0, "the ends")
        return ids

    def kept():
        with sqlite3.connect(file) as database:
            rows = database.execute("SELECT kind, count(*) FROM document GROUP BY kind").fetchall()
        database.close()
        return {kind: count for kind, count in rows if 20 <= kind <= 23}

    finish(300, "old")
    assert kept() == {21: 300, 22: 300, 23: 300}
    one.advance(DAY)
    # A portion at a time, with those that end later.
    young = finish(66, "new") + finish(64, "newer")
    eventually(lambda: kept() == {21: 130, 22: 130, 23: 130}, "those of the day alone")
    assert [row["id"] for row in listed(one, key)] == young
    two = again(one, "--clock", "manual")
    assert [row["id"] for row in listed(two, key)] == young
    assert read(two, key, "new0")["task"]["id"] == young[0]
    assert two.get(key, "/v1/async/task/old0").status_code == 404


def test_what_was_cleared_or_removed_stays_away(double, file, again):
    one = double("--database", file)
    key = one.minted(progression=HOLD, concurrency=1)
    ids = submit_batch(one, key, [task(idempotencyKey=f"k{number}") for number in range(5)])
    assert clear(one, key).json()["cleared"] == 4
    gone = one.minted(progression=HOLD)
    lost = submit(one, gone)
    one.control("DELETE", f"keys/{gone}", status=200)
    reset = one.minted(progression=HOLD)
    old = submit(one, reset)
    one.control("POST", "reset", key=reset, status=200)
    new = submit(one, reset)

    two = again(one)
    assert status(two, key)["queuedTasks"] == 0
    assert [row["id"] for row in listed(two, key)] == ids[:1]
    assert post(two, key, task(idempotencyKey="k1")).status_code == 200
    assert post(two, key, task(idempotencyKey="k0")).status_code == 409
    every = {row["id"] for row in two.control("GET", "tasks").json()["tasks"]}
    assert lost not in every
    assert [row["id"] for row in listed(two, reset)] == [new]
    assert new == old or old not in every


def test_a_snapshot_s_tasks_are_the_file_s(double, file, again, tmp_path):
    one = double("--database", file)
    key = one.minted(progression=HOLD)
    first, second = submit_batch(one, key, [task(idempotencyKey="x"), task()])
    drive(one, first, "complete")
    two = again(one)
    two.control("POST", "snapshots/then", status=201)
    drive(two, second, "complete")
    third = submit(two, key)
    two.control("POST", "snapshots/then/restore", status=200)
    assert [row["status"] for row in listed(two, key)] == ["COMPLETED", "PROCESSING"]
    balance = two.balance(key)

    three = again(two)
    agree(file, tmp_path / "copy")
    assert [state(three, key, each) for each in (first, second)] == ["COMPLETED", "PROCESSING"]
    assert three.get(key, f"/v1/async/task/{third}").status_code == 404
    assert read(three, key, "x")["task"]["id"] == first
    assert three.balance(key) == balance
    assert drive(three, second, "complete").status_code == 200
    assert three.balance(key) < balance


def test_pages_of_the_list(double, file, again):
    one = double("--database", file)
    keys = [one.minted(credits=10**6, requestsPerSecond=10**6, concurrency=1000) for _ in range(2)]
    for _ in range(6):
        for key in keys:
            submit_batch(one, key, [task()] * 200)
    eventually(lambda: all(status(one, key)["queuedTasks"] == 0 for key in keys), "the ends")
    every = [row["number"] for row in one.control("GET", "tasks").json()["tasks"]]
    eventually(lambda: not listed(one, keys[0], "PROCESSING"), "the ends")

    two = again(one)
    for owner in ({}, {"key": keys[1]}):
        seen, since = [], 0
        while True:
            rows = two.control("GET", "tasks", since=since, **owner).json()["tasks"]
            if not rows:
                break
            assert len(rows) <= 1000
            seen += [row["number"] for row in rows]
            since = seen[-1]
        assert seen == sorted(set(seen))
        assert len(seen) == (1200 if owner else 2400) and set(seen) <= set(every)
    (row,) = two.control("GET", "tasks", since=every[99], limit=1).json()["tasks"]
    assert row["number"] == every[100]


# MARK: Webhooks


def attempts_of(receiver):
    return [hit.headers["x-cloro-webhook-id"] for hit in receiver.hits]


WEBHOOKS = {"secret": "whsec_d", "attempts": 3, "retrySeconds": [100, 200]}


def test_an_attempt_that_was_lost_is_made_again_under_its_number(double, file, fixture_file, again):
    flags = ("--clock", "manual", "--fixture", fixture_file(webhooks=WEBHOOKS))
    one = double("--database", file, *flags)
    key, gate = one.first_key, Gate()
    with Receiver(500, gate, 500, 200) as receiver:
        identifier = submit(one, key, hooked(receiver))
        settled(one, key, 1)
        one.control("POST", "clock/advance", {"seconds": 100, "timeoutMs": 0})
        receiver.wait(2)
        two = again(one, *flags)
        gate.open()
        receiver.wait(3)
        rows = settled(two, key, 2)
        assert attempts_of(receiver) == [f"{identifier}-{number}" for number in (1, 2, 2)]
        assert [row["status"] for row in rows] == [500, 500]
        # Not counted twice: the plan has a third one.
        two.advance(200)
        assert attempts_of(receiver)[3:] == [f"{identifier}-3"]
        assert len({hit.body for hit in receiver.hits}) == 1
        assert [row["status"] for row in settled(two, key, 3)] == [500, 500, 200]
        assert finished(two, key, identifier)["task"]["status"] == "COMPLETED"
    three = again(two, *flags)
    assert [row["status"] for row in deliveries(three, key)] == [500, 500, 200]
    three.advance(DAY)
    assert len(receiver.hits) == 4 and deliveries(three, key) == []


def test_a_retry_comes_when_it_would_have_come(double, file, fixture_file, again):
    flags = ("--clock", "manual", "--fixture", fixture_file(webhooks=WEBHOOKS))
    one = double("--database", file, *flags)
    with Receiver(500, 500, default=200) as receiver:
        submit(one, one.first_key, hooked(receiver))
        settled(one, one.first_key, 1)
        # One by hand uses up none of the plan.
        delivery = deliveries(one, one.first_key)[0]["id"]
        one.control("POST", f"webhooks/{delivery}/redeliver")
        settled(one, one.first_key, 2)
        one.advance(50)
        two = again(one, *flags)
        two.control("GET", "ready", status=200)
        rows = deliveries(two, two.first_key)
        assert [row["status"] for row in rows] == [500, 500]
        two.advance(101)
        rows = settled(two, two.first_key, 3)
        assert [row["status"] for row in rows] == [500, 500, 200]
        assert len(receiver.hits) == 3


def test_a_report_is_noted_as_delivered_after_a_restart(double, file, again):
    one = double("--database", file)
    key = one.minted(contract="2026-10")
    gate = Gate()
    with Receiver(gate, default=200) as receiver:
        identifier = submit(one, key, hooked(receiver))
        receiver.wait(1)
        two = again(one)
        gate.open()
        receiver.wait(2)
        settled(two, key, 1)
        eventually(lambda: read(two, key, identifier)["webhook"]["delivered"], "the delivery")
        before = read(two, key, identifier)
    three = again(two)
    assert read(three, key, identifier) == before


def test_a_stop_is_no_failed_attempt(double, file, fixture_file):
    flags = ("--fixture", fixture_file(webhooks=WEBHOOKS))
    one = double("--database", file, *flags)
    gate = Gate()
    with Receiver(gate, default=200) as receiver:
        identifier = submit(one, one.first_key, hooked(receiver))
        receiver.wait(1)
        assert one.stop() == 0
        gate.open()
        two = double("--database", file, *flags)
        receiver.wait(2)
        assert attempts_of(receiver) == [f"{identifier}-1"] * 2
        settled(two, two.first_key, 1)


def committed(double):
    """What was noted before, without anybody waiting for it, is in the file."""
    double.minted()
    return double


def test_deliveries_that_are_over_are_listed_as_before(double, file, again, tmp_path):
    one = double("--database", file, "--seed", "5")
    key = one.minted(webhookSecret="whsec_a", contract="2026-10", concurrency=10)
    collecting = one.minted(webhookMode="collect")
    with Receiver(default=200) as receiver, Receiver(default=404) as refusing:
        for number in range(3):
            finished(one, key, submit(one, key, hooked(receiver, idempotencyKey=f"d{number}")))
        identifier = submit(one, collecting, hooked(receiver))
        finished(one, collecting, identifier)
        (collected,) = eventually(lambda: deliveries(one, collecting), "the collected one")
        given_up = one.minted(webhookSecret="whsec_b")
        submit(one, given_up, hooked(refusing))
        settled(one, given_up, 1)
        rows = settled(one, key, 3)
        by_hand = f"webhooks/{rows[1]['id']}/redeliver"
        one.control("POST", by_hand, status=200)
        rows = settled(one, key, 4)
        assert [row["attempt"] for row in rows] == [1, 1, 2, 1]

        two = again(committed(one))
        assert deliveries(two, key) == rows
        assert deliveries(two, collecting) == [collected]
        # The next is one of this process, the pages are those of one list.
        submit(two, key, hooked(receiver))
        rows = settled(two, key, 5)
        assert [row["number"] for row in rows] == sorted(row["number"] for row in rows)
        every = two.control("GET", "webhooks").json()["webhooks"]
        assert [row for row in every if row in rows] == rows and collected in every
        seen, since = [], 0
        while page := two.control("GET", "webhooks", since=since, limit=1).json()["webhooks"]:
            seen += page
            since = page[-1]["number"]
        assert seen == every
        awaited = {"match": {"taskId": rows[0]["taskId"], "delivered": True}, "timeoutMs": 0}
        assert two.control("POST", "webhooks/await", awaited).json()["webhooks"] == rows[:1]

        # One more attempt of what only the file has, under the next number.
        before = len(receiver.hits)
        two.control("POST", by_hand, status=200)
        again_sent = settled(two, key, 6)
        assert [row["attempt"] for row in again_sent] == [1, 1, 2, 3, 1, 1]
        assert receiver.hits[before].headers["x-cloro-webhook-id"] == f"{rows[1]['taskId']}-3"
        assert receiver.hits[before].body.decode() == rows[1]["body"]
        two.control("POST", f"webhooks/{collected['id']}/redeliver", status=200)
        both = deliveries(two, collecting)
        assert [row["attempt"] for row in both] == [1, 2] and both[0] == collected

    # A snapshot has them, and who restores it has them in the file again.
    three = again(committed(two))
    assert deliveries(three, key) == again_sent and deliveries(three, collecting) == both
    three.control("POST", "snapshots/whole", status=201)
    three.control("POST", "reset", key=key, status=200)
    assert deliveries(three, key) == []
    three.control("POST", "snapshots/whole/restore", key=key, status=200)

    def without_numbers(rows):
        return [{**row, "number": None} for row in rows]

    assert without_numbers(deliveries(three, key)) == without_numbers(again_sent)
    restored = deliveries(three, key)
    four = again(committed(three))
    assert deliveries(four, key) == restored and deliveries(four, collecting) == both
    four.control("DELETE", f"keys/{key}", status=200)
    five = again(four)
    left = five.control("GET", "webhooks").json()["webhooks"]
    assert {row["organization"] for row in left}.isdisjoint({restored[0]["organization"]})
    missing = five.control("POST", f"webhooks/{restored[0]['id']}/redeliver", status=404)
    assert "There is no delivery" in missing.json()["error"]["message"]


def test_a_report_to_be_collected_is_not_lost(double, file):
    """A kill in the midst of tasks' ends and of their reports' collection."""
    one = double("--database", file, "--clock", "manual")
    key = one.minted(webhookMode="collect", concurrency=100)
    with Receiver() as receiver:
        ids = submit_batch(one, key, [hooked(receiver)] * 60)
        eventually(lambda: len(listed(one, key, "COMPLETED")) >= 20, "some ends")
        one.kill()
        two = double("--database", file, "--clock", "manual")
        eventually(lambda: len(listed(two, key, "COMPLETED")) == len(ids), "all ends")
        eventually(lambda: len(deliveries(two, key)) == len(ids), "all reports")
        assert sorted(row["taskId"] for row in deliveries(two, key)) == sorted(ids)
        assert receiver.hits == []


def test_more_than_memory_keeps_stay_in_the_file(double, file, again):
    flags = ("--limit", "deliveries=5")
    one = double("--database", file, *flags)
    key = one.minted(webhookMode="collect", concurrency=20)
    ids = submit_batch(one, key, [hooked("http://127.0.0.1:1/x")] * 12)
    eventually(lambda: not listed(one, key, "PROCESSING") and not listed(one, key, "QUEUED"), "all")

    def every(double):
        answer = double.control("GET", "webhooks", key=key).json()
        assert answer["dropped"] == 0
        return [row["taskId"] for row in answer["webhooks"]]

    eventually(lambda: sorted(every(one)) == sorted(ids), "all reports")
    before = every(one)
    page = one.control("GET", "webhooks", key=key, limit=7).json()["webhooks"]
    assert [row["taskId"] for row in page] == before[:7]
    assert every(again(committed(one), *flags)) == before


# MARK: Files of earlier versions


def test_an_earlier_version_s_file_keeps_its_balances(double, file, again):
    one = double("--database", file)
    key = one.minted(credits=500)
    assert one.ask(key).status_code == 200
    finished(one, key, submit(one, key))
    entries = one.ledger(key)["entries"]
    assert one.stop() == 0
    # Version 2 had no documents; nothing else was different.
    with sqlite3.connect(file) as database:
        database.executescript("DROP TABLE document; PRAGMA user_version = 2;")
    database.close()
    two = double("--database", file)
    assert two.ledger(key)["entries"] == entries
    done = finished(two, key, submit(two, key, task(idempotencyKey="new")))
    three = again(two)
    assert read(three, key, "new") == done
    assert three.stop() == 0
    assert cli("ledger", file, "--verify").returncode == 0


# MARK: What was dropped

# So many times the finished tasks of an organization, and its last charge.
MULTIPLY = """
WITH RECURSIVE number (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM number WHERE n < :count)
INSERT INTO document
SELECT kind, organization, printf('%016x', number.n + 1) || id, body FROM number, document
WHERE kind IN (21, 22, 23) AND organization = :big;
WITH RECURSIVE number (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM number WHERE n < :count)
INSERT INTO entry (key, at, kind, amount, balance, endpoint, request_id, task_id)
SELECT key + n, at, kind, amount, balance + n * amount, endpoint, request_id, task_id
FROM number, entry WHERE key = (SELECT max(key) FROM entry WHERE organization = :big);
UPDATE organization SET balance = (
  SELECT balance FROM entry WHERE organization = :big ORDER BY key DESC LIMIT 1) WHERE id = :big
"""


def multiply(file, organization, count):
    with sqlite3.connect(file) as database:
        (big,) = database.execute(
            "SELECT id FROM organization WHERE name = ?", (organization,)
        ).fetchone()
        for statement in MULTIPLY.split(";"):
            database.execute(statement, {"count": count, "big": big})
    database.close()


def leftovers(file):
    """How many rows lie in partitions that are dropped, and how many of these there are."""
    with sqlite3.connect(file) as database:
        counts = database.execute("""SELECT
            (SELECT count(*) FROM entry WHERE organization IN dropped_entries),
            (SELECT count(*) FROM document WHERE organization IN dropped_documents),
            (SELECT count(*) FROM dropped_entries) + (SELECT count(*) FROM dropped_documents)
        """).fetchone()  # fmt: skip
    database.close()
    return counts


def test_a_reset_outlasts_a_kill_in_the_middle_of_its_deletion(double, file, again, tmp_path):
    one = double("--database", file)
    key = one.minted(credits=10**6, organization="big")
    other = one.minted()
    gone = submit_batch(one, key, [task(), task(idempotencyKey="old")])[1]
    finished(one, key, gone)
    kept = finished(one, other, submit(one, other))
    assert one.stop() == 0
    multiply(file, "big", 30_000)
    assert cli("ledger", file, "--verify").returncode == 0

    def judge(double, young):
        assert [row["id"] for row in listed(double, key)] == [young]
        assert read(double, key, "old")["task"]["id"] == young
        assert double.get(key, f"{TASK}/{gone}").status_code == 404
        assert [entry["kind"] for entry in double.ledger(key)["entries"]] == ["grant", "charge"]
        assert double.balance(key) == 10**6 - 5
        assert read(double, other, kept["task"]["id"]) == kept
        assert double.control("GET", "selfcheck").json()["problems"] == []

    two = double("--database", file)
    two.control("POST", "reset", status=200, key=key)
    young = finished(two, key, submit(two, key, task(idempotencyKey="old")))["task"]["id"]
    judge(two, young)
    two.kill()
    for suffix in ("", "-wal"):
        shutil.copy(f"{file}{suffix}", tmp_path / f"copy.db{suffix}")
    assert leftovers(tmp_path / "copy.db")[1] > 0, "the kill came too late"
    assert cli("ledger", tmp_path / "copy.db", "--verify").returncode == 0

    three = double("--database", file)
    judge(three, young)
    eventually(lambda: leftovers(file) == (0, 0, 0), "the end of the deletion")
    judge(three, young)
    four = again(three)
    judge(four, young)
    assert four.stop() == 0
    assert leftovers(file) == (0, 0, 0)
    assert cli("ledger", file, "--verify").returncode == 0


# MARK: Kills under load

GONE = (ConnectionError, asyncio.IncompleteReadError, OSError)
SYNC, TASK = path_of("chatgpt"), "/v1/async/task"
MINTED = {"credits": 10**6, "requestsPerSecond": 10**6}
LOADS = [
    {"latency": "0ms", "concurrency": 1000}, {"latency": "40ms", "concurrency": 8},
    {"progression": {"mode": "polls", "polls": 2}, "concurrency": 50},
]  # fmt: skip


@dataclass
class Heard:
    """What clients have been told before the end."""

    balances: list = field(default_factory=list)  # of each 200 of a monitor
    tasks: dict = field(default_factory=dict)  # the key by the id of each accepted task
    ended: dict = field(default_factory=dict)  # the answer by the id of each finished task
    bound: dict = field(default_factory=dict)  # the id by the idempotency key
    hooked: set = field(default_factory=set)  # ids with a webhook


class Load:
    """Clients that work until their double is killed."""

    def __init__(self, double, keys, receiver, draw):
        self.double, self.keys, self.receiver, self.draw = double, keys, receiver, draw
        self.heard, self.bound = Heard(), 0

    async def ask(self, wire, key):
        answer = await wire.ask("POST", SYNC, self.keys[0], question("chatgpt"))
        assert answer.status == 200, answer.text
        self.heard.balances.append(answer.number("x-credits-remaining"))

    def item(self):
        members = {}
        if self.draw.random() < 0.5:
            self.bound += 1
            members["idempotencyKey"] = f"{self.double.port}-{id(self)}-{self.bound}"
        if self.draw.random() < 0.5:
            members["webhook"] = {"url": self.receiver.url}
        return task(priority=self.draw.randint(1, 10), **members)

    def take(self, item, shown, key):
        self.heard.tasks[shown["id"]] = key
        if "webhook" in item:
            self.heard.hooked.add(shown["id"])
        if "idempotencyKey" in item:
            self.heard.bound[item["idempotencyKey"]] = shown["id"]

    async def one(self, wire, key):
        item = self.item()
        answer = await wire.ask("POST", TASK, key, item)
        assert answer.status == 200, answer.text
        self.take(item, answer.json()["task"], key)
        await self.follow(wire, key, answer.json()["task"]["id"])

    async def batch(self, wire, key):
        items = [self.item() for _ in range(self.draw.randint(2, 12))]
        answer = await wire.ask("POST", f"{TASK}/batch", key, items)
        assert answer.status == 200, answer.text
        for item, row in zip(items, answer.json()["results"], strict=True):
            self.take(item, row["task"], key)
        await self.follow(wire, key, answer.json()["results"][-1]["task"]["id"])

    async def follow(self, wire, key, identifier):
        while True:
            shown = (await wire.ask("GET", f"{TASK}/{identifier}", key)).json()
            if shown["task"]["status"] in ("COMPLETED", "FAILED"):
                self.heard.ended[identifier] = shown
                return

    async def run(self, kinds, seconds):
        ended = []

        async def work(kind, key):
            try:
                wire = await Wire.open(self.double.port)
                while True:
                    await kind(wire, key)
            except GONE:
                ended.append(kind)

        async def end():
            while not (self.heard.balances and self.heard.ended):
                await asyncio.sleep(0.001)  # there is no event: clients hear one by one
            await asyncio.sleep(seconds)  # the random moment
            self.double.process.send_signal(SIGKILL)

        workers = [work(kind, self.draw.choice(self.keys)) for kind in kinds]
        await asyncio.gather(end(), *workers)
        assert len(ended) == len(kinds)
        return self.heard


def seconds_to_listen(file):
    """How long a start takes until the line that says so, in real time."""
    began = time.monotonic()
    process = subprocess.Popen(
        [str(BINARY), "--port", "0", "--database", str(file)], env=clean_environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert "listening" in process.stdout.readline()
        return time.monotonic() - began
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def same(before, after):
    """A finished task is as it was, but for a report that was delivered since."""
    before, after = dict(before), dict(after)
    before.pop("webhook", None), after.pop("webhook", None)
    return before == after


def over(double, heard):
    """Whether all tasks have ended; what doesn't end by itself is helped on."""
    rows = [
        row for each in ("PROCESSING", "QUEUED")
        for row in double.http.get("/_mock/tasks", params={"status": each}).json()["tasks"]
    ]  # fmt: skip
    for row in rows:
        # Some end by being read; of some nobody has heard.
        if row["id"] in heard.tasks:
            read(double, heard.tasks[row["id"]], row["id"])
        else:
            drive(double, row["id"], "complete")
    return not rows


def reported(double):
    """The tasks whose deliveries are listed; each has one."""
    rows, since = [], 0
    while page := double.control("GET", "webhooks", since=since, limit=1000).json()["webhooks"]:
        rows += page
        since = page[-1]["number"]
    numbers = {(row["taskId"], row["number"]) for row in rows}
    assert len(numbers) == len({identifier for identifier, _ in numbers})
    return {row["taskId"] for row in rows}


def test_kills_under_load_lose_nothing(file, tmp_path, fixture_file):
    print(f"CRASH_SEED={SEED} CRASH_ROUNDS={ROUNDS}")
    draw = random.Random(SEED)
    # A receiver that refuses some of what it is sent; it is tried again at once.
    webhooks = {"attempts": 20, "retrySeconds": [0]}
    flags = ("--database", file, "--fixture", fixture_file(plan="crash", webhooks=webhooks))
    starts, every, total = [], Heard(), 0

    def answer(*_):
        return 503 if random.random() < 0.2 else 200

    with Receiver(default=answer) as receiver:
        for number in range(ROUNDS):
            double = Double(*flags)
            eventually(lambda: over(double, every), "the end of the last round's tasks", 60)
            keys = [double.minted(plan="crash", **MINTED, **each) for each in LOADS]
            load = Load(double, keys, receiver, draw)
            kinds = (
                [load.ask] * draw.randint(2, 8) + [load.one] * draw.randint(2, 8)
                + [load.batch] * draw.randint(1, 4)
            )  # fmt: skip
            heard = run(load.run(kinds, draw.uniform(0.05, 0.8)), 60)
            double.kill()
            alone = agree(file, tmp_path / "copy")
            assert set(heard.balances) <= alone
            assert len(heard.balances) == len(set(heard.balances))
            verified = cli("ledger", file, "--verify")
            assert verified.returncode == 0, verified.stdout + verified.stderr
            starts.append(seconds_to_listen(file))
            for name in ("tasks", "ended", "bound"):
                getattr(every, name).update(getattr(heard, name))
            every.hooked |= heard.hooked
            total += len(heard.balances) + len(heard.tasks)
            print(
                f"round {number + 1}: {len(heard.balances)} answers, {len(heard.tasks)} tasks, "
                f"{len(heard.ended)} seen finished, start {starts[-1] * 1000:.0f} ms"
            )

        last = Double(*flags)

        eventually(lambda: over(last, every), "the end of all tasks", 60)
        shown = {id: read(last, key, id) for id, key in every.tasks.items()}
        assert {each["task"]["status"] for each in shown.values()} <= {"COMPLETED"}
        assert [id for id, each in every.ended.items() if not same(each, shown[id])] == []
        for bound, identifier in every.bound.items():
            key = every.tasks[identifier]
            assert read(last, key, bound)["task"]["id"] == identifier
        for bound, identifier in draw.sample(sorted(every.bound.items()), 5):
            answer = post(last, every.tasks[identifier], task(idempotencyKey=bound))
            assert answer.status_code == 409, answer.text
        eventually(
            lambda: every.hooked <= {hit.task for hit in receiver.hits}, "a webhook of each", 60
        )
        eventually(lambda: every.hooked <= reported(last), "each delivery in the list", 60)
        assert last.control("GET", "selfcheck").json()["problems"] == []
        assert last.stop() == 0
    agree(file, tmp_path / "copy")
    median = statistics.median(starts)
    print(f"{total} acknowledged; a start takes {median * 1000:.0f} ms at the median")
    assert total > 10 * ROUNDS
    is_busy = os.getloadavg()[0] > len(os.sched_getaffinity(0)) + 1
    # A median of few is what the machine did just then.
    assert is_busy or ROUNDS < 20 or median < 0.1, starts
