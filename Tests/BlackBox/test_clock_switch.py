"""Switching the clock's mode while requests wait: none is lost, none comes early."""

import asyncio
import random
from datetime import timedelta

import pytest

from async_support import HOLD, hooked, listed, submit, task
from control_support import Background, asking, entries, moment, slots
from receiver import Receiver
from support import eventually, path_of, question
from wire import Wire, run

LATENCIES = [0.2, 0.4, 0.6, 0.9, 1.2, 1.7, 2.3, 3.1, 4.5, 6.0]
EACH = 100


def clock(double):
    return double.control("GET", "clock", status=200).json()


def switch(double, **body):
    return double.control("PUT", "clock", body, status=200).json()


def now(double):
    return moment(clock(double)["now"])


class Crowd:
    """A thousand requests that wait in latencies of their own."""

    def __init__(self, double):
        self.double, self.answers, self.sent = double, [], 0
        self.latency = {
            double.minted(
                contract="2026-10", concurrency=EACH, requestsPerSecond=10**6,
                latency=f"{round(latency * 1000)}ms",
            ): latency
            for latency in LATENCIES
        }  # fmt: skip
        self.count = EACH * len(LATENCIES)
        self.background = Background(run, self._work(), 60)
        eventually(lambda: self.sent == self.count, "all sent")
        for key in self.latency:
            eventually(lambda: slots(double, key) == EACH, "all waiting")

    async def _work(self):
        async def one(key):
            wire = await Wire.open(self.double.port)
            wire.send("POST", path_of("chatgpt"), key, question("chatgpt"))
            self.sent += 1
            self.answers.append(await wire.answer())
            wire.close()

        await asyncio.gather(*[one(key) for key in self.latency for _ in range(EACH)])

    def noted(self):
        return sum(len(entries(self.double, key)) for key in self.latency)

    def check(self, exact=False):
        """All are answered, none before its time."""
        self.background.result(40)
        assert [answer.status for answer in self.answers] == [200] * self.count
        shown = sorted(answer.number("x-latency-ms") for answer in self.answers)
        wanted = sorted(
            round(latency * 1000) for latency in self.latency.values() for _ in range(EACH)
        )
        assert all(left >= right for left, right in zip(shown, wanted))
        for key, latency in self.latency.items():
            found = entries(self.double, key)
            assert len(found) == EACH
            for entry in found:
                taken = entry["latencyMs"]
                assert taken >= round(latency * 1000), (taken, latency)
                assert int(entry["response"]["headers"]["X-Latency-Ms"]) == taken
                if exact:
                    assert taken == round(latency * 1000)
            assert slots(self.double, key) == 0
            assert self.double.balance(key) == 250_000 - 7 * EACH


def test_switching_while_a_thousand_wait_loses_none_and_hurries_none(double):
    one = double("--clock", "manual")
    crowd = Crowd(one)
    assert crowd.noted() == 0
    modes = ["real", "manual", "x100", "manual", "x3", "real", "manual", "x0.5", "x20", "manual"]
    draw = random.Random(1)
    before = now(one)
    for mode in modes:
        shown = switch(one, mode=mode)
        assert shown["mode"] == mode and moment(shown["now"]) >= before
        if mode == "manual":
            # Time stands: nothing more is answered, and what was due is settled.
            stands, noted = clock(one), crowd.noted()
            assert [crowd.noted() for _ in range(3)] == [noted] * 3
            assert clock(one) == stands
            one.advance(draw.choice([0, 0.05, 0.3]))
        else:
            start = now(one)
            eventually(lambda: now(one) > start + timedelta(milliseconds=40), "time runs")
        before = now(one)
    fired = one.advance(10)["fired"]
    assert [row["at"] for row in fired] == sorted(row["at"] for row in fired)
    crowd.check()
    assert one.advance(100)["fired"] == []


def test_in_manual_mode_each_comes_at_its_very_moment(double):
    one = double("--clock", "manual")
    crowd = Crowd(one)
    fired = []
    for seconds in (0, 0.2, 0.1, 1.0, 0.4, 2):
        fired += one.advance(seconds)["fired"]
    # A time that is set fires what lies on the way as well.
    switch(one, now=(now(one) + timedelta(seconds=10)).isoformat().replace("+00:00", "Z"))
    crowd.check(exact=True)
    due = [row for row in fired if row["kind"] == "latency"]
    within = [latency for latency in LATENCIES if latency <= 3.7]
    assert len({row["id"] for row in due}) == len(due) == EACH * len(within)


def test_the_clock_never_goes_back(double):
    one = double()
    key = one.minted(latency="5ms", requestsPerSecond=10**6)
    stop, seen = [], []

    def watch():
        while not stop:
            seen.append(clock(one)["now"])
            answer = one.get(key, "/v1/x")
            seen.append(answer.json()["error"]["timestamp"])

    watching = Background(watch)
    for number in range(60):
        mode = ["manual", "x1000", "real", "x0.1"][number % 4]
        seen_before = len(seen)
        switch(one, mode=mode)
        one.advance(0.01 * (number % 3))
        eventually(lambda: len(seen) > seen_before, "a look at the clock")
    stop.append(True)
    watching.result()
    assert len(seen) > 60 and seen == sorted(seen)
    stamps = [entry["at"] for entry in entries(one, key)]
    assert stamps == sorted(stamps)


