"""A hundred thousand tasks: the queue's length costs nothing."""

import re
import statistics
import time
from pathlib import Path

from async_support import HOLD, clear, submit, task
from wire import RawConnection, request_bytes

BATCHES = 199
QUEUED = BATCHES * 500


def memory(double):
    """Resident megabytes."""
    text = Path(f"/proc/{double.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) / 1024


def seconds(double):
    """The processor time that the double has had: what others do beside it is none of its own."""
    return time.clock_gettime(~double.process.pid << 3 | 2)  # clock_getcpuclockid(3)


def timed(double, connection, raw):
    start = seconds(double)
    connection.send(raw)
    answer = connection.answer()
    assert answer.status == 200, answer.text
    return seconds(double) - start


def median_status(double, connection, key):
    raw = request_bytes("GET", "/v1/async/status", key)
    return statistics.median(timed(double, connection, raw) for _ in range(300))


def fill(double, key):
    """The seconds that each batch took."""
    items = [task(text=f"Question {n}", priority=1 + n % 10) for n in range(500)]
    raw = request_bytes("POST", "/v1/async/task/batch", key, items)
    with RawConnection(double.port, seconds=60) as connection:
        return [timed(double, connection, raw) for _ in range(BATCHES)]


def minted(double, **body):
    return double.minted(
        **{"concurrency": 0, "requestsPerSecond": 10**6, "credits": 10**7} | body)


def test_99_500_tasks(double):
    best = None
    for _ in range(3):
        one = double()
        key = minted(one)
        with RawConnection(one.port) as connection:
            median_status(one, connection, key)
            empty = median_status(one, connection, key)
            taken = fill(one, key)
            full = median_status(one, connection, key)
        first, last = statistics.mean(taken[:20]), statistics.mean(taken[-20:])
        measured = (last / first, sum(taken), memory(one), full / empty)
        best = measured if best is None else tuple(map(min, best, measured))
        if best[0] <= 1.5 and best[1] < 5 and best[3] <= 2:
            break
    growth, total, resident, slower = best
    assert growth <= 1.5 and total < 5 and resident < 250 and slower <= 2, best

    # 600 more are 100 too many: the batch that would overflow changes nothing.
    before = one.get(key, "/v1/async/status").json()
    assert before["queuedTasks"] == QUEUED
    assert [each["priority"] for each in before["priorityBreakdown"]] == list(range(10, 0, -1))
    def batch(count):
        items = [task(idempotencyKey="mine")] + [task()] * (count - 1)
        return one.post(key, "/v1/async/task/batch", items)

    assert one.post(key, "/v1/async/task/batch", [task()] * 100).status_code == 200
    refused = batch(500)
    assert refused.status_code == 429
    assert refused.json()["error"]["details"] == {
        "queuedCount": 99_600, "batchSize": 500, "maxQueueSize": 100_000,
        "remainingCapacity": 400,
    }  # fmt: skip
    assert one.get(key, "/v1/async/status").json()["queuedTasks"] == 99_600
    # Not even its idempotency key is taken.
    assert batch(400).json()["summary"]["succeeded"] == 400
    assert one.post(key, "/v1/async/task", task()).status_code == 429

    # Another organization doesn't notice a clearing of all that.
    start = seconds(one)
    assert clear(one, key).json() == {"success": True, "cleared": 100_000}
    assert seconds(one) - start < 3
    assert one.get(key, "/v1/async/status").json()["queuedTasks"] == 0


def test_a_full_queue_runs_in_order_as_slots_come(double):
    clock = double("--clock", "manual")
    key = minted(clock, progression=HOLD)
    fill(clock, key)
    first = submit(clock, key, task(priority=10))
    clock.patch(key, concurrency=9_951)
    rows = clock.http.get("/_mock/tasks", params={"key": key, "status": "PROCESSING"}).json()
    running = rows["tasks"]
    assert len(running) == 9_951 and running[-1]["id"] == first
    assert {each["priority"] for each in running} == {10}
    start = seconds(clock)
    clock.control("POST", "reset", status=200)
    assert seconds(clock) - start < 5
    assert clock.control("GET", "tasks", status=200).json()["tasks"] == []
