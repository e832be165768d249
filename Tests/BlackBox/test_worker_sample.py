"""The sample client of cloro's concurrency document, run as printed."""

import asyncio

import pytest

from support import Double
from worker_sample import ConcurrentWorker

# The sample counts a prompt as taken after its request has ended, so that each of its workers
# starts with the first prompt and the last prompts may be asked more than once. What it returns is
# a list of one entry for each request that it sent.
PROMPTS = [f"What is topic {number}?" for number in range(10)]


def run(double, key, workers, prompts=PROMPTS):
    worker = ConcurrentWorker(key, f"{double.url}/v1/monitor/chatgpt")
    return asyncio.run(
        asyncio.wait_for(worker.run_concurrent_requests(prompts, concurrency=workers), 30)
    )


@pytest.fixture(scope="module")
def slow():
    one = Double("--latency", "100ms", "--plan", "lite")
    yield one
    assert one.stop() == 0


def answered(results):
    """The sample calls every response a success; a 429's body has an error."""
    return [each for each in results if each["data"].get("success")]


@pytest.mark.parametrize("workers", [1, 3, 5, 10])
def test_as_many_workers_as_slots_all_succeed(slow, workers, capsys):
    key = slow.minted(concurrency=workers)
    results = run(slow, key, workers)
    assert all(each["success"] for each in results)
    assert len(answered(results)) == len(results) >= len(PROMPTS)
    for usage in (each["usage"] for each in results):
        assert usage["limit"] == workers
        assert 1 <= usage["current"] <= workers
        assert usage["remaining"] == workers - usage["current"]
    # The first round runs at the same time, so every slot was in use once.
    assert {each["usage"]["current"] for each in results} == set(range(1, workers + 1))
    assert "Success: " in capsys.readouterr().out


def test_more_workers_than_slots_get_429s(slow):
    key = slow.minted(concurrency=2)
    results = run(slow, key, 6)
    refused = [each for each in results if not each["data"].get("success")]
    assert answered(results) and refused
    for each in refused:
        assert each["data"]["error"]["code"] == "CONCURRENT_LIMIT_EXCEEDED"
        assert each["data"]["error"]["details"] == {"limit": 2}
        assert each["usage"] == {"limit": 2, "current": 3, "remaining": 0}
        # At once, not after somebody's latency.
        assert each["latency"] < 100
    assert slow.ledger(key)["balance"] == 37_500 - 7 * len(answered(results))


def test_the_limit_of_the_plan_is_what_the_sample_reads(slow):
    results = run(slow, slow.minted(plan="hobby"), 3)
    # The document's own example: limit 20, current 3, remaining 17.
    assert {"limit": 20, "current": 3, "remaining": 17} in [each["usage"] for each in results]
