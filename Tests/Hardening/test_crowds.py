"""Tens of thousands of connections: as many as the limits say, slow senders, and readers that don't
read.

`HARDENING=long` runs the whole sizes; CI runs smaller crowds of the slow kinds.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from async_support import hooked
from limits import limited, resident
from receiver import Receiver, answer_of
from support import BUILT_IN_KEY, DEADLINE, cli, eventually, path_of, question
from wire import RawConnection, request_bytes

IS_LONG = os.environ.get("HARDENING") == "long"
CROWD = Path(__file__).with_name("crowd.py")
CONNECTIONS = 20_000  # HTTPLimits.connections
RESERVED = 64  # descriptors that connections leave to files and loops
OUTGOING = 256  # those for receivers of webhooks, or a quarter of all
HEAD_SECONDS, BODY_SECONDS, IDLE_SECONDS = 10, 30, 75
TICK_SECONDS = 0.25
# How late a busy machine may be; a deadline that is never early.
LATE_SECONDS = 5


class Crowd:
    """A process that holds connections; see `crowd.py`."""

    number = 1

    def __init__(self, port, count, mode, path="/"):
        Crowd.number += 1
        self.process = subprocess.Popen(
            [
                sys.executable, str(CROWD), str(port), str(count), f"127.0.0.{Crowd.number}", mode,
                path,
            ],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def opened(self):
        return json.loads(self.process.stdout.readline())["open"]

    def tell(self, line="count"):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def leave(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def crowds():
    made = []

    def make(double, count, mode, path="/"):
        """Two processes with half of the connections each: one may not have so many."""
        halves = [count // 2, count - count // 2]
        made.extend(Crowd(double.port, half, mode, path) for half in halves)
        assert sum(each.opened() for each in made[-2:]) == count
        return made[-2:]

    yield make
    for each in made:
        each.leave()


def room_for_clients(descriptors):
    return min(CONNECTIONS, descriptors - RESERVED - min(OUTGOING, descriptors // 4))


def total(crowd, what):
    return sum(each.tell()[what] for each in crowd)


def leave(crowd, count):
    """That many of the answered ones go, from the half that has more of them."""
    max(crowd, key=lambda each: each.tell()["answered"]).tell(f"leave {count}")


def statuses(crowd):
    found = {}
    for each in crowd:
        for status, count in each.tell()["statuses"].items():
            found[status] = found.get(status, 0) + count
    return found


class Steady:
    """A client that keeps its one connection: libraries let go of theirs after a few seconds, and
    then wait like all others."""

    def __init__(self, double):
        self.key = double.minted(requestsPerSecond=10**6, concurrency=100)
        self.connection = RawConnection(double.port, seconds=DEADLINE)
        double.http.close()
        assert self.ask()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.socket.close()

    def post(self, path, body):
        start = time.monotonic()
        self.connection.send(request_bytes("POST", path, self.key, body))
        answer = self.connection.answer()
        assert answer.status == 200, answer.text
        return time.monotonic() - start

    def ask(self, most=5.0):
        """Questions go on being answered."""
        return self.post(path_of("chatgpt"), question("chatgpt")) < most

    def delivers(self):
        """Webhooks leave: descriptors are kept for them."""
        with Receiver(default=answer_of(200)) as receiver:
            self.post("/v1/async/task", hooked(receiver))
            return receiver.wait(1, seconds=10)


def test_20_000_connections_and_one_more(double, crowds):
    one = double("--log-level", "warning")
    with Steady(one) as steady:
        before, size = one.descriptors(), resident(one)
        _, most = resource.prlimit(one.process.pid, resource.RLIMIT_NOFILE)
        room = room_for_clients(most) - 1
        crowd = crowds(one, room + 50, "ask")
        eventually(lambda: total(crowd, "answered") == room, f"{room} answered", 60)
        growth = (resident(one) - size) * 1024 / room
        # The others wait, however long; those who are in are served.
        assert all(steady.ask() for _ in range(10)) and steady.delivers()
        crowd[0].tell("again 100")
        eventually(lambda: total(crowd, "answered") == room, "those who are in", 20)
        assert total(crowd, "open") == room + 50 and total(crowd, "ended") == 0
        # Whoever leaves makes room.
        leave(crowd, 30)
        eventually(lambda: total(crowd, "answered") == room, "the next 30", 20)
        leave(crowd, 40)
        eventually(lambda: total(crowd, "answered") == room - 20, "the rest", 20)
        print(f"{room} of {room + 50} connections, {growth:.1f} KiB each")
        assert growth < 4
        for each in crowd:
            each.leave()
        eventually(lambda: one.descriptors() <= before + 2, "descriptors given back", 60)
        assert steady.ask()


def test_too_few_descriptors_are_refused_and_just_enough_are_not(double):
    for number in (12, 20, 39):
        arguments, options = limited({"n": number}, "--port", "0")
        ended = cli(*arguments, **options)
        assert ended.returncode == 1 and ended.stdout == ""
        assert f"only {number} descriptors" in ended.stderr and "ulimit -n" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
    arguments, options = limited({"n": 40})
    one = double(*arguments, **options)
    for _ in range(5):
        assert one.ask(BUILT_IN_KEY).status_code == 200
    assert one.stop() == 0


def test_few_descriptors(double, crowds):
    arguments, options = limited({"n": 200})
    one = double(*arguments, **options)
    with Steady(one) as steady:
        before = one.descriptors()
        room = room_for_clients(200) - 1
        crowd = crowds(one, 300, "ask")
        eventually(lambda: total(crowd, "answered") == room, f"{room} answered")
        assert steady.ask() and steady.delivers()
        leave(crowd, 20)
        eventually(lambda: total(crowd, "answered") == room, "the next ones")
        for each in crowd:
            each.leave()
        eventually(lambda: one.descriptors() <= before + 2, "descriptors given back", 20)
        assert steady.ask()


@pytest.mark.parametrize(
    "mode, count, seconds",
    [("drip", 10_000 if IS_LONG else 2_000, HEAD_SECONDS)]
    + [("body", 10_000, BODY_SECONDS)] * IS_LONG,
)
def test_slow_senders_hear_408_in_time(double, crowds, mode, count, seconds):
    one = double("--log-level", "warning")
    with Steady(one) as steady:
        before, size = one.descriptors(), resident(one)
        crowd = crowds(one, count, mode)
        assert steady.ask()
        growth = (resident(one) - size) * 1024 / count
        eventually(lambda: total(crowd, "ended") == count, "all ended", seconds + 30)
        assert statuses(crowd) == {"408": count}
        told = [each.tell() for each in crowd]
        shortest = min(each["shortest"] for each in told)
        longest = max(each["longest"] for each in told)
        times = f"{shortest:.2f} to {longest:.2f} s"
        print(f"{count} × {mode}: 408 after {times}, {growth:.1f} KiB each")
        assert shortest >= seconds - 0.1 and longest < seconds + TICK_SECONDS + LATE_SECONDS
        assert growth < 4
        eventually(lambda: one.descriptors() <= before + 2, "descriptors given back", 20)
        assert steady.ask()


@pytest.mark.parametrize(
    "count, path",
    [(1_000, "/_mock/openapi.json")] + [(10_000, "/_mock/conformance")] * IS_LONG,
)
def test_readers_that_do_not_read(double, crowds, count, path):
    one = double("--log-level", "warning")
    length = len(one.http.get(path).content)
    with Steady(one) as steady:
        before, size = one.descriptors(), resident(one)
        crowd = crowds(one, count, "deaf", path)
        eventually(lambda: one.descriptors() >= before + count, "all accepted", 60)
        accepted = time.monotonic()
        assert steady.ask()
        growth = (resident(one) - size) * 1024 * 1024 / count
        print(f"{count} × {length} bytes unread: {growth / 1024:.1f} KiB of the double's each")
        # Each answer at most once, and some for the connection.
        assert growth < length + 16 * 1024
        if IS_LONG:
            # What the kernel hasn't taken is reset for lack of progress, the rest ends as idle.
            end = accepted + IDLE_SECONDS + 30
            while one.descriptors() > before + 2:
                assert time.monotonic() < end and steady.ask()
                time.sleep(1)  # keeps the steady client's connection from being idle itself
            print(f"all ended after {time.monotonic() - accepted:.0f} s")
        assert steady.ask()
