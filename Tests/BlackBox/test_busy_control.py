"""The control API against an organization that is busy: nothing hangs, nothing is left behind."""

import asyncio
import random
import threading
import time

import httpx
import pytest

from async_support import charges, listed, task
from control_support import CHATGPT, Background, entries, metrics, organization, slots, sockets
from support import eventually, path_of, question
from wire import Wire, run

CONNECTIONS = 64
EXPECTED = {200, 401, 403, 429}


async def use(double, key, until, seen):
    """One client that asks, submits and reads until told to stop, whatever it is answered."""
    draw = random.Random()
    wire, tasks = None, []
    while not until.is_set():
        wire = wire or await Wire.open(double.port)
        kind = draw.random()
        if kind < 0.6:
            call = ("POST", CHATGPT, key, question("chatgpt", "busy"))
        elif kind < 0.75:
            call = ("POST", "/v1/async/task", key, task(priority=draw.randint(1, 10)))
        elif kind < 0.9 and tasks:
            call = ("GET", f"/v1/async/task/{tasks[-1]}", key)
        else:
            call = ("GET", "/v1/async/status", key)
        try:
            answer = await asyncio.wait_for(wire.ask(*call), 10)
        except (asyncio.IncompleteReadError, ConnectionError):
            seen.append("closed")
            wire = None
            continue
        seen.append(answer.status)
        if answer.status == 200 and call[1] == "/v1/async/task":
            tasks.append(answer.json()["task"]["id"])
        if draw.random() < 0.02:  # some leave, some without waiting
            if draw.random() < 0.5:
                wire.send("POST", CHATGPT, key, question("chatgpt", "left"))
            wire.close()
            wire = None
    if wire:
        wire.close()


def crowd(double, key, until, seen, connections=CONNECTIONS):
    async def all_of_them():
        await asyncio.gather(*[use(double, key, until, seen) for _ in range(connections)])

    run(all_of_them(), 60)


def mint(double, key=None, **members):
    body = {
        "credits": 10**9, "concurrency": 40, "requestsPerSecond": 10**6,
        "latency": "uniform(1ms,30ms)", **members,
    }  # fmt: skip
    return double.minted(**body, **({"key": key} if key else {}))


def reset(double, key, number):
    return double.http.post("/_mock/reset", params={"key": key})


def take(double, key, number):
    return double.http.post(f"/_mock/snapshots/{number % 3}", params={"key": key})


def bring_back(double, key, number):
    return double.http.post(f"/_mock/snapshots/{number % 3}/restore", params={"key": key})


def plan(double, key, number):
    body = {
        "plan": ["free", "hobby", "business"][number % 3],
        "concurrency": [1, 64, 20][number % 3],
    }
    return double.http.patch(f"/_mock/keys/{key}", json=body)


def remove(double, key, number):
    answer = double.http.delete(f"/_mock/keys/{key}")
    mint(double, key)
    return answer


CALLS = {"reset": reset, "snapshot": take, "restore": bring_back, "plan": plan, "remove": remove}


def settled_state(double, key):
    """Waits for the end of what is under way, and looks at what it left."""
    double.control("POST", "clock/advance", {"seconds": 120}, status=200)

    def over():
        found = double.get(key, "/v1/async/status").json()
        return found["queuedTasks"] == found["processingTasks"] == found["concurrency"]["used"] == 0

    eventually(over, "the end of all that runs", seconds=10)
    ledger = double.ledger(key, limit=10_000)
    assert ledger["consistent"] is True and ledger["balance"] >= 0
    written = ledger["entries"]
    while more := double.ledger(key, limit=10_000, since=written[-1]["id"])["entries"]:
        written += more
    assert sum(entry["amount"] for entry in written) == ledger["balance"]
    rows = listed(double, key)
    assert {row["status"] for row in rows} <= {"COMPLETED", "FAILED"}
    completed = {row["id"] for row in rows if row["status"] == "COMPLETED"}
    paid = [row["taskId"] for row in written if "taskId" in row]
    assert len(paid) == len(set(paid))
    shown = set(paid) & {row["id"] for row in rows}
    # A snapshot brings back 10,000 entries; older charges are in one, which names no task.
    assert completed == shown or (shown < completed and written[0]["kind"] == "folded")


@pytest.mark.parametrize("names", [[name] for name in CALLS if name != "restore"] + [list(CALLS)])
def test_a_busy_organization_can_be_steered(double, names):
    one = double()
    other = one.minted()
    one.ask(other)
    key = mint(one)
    for number in range(3):
        assert take(one, key, number).status_code == 201
    idle = sockets(one)
    until, seen = threading.Event(), []
    crowded = Background(crowd, one, key, until, seen)
    try:
        eventually(lambda: seen.count(200) > CONNECTIONS, "the crowd at work")
        draw = random.Random(names[0])
        slowest = 0.0
        for number in range(40):
            before, start = len(seen), time.monotonic()
            answer = CALLS[draw.choice(names)](one, key, number)
            slowest = max(slowest, time.monotonic() - start)
            assert answer.status_code in (200, 201), answer.text
            eventually(lambda: len(seen) > before + 20, "the crowd goes on", seconds=10)
    finally:
        until.set()
        crowded.result(30)
    assert slowest < 3, slowest
    assert set(seen) - {"closed"} <= EXPECTED | {404}, set(seen)
    assert seen.count(200) > 200
    assert "closed" not in seen
    settled_state(one, key)
    assert one.ask(key).status_code in (200, 403)
    settled_state(one, key)
    eventually(lambda: sockets(one) <= idle, "sockets given back", seconds=10)
    # The others have noticed nothing.
    assert [entry["status"] for entry in entries(one, other)] == [200]
    assert len(charges(one, other)) == 1
    assert not [line for line in one.stderr if "error" in line.lower()], one.stderr[-3:]


