"""Tasks and slots over several connections, and a thousand tasks by themselves."""

import pytest

from async_support import HOLD, finished, listed, status, submit_batch, task
from support import eventually, path_of, question
from wire import Wire, run


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