def test_many_advances_at_once_add_up(double):
    one = double("--clock", "manual")
    key = one.minted(latency="1s", concurrency=1000)
    connections = [asking(one, key) for _ in range(20)]
    one.await_running(key, 20)
    start = now(one)
    fired = [Background(one.advance, 0.25) for _ in range(8)]
    rows = [row for each in fired for row in each.result()["fired"]]
    assert now(one) == start + timedelta(seconds=2)
    assert len({row["id"] for row in rows}) == len(rows) == 20
    assert {connection.answer().status for connection in connections} == {200}
    for connection in connections:
        connection.socket.close()


def test_tasks_and_webhooks_keep_their_times_through_switches(double):
    one = double("--clock", "manual")
    with Receiver(500, default=200) as receiver:
        key = one.minted(latency="30s")
        submit(one, key, hooked(receiver))
        submit(one, one.minted(progression=HOLD), task())
        start = now(one)
        one.advance(29)
        for mode in ("x10", "manual", "real", "manual"):
            switch(one, mode=mode)
        one.advance(2)
        eventually(lambda: receiver.hits, "the first attempt")
        (row,) = listed(one, key)
        assert row["status"] == "COMPLETED"
        done = moment(one.get(key, f"/v1/async/task/{row['id']}").json()["task"]["createdAt"])
        assert done <= start
        # The next attempt is due 120 seconds after the failure; at this pace that is soon.
        failed = now(one)
        switch(one, mode="x1000")
        eventually(lambda: len(receiver.hits) == 2, "the second attempt")
        switch(one, mode="manual")
        attempts = one.control("GET", "webhooks", key=key).json()["webhooks"]
        first, second = (moment(each["at"]) for each in attempts)
        assert second - first >= timedelta(seconds=120) and second <= now(one)
        assert first <= failed


def test_a_client_that_does_not_read_stops_nobody_s_clock(double):
    one = double("--clock", "manual")
    key = one.minted(latency="1s")
    body = {"match": {"key": key}, "result": {"text": "x" * 9_000_000}}
    one.control("POST", "responses", body, status=201)
    connection = asking(one, key)
    one.await_running(key, 1)
    advancing = Background(one.advance, 2)
    try:
        (row,) = advancing.result(5)["fired"]
        assert row["kind"] == "latency"
        assert Background(switch, one, mode="manual").result(5)["mode"] == "manual"
    finally:
        connection.socket.close()
        advancing.thread.join(20)


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("POST", "clock/advance", {"seconds": -1}, "seconds: expected a number from 0"),
        ("POST", "clock/advance", {"seconds": -1e-9}, "seconds: expected a number from 0"),
        ("POST", "clock/advance", {"seconds": 1e12}, "seconds: expected a number from 0"),
        ("POST", "clock/advance", {"seconds": "1"}, "seconds: expected a number from 0"),
        ("POST", "clock/advance", {"seconds": None}, "seconds: expected a number from 0"),
        ("POST", "clock/advance", {"second": 1}, 'did you mean "seconds"?'),
        ("POST", "clock/advance", {}, "seconds: is missing"),
        ("PUT", "clock", {"now": "2001-01-01T00:00:00Z"}, "now: time only goes forward; it is 20"),
        ("PUT", "clock", {"mode": "real", "now": "1970-01-01T00:00:00Z"}, "time only goes forward"),
        ("PUT", "clock", {"now": "tomorrow"}, "now: expected a UTC time such as"),
        ("PUT", "clock", {"now": "2026-13-01T00:00:00Z"}, "now: expected a UTC time such as"),
        ("PUT", "clock", {"now": "9999-01-01T00:00:00Z"}, "now: expected a UTC time such as"),
        ("PUT", "clock", {"mode": "manul"}, "mode: expected real, manual or xN"),
        ("PUT", "clock", {"mode": "x0"}, "mode: expected real, manual or xN"),
        ("PUT", "clock", {"mode": "x-2"}, "mode: expected real, manual or xN"),
        ("PUT", "clock", {"mode": "x1e9"}, "mode: expected real, manual or xN"),
        ("PUT", "clock", {"mode": "xnan"}, "mode: expected real, manual or xN"),
        ("PUT", "clock", {"factor": 2}, "factor: unknown member"),
    ],
)
def test_what_the_clock_refuses_moves_nothing(frozen, method, path, body, message):
    before = clock(frozen)
    refused = frozen.control(method, path, body, status=400).json()["error"]
    assert message in refused["message"], refused
    assert clock(frozen) == before


def test_the_end_of_representable_time_is_no_end_of_the_double(double):
    one = double("--clock", "manual")
    key = one.minted(latency="1s")
    submit(one, key)
    for _ in range(4):
        one.advance(3_155_760_000)
    assert now(one).year == 2262
    assert one.get(key, "/v1/credits").status_code == 200
    assert one.advance(1)["fired"] == []
    with asking(one, key) as connection:
        one.advance(1)
        assert connection.answer().status == 200
    one.control("POST", "reset", status=200)
