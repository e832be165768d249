"""The queue of an organization: its limit, its status, and clearing it."""

import re

from api import code, exact, task
from rules import JULY, OCTOBER, rule


@rule("async.queue-limit", "async.queue-all-or-nothing", "rate-limit.no-retry-after")
@rule("async.queue-refusal", only=JULY)
@rule("async.queue-refusal-october", only=OCTOBER)
def test_the_queue_s_limit(api):
    key = api.mint(concurrency=0, queueLimit=3)
    assert api.batch(key, [task()] * 2).status_code == 200
    before = api.get(key, "/v1/async/status").json()
    answer = api.batch(key, [task(idempotencyKey="mine"), task()])
    counts = {"queuedCount": 2, "batchSize": 2, "maxQueueSize": 3, "remainingCapacity": 1}
    message = "Queue limit exceeded. Maximum 3 queued tasks allowed per organization"
    if api.is_july:
        message, limits = "Batch would exceed queue capacity", counts
    else:
        limits = {"limit": 3}
    assert answer.status_code == 429 and "retry-after" not in answer.headers
    assert exact(answer) == api.envelope("QUEUE_LIMIT_EXCEEDED", message, limits, kind="success")
    # Nothing has changed at all: not even the idempotency key is taken.
    assert before["queuedTasks"] == 2 and api.get(key, "/v1/async/status").json() == before
    assert api.submit(key, idempotencyKey="mine").status_code == 200
    assert code(api.submit(key)) == (429, "QUEUE_LIMIT_EXCEEDED")
    api.double.patch(key, queueLimit=4)
    assert api.submit(key).status_code == 200
    assert code(api.submit(key)) == (429, "QUEUE_LIMIT_EXCEEDED")


@rule("async.queue-limit")
def test_a_hundred_thousand_by_default(api):
    key = api.mint(concurrency=0, credits=10**9)
    tasks = [task("grok")] * 500
    for _ in range(200):
        assert api.batch(key, tasks).json()["summary"]["succeeded"] == 500
    answer = api.submit(key)
    assert code(answer) == (429, "QUEUE_LIMIT_EXCEEDED")
    assert re.search(r"100000\b", answer.text)
    assert api.send("DELETE", "/v1/async/queue", key).json()["cleared"] == 100_000


@rule("async.status")
def test_the_status(api):
    key = api.mint(concurrency=1, progression="hold")
    for priority in (3, 3, 10, 1, 7, 10, 3):
        api.submit(key, priority=priority)
    counts = {10: 2, 7: 1, 3: 2, 1: 1}
    assert api.get(key, "/v1/async/status").json() == {
        "queuedTasks": 6, "processingTasks": 1,
        "priorityBreakdown": [{"priority": each, "count": counts[each]} for each in counts],
        "concurrency": {"used": 1, "max": 1},
    }  # fmt: skip


@rule("async.clear-queue", "async.cleared-unknown", "async.clear-free")
def test_clearing_the_queue(api):
    key = api.mint(concurrency=1, progression="hold")
    running, queued = api.submitted(key), api.submitted(key, idempotencyKey="mine")
    done = api.submitted(key)
    api.drive(done, "complete")
    other = api.mint(concurrency=0)
    api.submit(other)
    balance = api.double.balance(key)
    cleared = [api.send("DELETE", "/v1/async/queue", key).json() for _ in range(2)]
    assert cleared == [{"success": True, "cleared": 1}, {"success": True, "cleared": 0}]
    assert (api.status(key, running), api.status(key, done)) == ("PROCESSING", "COMPLETED")
    assert api.get(key, f"/v1/async/task/{queued}").status_code == 404
    assert api.double.balance(key) == balance
    status = api.get(key, "/v1/async/status").json()
    assert (status["queuedTasks"], status["priorityBreakdown"]) == (0, [])
    assert api.get(other, "/v1/async/status").json()["queuedTasks"] == 1
    # Its key is free, and the queue works as before.
    again = api.submitted(key, idempotencyKey="mine")
    api.drive(running, "complete")
    assert api.status(key, again) == "PROCESSING"
