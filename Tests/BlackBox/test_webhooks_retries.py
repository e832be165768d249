"""Attempts by a fixture's plan, in real time, and at moments that are awkward."""

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting

import pytest

from async_support import deliveries, hooked, moment, settled, start_of, submit, submit_batch
from receiver import Gate, Receiver
from support import eventually


def times(double, key, start):
    return [(moment(row["at"]) - start).total_seconds() for row in deliveries(double, key)]


def test_a_fixture_gives_attempts_and_delays(double, fixture_file):
    webhooks = {"secret": "whsec_f", "attempts": 4, "retrySeconds": [1, 10]}
    clock = double("--clock", "manual", "--fixture", fixture_file(webhooks=webhooks))
    key = clock.first_key
    start = start_of(clock)
    with Receiver(default=404) as receiver:
        submit(clock, key, hooked(receiver))
        settled(clock, key, 1)
        clock.advance(10_000)
        # The last delay stands for those that aren't given.
        assert times(clock, key, start) == [0, 1, 11, 21]
        assert all("x-cloro-signature" in hit.headers for hit in receiver.hits)


@pytest.mark.parametrize(
    ("webhooks", "count"), [({"attempts": 1}, 1), ({"attempts": 20, "retrySeconds": [0]}, 20)]
)
def test_the_edges_of_a_fixture(double, fixture_file, webhooks, count):
    clock = double("--clock", "manual", "--fixture", fixture_file(webhooks=webhooks))
    with Receiver(default=500) as receiver:
        submit(clock, clock.first_key, hooked(receiver))
        settled(clock, clock.first_key, 1)
        clock.advance(1)
        assert len(settled(clock, clock.first_key, count)) == len(receiver.hits) == count


def test_retries_come_by_themselves_when_time_runs(double):
    fast = double("--clock", "x2000")
    key = fast.minted()
    with Receiver(default=503) as receiver:
        submit(fast, key, hooked(receiver))
        rows = settled(fast, key, 5)
    late = [(moment(row["at"]) - moment(rows[0]["at"])).total_seconds() for row in rows]
    # Never early; a busy machine may be late by as much as it likes.
    gaps = [b - a for a, b in zip(late, late[1:], strict=False)]
    assert all(gap >= least for gap, least in zip(gaps, (120, 240, 480, 960), strict=True))


def test_retries_outlive_the_task_s_record(double, fixture_file):
    webhooks = {"attempts": 3, "retrySeconds": [86_400]}
    clock = double("--clock", "manual", "--fixture", fixture_file(webhooks=webhooks))
    key = clock.first_key
    with Receiver(500, 500, 200) as receiver:
        identifier = submit(clock, key, hooked(receiver))
        settled(clock, key, 1)
        clock.advance(2 * 86_400)
        assert clock.get(key, f"/v1/async/task/{identifier}").status_code == 404
        assert len(receiver.hits) == 3


def test_an_advance_waits_for_the_attempt_that_is_under_way(clock):
    # It fell due before; if time passed meanwhile, its retry would come late.
    key = clock.minted()
    start = start_of(clock)
    gate = Gate(503)
    with Receiver(gate) as receiver, ThreadPoolExecutor(1) as pool:
        submit(clock, key, hooked(receiver))
        receiver.wait(1)
        advance = pool.submit(clock.advance, 120)
        try:
            with pytest.raises(StillWaiting):
                advance.result(0.3)
        finally:
            gate.open()
        assert [each["kind"] for each in advance.result(10)["fired"]] == ["delivery"]
        assert times(clock, key, start) == [0, 120]


def test_an_advance_waits_for_all_deliveries_that_fall_due(clock):
    key = clock.minted(latency="10s")
    together = threading.Event()

    def answer(*_):
        # Nobody is answered before two are there.
        if receiver.at_once > 1:
            together.set()
        together.wait(5)
        return 200

    with Receiver(default=answer) as receiver:
        ids = submit_batch(clock, key, [hooked(receiver)] * 30)
        # Twenty slots: the other ten finish ten seconds later.
        clock.advance(20)
        rows = deliveries(clock, key)
        assert [row["status"] for row in rows] == [200] * 30
        assert sorted(row["taskId"] for row in rows) == sorted(ids)
        assert 1 < receiver.most_at_once <= 8


def test_a_receiver_that_comes_up_later_gets_it(clock):
    key = clock.minted()
    with Receiver() as receiver:
        address = receiver.url
    submit(clock, key, hooked(address))
    (row,) = settled(clock, key, 1)
    assert row["status"] is None and row["error"]
    clock.advance(120)
    rows = settled(clock, key, 2)
    assert all(row["error"] for row in rows)


def test_a_flood_of_other_deliveries_drops_no_retry(clock):
    # The log is bounded; what is still to be delivered must not depend on it.
    key, crowd = clock.minted(), clock.minted(webhookMode="collect", credits=10**6)
    with Receiver(503, 200) as receiver:
        submit(clock, key, hooked(receiver))
        settled(clock, key, 1)
        for _ in range(21):
            submit_batch(clock, crowd, [hooked("http://127.0.0.1:9/")] * 500)
        eventually(lambda: clock.balance(crowd) == 10**6 - 21 * 500 * 5, "all collected")
        clock.advance(120)
        assert len(receiver.hits) == 2
