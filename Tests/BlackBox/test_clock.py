"""The double's clock: read it, set it, let it pass."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from async_support import deliveries, hooked, submit, submit_batch
from receiver import Receiver
from support import TIMESTAMP, eventually, path_of, question
from wire import RawConnection, request_bytes


def moment(text):
    assert TIMESTAMP.fullmatch(text), text
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def now(double):
    return moment(double.control("GET", "clock", status=200).json()["now"])


def send(double, key):
    connection = RawConnection(double.port)
    connection.send(request_bytes("POST", path_of("grok"), key, question("grok")))
    return connection


def silent(connection):
    """Whether nothing has been answered."""
    connection.socket.setblocking(False)
    try:
        return not connection.socket.recv(1)
    except BlockingIOError:
        return True
    finally:
        connection.socket.settimeout(5)


def test_the_shape(shared, frozen):
    real, manual = (each.control("GET", "clock").json() for each in (shared, frozen))
    assert list(real) == list(manual) == ["mode", "now", "factor"]
    assert (real["mode"], real["factor"]) == ("real", 1)
    assert (manual["mode"], manual["factor"]) == ("manual", 0)
    assert abs(now(shared) - datetime.now(timezone.utc)) < timedelta(seconds=2)


def test_manual_time_stands_still(frozen):
    first = now(frozen)
    for _ in range(20):
        assert now(frozen) == first


@pytest.mark.parametrize("seconds", [0, 0.001, 0.25, 1, 61, 86_400, 31_557_600])
def test_advance_moves_exactly(double, seconds):
    clock = double("--clock", "manual")
    before = now(clock)
    answer = clock.advance(seconds)
    assert list(answer) == ["now", "fired"]
    # Nothing waits but the end of each billing cycle, and a year and a quarter of a day has twelve,
    # or eleven when it is a leap year.
    assert {each["kind"] for each in answer["fired"]} <= {"cycle"}
    assert len(answer["fired"]) in ((11, 12) if seconds > 86_400 else (0,))
    assert moment(answer["now"]) - before == timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", [-1, "1", None, True, 1e300, [], {}])
def test_a_bad_advance(frozen, seconds):
    before = now(frozen)
    refused = frozen.control("POST", "clock/advance", {"seconds": seconds})
    assert refused.status_code == 400 and "seconds" in refused.text
    assert now(frozen) == before


def test_an_advance_needs_its_seconds(frozen):
    for body in ({}, {"second": 1}, {"seconds": 1, "more": 1}):
        assert frozen.control("POST", "clock/advance", body).status_code == 400


def test_advance_fires_in_order_of_time(double):
    clock = double("--clock", "manual")
    keys = [clock.minted(latency=f"{seconds}s") for seconds in (3, 1, 2)]
    connections = []
    for key in keys:
        connections.append(send(clock, key))
        clock.await_running(key, 1)
    start = now(clock)
    assert clock.advance(0.999)["fired"] == []
    answer = clock.advance(5)
    assert [moment(each["at"]) - start for each in answer["fired"]] == [
        timedelta(seconds=seconds) for seconds in (1, 2, 3)
    ]
    assert {each["kind"] for each in answer["fired"]} == {"latency"}
    # It names the request, as the ledger does.
    ids = [clock.ledger(keys[index])["entries"][-1]["requestId"] for index in (1, 2, 0)]
    assert [each["id"] for each in answer["fired"]] == ids
    # It returned once settled: every charge is there, at its own time.
    for key, seconds in zip(keys, (3, 1, 2)):
        entry = clock.ledger(key)["entries"][-1]
        assert moment(entry["at"]) - start == timedelta(seconds=seconds)
    assert {connection.answer().status for connection in connections} == {200}


def test_two_advances_at_once_add_up(frozen):
    import asyncio

    async def both():
        await asyncio.gather(*[asyncio.to_thread(frozen.advance, 1) for _ in range(8)])

    before = now(frozen)
    asyncio.run(both())
    assert now(frozen) - before == timedelta(seconds=8)


@pytest.mark.parametrize("member", [{"timeoutMs": -1}, {"timeoutMs": 600_001}, {"wait": "some"}])
def test_a_bad_wait(frozen, member):
    refused = frozen.control("POST", "clock/advance", {"seconds": 1, **member})
    assert refused.status_code == 400 and next(iter(member)) in refused.text


def test_a_receiver_that_hangs_stops_nobody_s_clock(double):
    """24 webhooks to one receiver: three rounds of ten seconds, which no advance waits for."""
    clock = double("--clock", "manual")
    theirs, own = clock.minted(concurrency=50), clock.minted(latency="1s")
    with socket.create_server(("127.0.0.1", 0), backlog=64) as hanging, Receiver() as receiver:
        url = f"http://127.0.0.1:{hanging.getsockname()[1]}/hook"
        submit_batch(clock, theirs, [hooked(url)] * 24)
        ids = {row["id"] for row in deliveries(clock, theirs)}
        before = now(clock)
        # It goes all the way, and says for what it has waited.
        started = time.monotonic()
        body = {"seconds": 1, "timeoutMs": 300}
        waited = clock.control("POST", "clock/advance", body, 200).json()
        assert 0.3 <= time.monotonic() - started < 5
        assert {row["kind"] for row in waited["unfinished"]} == {"delivery"}
        assert ids <= {row["id"] for row in waited["unfinished"]}
        assert {row["organization"] for row in waited["unfinished"]} == {
            row["organization"] for row in deliveries(clock, theirs)
        }
        # While another one waits for everything, mine waits for mine.
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(
                clock.control, "POST", "clock/advance", {"seconds": 1, "timeoutMs": 5000}, 200
            )
            for narrow in [{"key": own}, {}]:
                submit(clock, own, hooked(receiver))
                body = {"seconds": 1} | ({} if narrow else {"wait": "fired"})
                started = time.monotonic()
                answer = clock.control("POST", "clock/advance", body, 200, **narrow).json()
                assert time.monotonic() - started < 3
                assert "completion" in {each["kind"] for each in answer["fired"]}
                assert "unfinished" not in answer
                assert all(row["status"] == 200 for row in deliveries(clock, own))
            assert "unfinished" in slow.result(10).json()
        assert now(clock) - before == timedelta(seconds=4)


def test_time_only_goes_forward(frozen):
    before = frozen.control("GET", "clock").json()["now"]
    earlier = (moment(before) - timedelta(milliseconds=1)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    refused = frozen.control("PUT", "clock", {"now": earlier + "Z"})
    assert refused.status_code == 400 and before in refused.text
    assert frozen.control("PUT", "clock", {"now": before}, status=200).json()["now"] == before


def test_setting_the_time_fires_what_falls_due(frozen):
    key = frozen.minted(latency="5m")
    connection = send(frozen, key)
    frozen.await_running(key, 1)
    target = (now(frozen) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert frozen.control("PUT", "clock", {"now": target}, status=200).json()["now"] == target
    assert connection.answer().status == 200


@pytest.mark.parametrize(
    "body",
    [{"mode": "fast"}, {"mode": "x0"}, {"mode": "x-1"}, {"mode": 1}, {"now": "tomorrow"},
     {"now": 5}, {"now": "2030-02-30T00:00:00Z"}, {"now": "2030-01-01"}, {"nwo": "x"},
     {"factor": 2}, {"now": "9999-01-01T00:00:00Z"}],
)  # fmt: skip
def test_a_bad_clock(frozen, body):
    before = frozen.control("GET", "clock").json()
    assert frozen.control("PUT", "clock", body).status_code == 400
    assert frozen.control("GET", "clock").json() == before


def test_switching_modes_loses_no_request_and_fires_none_early(double):
    clock = double("--clock", "manual")
    key = clock.minted(latency="5m", requestsPerSecond=10**6)
    connections = [send(clock, key) for _ in range(5)]
    clock.await_running(key, 5)
    for mode, factor in (("x2", 2), ("real", 1), ("x1.5", 1.5), ("manual", 0)):
        answer = clock.control("PUT", "clock", {"mode": mode}, status=200).json()
        assert (answer["mode"], answer["factor"]) == (mode, factor)
        assert clock.running(key) == 5
        assert all(silent(connection) for connection in connections)
    # Five minutes at full speed take 3 milliseconds.
    clock.control("PUT", "clock", {"mode": "x100000"}, status=200)
    assert {connection.answer().status for connection in connections} == {200}
    assert clock.running(key) == 0


def test_an_advance_while_time_runs(shared):
    key = shared.minted(latency="5m")
    connection = send(shared, key)
    shared.await_running(key, 1)
    assert len(shared.advance(300)["fired"]) == 1
    assert connection.answer().status == 200


def test_a_fast_clock_is_fast(double):
    fast = double("--clock", "x1000")
    start = now(fast)
    eventually(lambda: now(fast) - start > timedelta(seconds=20), "20 simulated seconds")


def test_the_end_of_time_is_no_crash(double):
    clock = double("--clock", "manual", "--latency", "1s")
    for _ in range(4):
        clock.advance(3_155_760_000)
    key = clock.minted(latency="0ms")
    assert clock.ask(key).status_code == 200
    assert clock.get(key, "/v1/credits").status_code == 200
