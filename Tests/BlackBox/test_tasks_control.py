"""Tasks by hand: progression modes, the list, complete, fail and release."""

import pytest

from async_support import (
    HOLD,
    UNKNOWN_ID,
    drive,
    finished,
    in_slots,
    listed,
    read,
    state,
    submit,
    submit_batch,
    task,
)


def polls(count):
    return {"mode": "polls", "polls": count}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_polls_complete_after_that_many_reads(frozen, count):
    key = frozen.minted(progression=polls(count))
    identifier = submit(frozen, key)
    in_slots(frozen, key, 1)
    seen = [state(frozen, key, identifier) for _ in range(count + 1)]
    assert seen == ["PROCESSING"] * count + ["COMPLETED"]


def test_reads_of_others_do_not_count(frozen):
    key = frozen.minted(progression=polls(2))
    identifier = submit(frozen, key)
    in_slots(frozen, key, 1)
    for _ in range(5):
        listed(frozen, key)
        frozen.get(frozen.minted(), f"/v1/async/task/{identifier}")
    assert state(frozen, key, identifier) == "PROCESSING"


def test_polls_hold_slots_meanwhile(frozen):
    key = frozen.minted(progression=polls(1), concurrency=1)
    first, second = submit_batch(frozen, key, [task()] * 2)
    in_slots(frozen, key, 1)
    assert state(frozen, key, second) == "QUEUED"
    assert [state(frozen, key, first) for _ in range(2)] == ["PROCESSING", "COMPLETED"]
    assert state(frozen, key, second) == "PROCESSING"
    assert state(frozen, key, second) == "COMPLETED"


def test_immediate_takes_no_time(frozen):
    key = frozen.minted(progression={"mode": "immediate"}, latency="1h", contract="2026-10")
    done = finished(frozen, key, submit(frozen, key))
    assert (done["task"]["status"], done["task"]["latencyMs"]) == ("COMPLETED", 0)


def test_time_takes_the_latency(frozen):
    key = frozen.minted(latency="90s")
    identifier = submit(frozen, key)
    in_slots(frozen, key, 1)
    frozen.advance(89.999)
    assert state(frozen, key, identifier) == "PROCESSING"
    frozen.advance(0.001)
    assert state(frozen, key, identifier) == "COMPLETED"


def test_held_tasks_wait_until_they_are_released(frozen):
    key = frozen.minted(progression=HOLD, latency="5s", contract="2026-10")
    identifier = submit(frozen, key)
    in_slots(frozen, key, 1)
    frozen.advance(3600)
    (row,) = listed(frozen, key)
    assert (row["status"], row["held"]) == ("PROCESSING", True)
    released = drive(frozen, identifier, "release")
    assert released.status_code == 200 and released.json()["held"] is False
    assert drive(frozen, identifier, "release").status_code == 409
    frozen.advance(5)
    done = read(frozen, key, identifier)
    assert (done["task"]["status"], done["task"]["latencyMs"]) == ("COMPLETED", 3_605_000)


def test_a_change_of_mode_leaves_what_runs(frozen):
    key = frozen.minted(progression=HOLD, concurrency=2)
    held = submit(frozen, key)
    in_slots(frozen, key, 1)
    frozen.patch(key, progression={"mode": "immediate"})
    assert finished(frozen, key, submit(frozen, key))["task"]["status"] == "COMPLETED"
    assert state(frozen, key, held) == "PROCESSING"
    assert drive(frozen, held, "release").status_code == 200
    assert finished(frozen, key, held)["task"]["status"] == "COMPLETED"


def test_a_fixture_gives_the_mode(double, fixture_file):
    one = double("--fixture", fixture_file(progression=polls(1)))
    identifier = submit(one, one.first_key)
    in_slots(one, one.first_key, 1)
    assert [state(one, one.first_key, identifier) for _ in range(2)] == ["PROCESSING", "COMPLETED"]