def test_everything_may_be_reset_and_restored_under_load(double):
    one = double()
    keys = [mint(one) for _ in range(4)]
    one.control("POST", "snapshots/whole", status=201)
    idle = sockets(one)
    until, seen = threading.Event(), [[] for _ in keys]
    crowds = [Background(crowd, one, key, until, mine, 16) for key, mine in zip(keys, seen)]
    try:
        for number in range(15):
            before = [len(mine) for mine in seen]
            path = ["reset", "snapshots/whole/restore", "snapshots/new"][number % 3]
            status = 201 if path.endswith("new") else 200
            one.control("POST", path, status=status)
            eventually(
                lambda: all(len(m) > b + 10 for m, b in zip(seen, before)), "the crowds go on"
            )
        one.control("POST", "snapshots/whole/restore", status=200)
    finally:
        until.set()
        for each in crowds:
            each.result(30)
    for key, mine in zip(keys, seen):
        assert set(mine) <= EXPECTED | {404}, set(mine)
        settled_state(one, key)
    eventually(lambda: sockets(one) <= idle, "sockets given back", seconds=10)


def test_all_calls_at_once(double):
    """Every control call from threads of its own, on one busy organization."""
    one = double()
    key = mint(one)
    name = organization(one, key)
    until, seen = threading.Event(), []
    crowded = Background(crowd, one, key, until, seen, 24)
    reads = [
        "journal", "ledger", "tasks", "webhooks", "faults", "responses", "keys", "metrics", "clock",
    ]  # fmt: skip
    slow = {"match": {"key": key, "path": "/v1/async/status"},
            "fault": {"kind": "latency", "latency": "2ms"}, "times": 3}  # fmt: skip

    def steer(calls):
        with httpx.Client(base_url=f"{one.url}/_mock/", timeout=90) as http:
            for number in range(15):
                for method, path, body in calls(number):
                    answer = http.request(method, path, json=body, params={"key": key})
                    assert answer.status_code in (200, 201, 404), (path, answer.text)

    steering = [
        Background(steer, calls)
        for calls in [
            lambda n: [("POST", "reset", None)],
            lambda n: [("POST", f"snapshots/s{n % 2}", None),
                       ("POST", f"snapshots/s{n % 2}/restore", None)],
            lambda n: [("PATCH", f"keys/{key}", {"concurrency": 1 + n})],
            lambda n: [("GET", path, None) for path in reads],
            lambda n: [("POST", "faults", slow), ("DELETE", "faults", None)],
            lambda n: [("POST", "clock/advance", {"seconds": 1})],
            # Not the manual one last: nobody would move it on while the others go on.
            lambda n: [("PUT", "clock", {"mode": ["manual", "real", "x50"][n % 3]}),
                       ("POST", "clock/advance", {"seconds": 1})],
            lambda n: [("DELETE", "journal", None)],
        ]
    ]  # fmt: skip
    try:
        for each in steering:
            each.result(40)
    finally:
        one.control("PUT", "clock", {"mode": "real"})
        until.set()
        crowded.result(30)
    one.control("PUT", "clock", {"mode": "real"}, status=200)
    assert set(seen) <= EXPECTED | {404}, set(seen)
    settled_state(one, key)
    assert f'cloro_mock_slots_used{{organization="{name}"}} 0\n' in metrics(one)


def test_a_plan_that_shrinks_under_load_keeps_its_bound(double):
    one = double()
    key = mint(one, concurrency=64, contract="2026-10", latency="20ms")
    until, seen = threading.Event(), []
    crowded = Background(crowd, one, key, until, seen)
    try:
        eventually(lambda: seen.count(200) > 100, "the crowd at work")
        for limit in (5, 64, 1, 30, 2):
            one.patch(key, concurrency=limit)
            before = len(seen)
            # Whoever was running may end; from then on the new limit holds.
            eventually(lambda: slots(one, key) <= limit, f"at most {limit} slots")
            eventually(lambda: len(seen) > before + 50, "the crowd goes on")
            for _ in range(5):
                assert slots(one, key) <= limit
    finally:
        until.set()
        crowded.result(30)
    settled_state(one, key)
    for entry in entries(one, key, path=path_of("chatgpt"), status=429):
        headers = entry["response"]["headers"]
        assert headers["X-Concurrency-Remaining"] == "0"
        limit = int(headers["X-Concurrency-Limit"])
        assert int(headers["X-Concurrency-Current"]) == limit + 1
