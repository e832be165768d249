"""What tasks are charged when many end at once."""

import asyncio

from async_support import HOLD, charges, listed, status, submit_batch, task
from support import eventually, path_of
from wire import flood, run


def test_racing_tasks_and_requests_never_overdraw(shared):
    # 60 tasks at 4 and 60 sync calls at 6, with credits for about half.
    key = shared.minted(credits=300, concurrency=100, latency="5ms", requestsPerSecond=10**6)
    question = {"prompt": "Hi", "country": "US"}
    asks = []
    for _ in range(60):
        asks.append(("POST", path_of("grok"), key, question))
        asks.append(("POST", "/v1/async/task", key, task("GROK")))
    answers = run(flood(shared.port, asks, 60))
    assert {a.status for a in answers} <= {200, 403, 429}
    eventually(
        lambda: not listed(shared, key, "QUEUED") and not listed(shared, key, "PROCESSING"), "ends")
    done = len(listed(shared, key, "COMPLETED"))
    served = sum(a.status == 200 and b"result" in a.body for a in answers)
    assert shared.balance(key) == 300 - 4 * done - 6 * served >= 0
    assert len(charges(shared, key)) == done + served
    assert status(shared, key)["concurrency"]["used"] == 0


def test_two_completions_at_once_charge_once(shared):
    key = shared.minted(progression=HOLD)
    ids = submit_batch(shared, key, [task()] * 20)

    async def scene():
        asks = [("POST", f"/_mock/tasks/{each}/complete") for each in ids for _ in range(4)]
        return await flood(shared.port, asks, 16)

    answers = asyncio.run(scene())
    assert sorted(a.status for a in answers) == [200] * 20 + [409] * 60
    assert len(charges(shared, key)) == 20
