"""The delivery log, redelivery, and the mode that only collects."""

import json

import pytest

from async_support import (
    HOLD,
    UNKNOWN_ID,
    deliveries,
    drive,
    hooked,
    in_slots,
    listed,
    moment,
    settled,
    start_of,
    submit,
    submit_batch,
)
from receiver import Gate, Receiver
from support import TIMESTAMP, eventually

MEMBERS = ["id", "number", "taskId", "requestId", "organization", "attempt", "at", "url",
           "headers", "body", "status", "error", "retryAt"]  # fmt: skip


def redeliver(double, identifier):
    return double.control("POST", f"webhooks/{identifier}/redeliver")


def test_the_log_says_what_was_sent_and_answered(frozen):
    key = frozen.minted(webhookSecret="whsec_x")
    with Receiver(503) as receiver:
        identifier = submit(frozen, key, hooked(receiver, text="Grüße 🚀"))
        (row,) = settled(frozen, key, 1)
        (hit,) = receiver.hits
    assert list(row) == MEMBERS
    assert (row["taskId"], row["attempt"], row["url"]) == (identifier, 1, receiver.url)
    assert (row["status"], row["error"]) == (503, None)
    assert TIMESTAMP.fullmatch(row["at"])
    assert row["body"].encode() == hit.body
    for name, value in row["headers"].items():
        assert hit.headers[name.lower()] == value
    assert set(row["headers"]) == {
        "Content-Type", "X-Cloro-Timestamp", "X-Cloro-Signature", "X-Cloro-Webhook-Id",
    }  # fmt: skip


def test_the_log_is_narrowed_to_an_organization(frozen):
    first, second = (frozen.minted(webhookMode="collect") for _ in range(2))
    for key in (first, second, first):
        submit(frozen, key, hooked("http://127.0.0.1:9/"))
    eventually(lambda: len(deliveries(frozen, first)) == 2, "both")
    eventually(lambda: len(deliveries(frozen, second)) == 1, "the other")
    everything = frozen.control("GET", "webhooks", status=200).json()["webhooks"]
    assert len(everything) >= 3
    assert frozen.control("GET", "webhooks", key="nobody").status_code == 404


def test_collect_keeps_without_sending(clock):
    key = clock.minted(webhookMode="collect", webhookSecret="whsec_x")
    with Receiver() as receiver:
        ids = submit_batch(clock, key, [hooked(receiver)] * 3)
        eventually(lambda: len(deliveries(clock, key)) == 3, "three kept")
        assert clock.advance(10_000)["fired"] == []
        rows = deliveries(clock, key)
        assert sorted(row["taskId"] for row in rows) == sorted(ids)
        for row in rows:
            assert (row["status"], row["error"], row["attempt"]) == (None, None, 1)
            assert json.loads(row["body"])["task"]["id"] == row["taskId"]
            assert row["headers"]["X-Cloro-Webhook-Id"] == f"{row['taskId']}-1"
        assert receiver.hits == []
        # The mode can be changed at once.
        clock.patch(key, webhookMode="deliver")
        submit(clock, key, hooked(receiver))
        receiver.wait(1)


def test_a_fixture_gives_the_mode(double, fixture_file):
    one = double("--fixture", fixture_file(webhooks={"mode": "collect"}))
    submit(one, one.first_key, hooked("http://127.0.0.1:9/"))
    eventually(lambda: len(deliveries(one, one.first_key)) == 1, "one kept")


def test_redelivery_sends_the_same_once_more(clock):
    key = clock.minted(webhookSecret="whsec_x")
    with Receiver() as receiver:
        identifier = submit(clock, key, hooked(receiver))
        (row,) = settled(clock, key, 1)
        assert redeliver(clock, row["id"]).status_code == 200
        rows = settled(clock, key, 2)
        assert [each["attempt"] for each in rows] == [1, 2]
        assert {each["id"] for each in rows} == {row["id"]}
        first, second = receiver.wait(2)
        assert first.body == second.body
        assert second.headers["x-cloro-webhook-id"] == f"{identifier}-2"