def test_the_list_and_its_filters(frozen):
    key = frozen.minted(progression=HOLD, concurrency=2)
    ids = submit_batch(frozen, key, [task(text=f"Question {n}", priority=5) for n in range(4)])
    other = frozen.minted(progression=HOLD)
    submit(frozen, other)
    in_slots(frozen, key, 2)
    drive(frozen, ids[0], "complete")
    drive(frozen, ids[1], "fail")
    rows = listed(frozen, key)
    assert [row["id"] for row in rows] == ids
    assert [row["status"] for row in rows] == ["COMPLETED", "FAILED", "PROCESSING", "PROCESSING"]
    for wanted in ("QUEUED", "PROCESSING", "COMPLETED", "FAILED"):
        assert [row["id"] for row in listed(frozen, key, wanted)] == [
            row["id"] for row in rows if row["status"] == wanted
        ]
    everything = frozen.control("GET", "tasks", status=200).json()["tasks"]
    assert {row["id"] for row in everything} > set(ids)
    assert {row["organization"] for row in everything} > {rows[0]["organization"]}
    for query in ("status=queued", "status=DONE", "status="):
        assert frozen.http.get(f"/_mock/tasks?{query}").status_code == 400, query
    assert frozen.control("GET", "tasks", key="sk_live_x").status_code == 404


def test_only_unfinished_tasks_are_held(frozen):
    key = frozen.minted(progression=HOLD)
    ids = submit_batch(frozen, key, [task()] * 2)
    in_slots(frozen, key, 2)
    assert drive(frozen, ids[0], "complete").json()["held"] is False
    assert drive(frozen, ids[1], "fail").json()["held"] is False


@pytest.mark.parametrize("where", ["PROCESSING", "QUEUED"])
def test_complete_with_a_result_of_one_s_own(frozen, where):
    key = frozen.minted(progression=HOLD, concurrency=1 if where == "PROCESSING" else 0)
    identifier = submit(frozen, key)
    result = {"text": "Grüße 🚀", "sources": [], "n": 1.5, "deep": [[{"a": None}]]}
    answer = drive(frozen, identifier, "complete", {"result": result})
    assert answer.status_code == 200 and answer.json()["status"] == "COMPLETED"
    assert read(frozen, key, identifier)["response"] == result
    assert frozen.balance(key) == 250_000 - 5


def test_fail_with_an_error_of_one_s_own(frozen):
    key = frozen.minted(progression=HOLD)
    identifier = submit(frozen, key)
    error = {"code": "EXTERNAL_SERVICE_ERROR", "message": "OpenAI"}
    assert drive(frozen, identifier, "fail", error).json()["status"] == "FAILED"
    assert read(frozen, key, identifier)["response"] == {"error": error}


@pytest.mark.parametrize("first", ["complete", "fail"])
def test_a_finished_task_can_t_be_finished_again(frozen, first):
    key = frozen.minted(progression=HOLD)
    identifier = submit(frozen, key)
    assert drive(frozen, identifier, first).status_code == 200
    before = read(frozen, key, identifier)
    for verb in ("complete", "fail", "release"):
        refused = drive(frozen, identifier, verb)
        assert refused.status_code == 409 and list(refused.json()) == ["error"], verb
    assert read(frozen, key, identifier) == before


@pytest.mark.parametrize("verb", ["complete", "fail", "release"])
def test_bad_calls(frozen, verb):
    key = frozen.minted(progression=HOLD)
    identifier = submit(frozen, key)
    in_slots(frozen, key, 1)
    for wrong in (UNKNOWN_ID, "x", "%00", identifier.upper(), "a" * 5000):
        assert drive(frozen, wrong, verb).status_code == 404, wrong[:9]
    for body in ({"more": 1}, [], "x", 5):
        assert drive(frozen, identifier, verb, body).status_code == 400, body
    bad = {"complete": {"result": "text"}, "fail": {"code": 5}}.get(verb, {"x": 1})
    assert drive(frozen, identifier, verb, bad).status_code == 400
    assert state(frozen, key, identifier) == "PROCESSING"
