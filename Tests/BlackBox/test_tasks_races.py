"""Everything at once, and ends at the worst moment."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from signal import SIGINT, SIGTERM

import httpx
import pytest

from async_support import (
    HOLD,
    UNKNOWN_ID,
    charges,
    clear,
    hooked,
    in_slots,
    listed,
    status,
    submit,
    submit_batch,
    task,
)
from receiver import Receiver
from support import eventually
from wire import RawConnection, request_bytes

THREADS = 16


def storm(double, keys, receiver, verbs, seconds=1.0):
    """Sixteen threads call at random; every answer must be one that is documented."""
    end = time.monotonic() + seconds

    def work(number):
        draw = random.Random(number)
        seen = []
        with httpx.Client(base_url=double.url, timeout=90) as http:

            def send(method, path, key=None, body=None, params=None):
                headers = {"Authorization": f"Bearer {key}"} if key else {}
                answer = http.request(method, path, json=body, headers=headers, params=params)
                seen.append((method, path.split("?")[0], answer.status_code))
                return answer

            while time.monotonic() < end:
                key, verb = draw.choice(keys), draw.choice(verbs)
                if verb == "submit":
                    items = [hooked(receiver, priority=draw.randint(1, 10)) for _ in range(5)]
                    send("POST", "/v1/async/task/batch", key, items)
                elif verb == "ask":
                    send("POST", "/v1/monitor/grok", key, {"prompt": "Hi", "country": "US"})
                elif verb == "clear":
                    send("DELETE", "/v1/async/queue", key)
                elif verb == "reset":
                    send("POST", "/_mock/reset", params={"key": key})
                elif verb == "patch":
                    body = {"concurrency": draw.randint(0, 5)}
                    send("PATCH", f"/_mock/keys/{key}", body=body)
                elif verb == "advance":
                    send("POST", "/_mock/clock/advance", body={"seconds": draw.choice([1, 200])})
                elif verb == "redeliver":
                    rows = send("GET", "/_mock/webhooks", params={"key": key}).json()["webhooks"]
                    identifier = draw.choice(rows)["id"] if rows else UNKNOWN_ID
                    send("POST", f"/_mock/webhooks/{identifier}/redeliver")
                else:
                    rows = send("GET", "/_mock/tasks", params={"key": key}).json()["tasks"]
                    identifier = draw.choice(rows[-40:])["id"] if rows else UNKNOWN_ID
                    if verb == "read":
                        send("GET", f"/v1/async/task/{identifier}", key)
                    else:
                        send("POST", f"/_mock/tasks/{identifier}/{verb}")
        return seen

    with ThreadPoolExecutor(THREADS) as pool:
        answers = sum(pool.map(work, range(THREADS)), [])
    assert {each for each in answers if each[2] >= 500} == set(), double.stderr
    assert {each[2] for each in answers} <= {200, 403, 404, 409, 429}
    return answers


def books_are_right(double, key):
    """Nothing runs any more; charges and completed tasks agree."""
    clear(double, key)
    for row in listed(double, key):
        if row["status"] == "PROCESSING":
            double.control("POST", f"tasks/{row['id']}/complete")
    eventually(lambda: status(double, key)["processingTasks"] == 0, "the last end")
    eventually(lambda: status(double, key)["concurrency"]["used"] == 0, "free slots")
    assert status(double, key)["queuedTasks"] == 0
    assert status(double, key)["priorityBreakdown"] == []
    entries = [entry["taskId"] for entry in charges(double, key) if "taskId" in entry]
    assert len(entries) == len(set(entries))
    completed = {row["id"] for row in listed(double, key, "COMPLETED")}
    assert completed == set(entries)


@pytest.mark.parametrize("progression", ["hold", "time", "immediate", "polls"])
def test_sixteen_threads_at_once(double, progression):
    clock = double("--clock", "manual")
    mode = {"mode": progression} | ({"polls": 2} if progression == "polls" else {})
    keys = [clock.minted(progression=mode, latency="30s", concurrency=3,
                         requestsPerSecond=10**6, credits=10**8) for _ in range(2)]  # fmt: skip
    verbs = ["submit", "complete", "fail", "release", "read", "clear", "patch", "advance"]
    with Receiver(default=503) as receiver:
        storm(clock, keys, receiver, verbs)
        for key in keys:
            clock.patch(key, concurrency=3, progression={"mode": "hold"})
            books_are_right(clock, key)


def test_sixteen_threads_with_resets(double):
    clock = double("--clock", "manual")
    keys = [clock.minted(latency="30s", concurrency=3, requestsPerSecond=10**6)
            for _ in range(2)]  # fmt: skip
    verbs = ["submit", "complete", "fail", "read", "clear", "reset", "reset", "advance",
             "redeliver"]  # fmt: skip
    with Receiver(default=503) as receiver:
        storm(clock, keys, receiver, verbs, seconds=2)
        for key in keys:
            clock.control("POST", "reset", status=200, key=key)
            assert status(clock, key)["concurrency"]["used"] == 0
            ledger = clock.ledger(key)
            assert ledger["consistent"] is True and ledger["balance"] == 250_000
        clock.advance(10_000)


def test_a_removed_organization_leaves_no_timer_behind(double):
    clock = double("--clock", "manual")
    for _ in range(20):
        key = clock.minted(latency="10s", concurrency=5)
        submit_batch(clock, key, [task()] * 20)
        in_slots(clock, key, 5)
        clock.control("DELETE", f"keys/{key}", status=200)
        assert clock.get(key, "/v1/async/status").status_code == 401
    assert clock.advance(10**6)["fired"] == []
    assert clock.stderr == []


def test_a_second_key_keeps_the_tasks(double):
    clock = double("--clock", "manual")
    first = clock.mint(progression=HOLD)
    second = clock.minted(organization=first["organization"])
    identifier = submit(clock, first["key"])
    clock.control("DELETE", f"keys/{first['key']}", status=200)
    assert [each["id"] for each in listed(clock, second)] == [identifier]
    clock.control("POST", f"tasks/{identifier}/complete", status=200)
    assert clock.balance(second) == 250_000 - 5


def test_a_reset_while_tasks_run(double):
    clock = double("--clock", "manual")
    key = clock.minted(latency="10s", concurrency=2)
    ids = submit_batch(clock, key, [task(idempotencyKey=f"{n}") for n in range(10)])
    in_slots(clock, key, 2)
    clock.control("POST", "reset", status=200, key=key)
    assert listed(clock, key) == [] and status(clock, key)["queuedTasks"] == 0
    assert status(clock, key)["concurrency"] == {"used": 0, "max": 2}
    assert clock.advance(10)["fired"] == []
    assert clock.balance(key) == 250_000
    # The keys are free again.
    assert len(submit_batch(clock, key, [task(idempotencyKey=f"{n}") for n in range(10)])) == 10
    assert len(ids) == 10


@pytest.mark.parametrize("cut", [1, 60, 400])
def test_hang_ups_while_submitting(shared, cut):
    key = shared.minted(progression=HOLD)
    raw = request_bytes("POST", "/v1/async/task/batch", key, [task()] * 50)
    for _ in range(20):
        with RawConnection(shared.port) as connection:
            connection.send(raw[:-cut])
    for _ in range(20):
        with RawConnection(shared.port) as connection:
            connection.send(raw)  # whole, but nobody waits for the answer
    eventually(lambda: len(listed(shared, key)) == 1000, "the whole ones, and only those")


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_a_stop_in_full_flight(tmp_path, double, number):
    with Receiver() as receiver:
        for turn in range(4):
            one = double("--database", tmp_path / f"{turn}.db")
            key = one.minted(requestsPerSecond=10**6, credits=10**7, latency="1ms")
            for _ in range(6):
                submit_batch(one, key, [hooked(receiver)] * 500)
            start = time.monotonic()
            assert one.stop(number) == 0, one.stderr
            assert one.stderr == [] and time.monotonic() - start < 6
            again = double("--database", tmp_path / f"{turn}.db")
            assert again.ledger(key)["consistent"] is True
            assert len(charges(again, key)) <= 3000


@pytest.mark.parametrize("place", ["memory", "file"])
def test_a_task_that_is_submitted_beside_a_reset_leaves_no_timer(double, tmp_path, place):
    flags = ["--database", tmp_path / "ledger.db"] if place == "file" else []
    one = double("--clock", "manual", *flags)
    key = one.minted(progression="immediate", requestsPerSecond=10**6, credits=10**6)
    # What fails isn't charged, so that no ledger notices that its organization is gone.
    fault = {"fault": {"kind": "task_failure", "code": "AWAY", "message": "It is away"}}
    one.control("POST", "faults", fault, status=201)

    def submit_all(_):
        headers = {"Authorization": f"Bearer {key}"}
        found = set()
        with httpx.Client(base_url=one.url, headers=headers, timeout=90) as http:
            while not done:
                found.add(http.post("/v1/async/task/batch", json=[task()] * 200).status_code)
        return found

    done = []
    with ThreadPoolExecutor(4) as pool:
        clients = [pool.submit(submit_all, number) for number in range(4)]
        for _ in range(60):
            one.control("POST", "reset", key=key, status=200)
        done.append(True)
        assert set().union(*(each.result() for each in clients)) <= {200, 401}
    eventually(lambda: not listed(one, key, "PROCESSING"), "all ended")
    left = {row["id"] for row in listed(one, key)}
    fired = one.advance(2 * 86_400)["fired"]
    assert {each["id"] for each in fired if each["kind"] == "expiry"} <= left