def test_redelivery_after_the_last_attempt(clock):
    key = clock.minted(contract="2026-10")
    with Receiver(*[500] * 5) as receiver:
        identifier = submit(clock, key, hooked(receiver))
        settled(clock, key, 1)
        clock.advance(10_000)
        rows = settled(clock, key, 5)
        redeliver(clock, rows[0]["id"])
        assert settled(clock, key, 6)[-1]["status"] == 200
        assert len(receiver.hits) == 6
    assert clock.get(key, f"/v1/async/task/{identifier}").json()["webhook"]["delivered"] is True


def test_a_redelivery_that_succeeds_ends_the_retries(clock):
    key = clock.minted()
    with Receiver(503) as receiver:
        submit(clock, key, hooked(receiver))
        (row,) = settled(clock, key, 1)
        redeliver(clock, row["id"])
        assert [each["status"] for each in settled(clock, key, 2)] == [503, 200]
        clock.advance(10_000)
        assert len(receiver.hits) == 2


def test_a_redelivery_that_fails_leaves_the_retries_as_they_were_planned(clock):
    key = clock.minted()
    start = start_of(clock)
    with Receiver(default=503) as receiver:
        submit(clock, key, hooked(receiver))
        (row,) = settled(clock, key, 1)
        clock.advance(60)
        redeliver(clock, row["id"])
        settled(clock, key, 2)
        clock.advance(10_000)
        rows = deliveries(clock, key)
        # Five by themselves, none of them used up or added by the one that was asked for.
        times = [(moment(each["at"]) - start).total_seconds() for each in rows]
        assert times == [0, 60, 120, 360, 840, 1800] and len(receiver.hits) == 6


def test_redelivering_nothing(shared):
    for identifier in (UNKNOWN_ID, "x", "%2F", "%00"):
        assert redeliver(shared, identifier).status_code == 404, identifier


@pytest.mark.parametrize("narrowed", [True, False])
def test_a_reset_ends_what_was_to_be_delivered(clock, narrowed):
    key = clock.first_key
    gate = Gate(503)
    with Receiver(default=gate) as receiver:
        submit_batch(clock, key, [hooked(receiver)] * 20)
        receiver.wait(1)
        eventually(lambda: len(listed(clock, key, "COMPLETED")) == 20, "all done")
        clock.control("POST", "reset", status=200, **({"key": key} if narrowed else {}))
        assert deliveries(clock, key) == [] and listed(clock, key) == []
        # What is under way may end; nothing of before begins.
        eventually(lambda: receiver.at_once >= 6, "those under way")
        submit(clock, key, hooked(receiver, idempotencyKey="fresh"))
        gate.open()

        def stale():
            return [hit for hit in receiver.hits if "idempotencyKey" not in hit.json()["task"]]

        settled(clock, key, 1)
        clock.advance(10_000)
        assert [row["attempt"] for row in settled(clock, key, 5)] == [1, 2, 3, 4, 5]
        assert len(receiver.hits) - len(stale()) == 5
        assert len(stale()) <= 8


def test_a_reset_with_ten_thousand_deliveries_waiting(clock):
    key = clock.minted(requestsPerSecond=10**6, credits=10**6, concurrency=50)
    gate = Gate()
    with Receiver(default=gate) as receiver, Receiver() as good:
        for _ in range(20):
            submit_batch(clock, key, [hooked(receiver)] * 500)
        eventually(lambda: clock.balance(key) == 10**6 - 50_000, "all done")
        clock.control("POST", "reset", status=200, key=key)
        # Eight, unless filling the queue took longer than a receiver is waited for.
        sent = len(receiver.hits)
        gate.open()
        # Behind all that were forgotten.
        submit(clock, key, hooked(receiver, idempotencyKey="fresh"))
        submit(clock, key, hooked(good))
        good.wait(1, seconds=5)
        assert [row["status"] for row in settled(clock, key, 2)] == [200, 200]
        assert len(receiver.hits) == sent + 1


def test_a_removed_key_s_tasks_report_nothing_more(clock):
    key = clock.minted(progression=HOLD)
    with Receiver(default=503) as receiver:
        ids = submit_batch(clock, key, [hooked(receiver)] * 3)
        in_slots(clock, key, 3)
        drive(clock, ids[0], "complete")
        settled(clock, key, 1)
        clock.control("DELETE", f"keys/{key}", status=200)
        assert clock.advance(10_000)["fired"] == []
        assert len(receiver.hits) == 1
        assert drive(clock, ids[1], "complete").status_code == 404
