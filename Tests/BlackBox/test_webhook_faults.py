"""Faults that strike webhooks: not sent, sent twice, out of order, wrongly signed, out of date."""

import time

import pytest

from async_support import charges, deliveries, finished, hooked, settled, submit
from receiver import Receiver, verify
from support import eventually

SECRET = "whsec_test"


def fault(double, key, kind, match=None, times=1, **members):
    body = {"match": {"key": key, **(match or {})}, "fault": {"kind": kind, **members}}
    if times:
        body["times"] = times
    return double.control("POST", "faults", body, status=201).json()["id"]


def seen(double, key):
    rows = double.control("GET", "faults", status=200, key=key).json()["faults"]
    return [row["seen"] for row in rows]


def numbers(double, key):
    return [(row["attempt"], row["status"]) for row in deliveries(double, key)]


def test_a_dropped_attempt_is_logged_as_failed_and_tried_again(clock):
    key = clock.minted(webhookSecret=SECRET)
    named = fault(clock, key, "webhook_drop", times=2)
    with Receiver() as receiver:
        submit(clock, key, hooked(receiver))
        (row,) = settled(clock, key, 1)
        assert (row["status"], row["error"]) == (None, f"dropped by the fault {named}")
        (fired,) = clock.advance(120)["fired"]
        assert (fired["kind"], fired["id"]) == ("delivery", row["id"])
        assert receiver.hits == []
        clock.advance(240)
        (hit,) = receiver.wait(1)
    assert [row["attempt"] for row in settled(clock, key, 3)] == [1, 2, 3]
    assert hit.headers["x-cloro-webhook-id"] == f"{hit.task}-3"
    assert verify(SECRET, hit)
    # The task itself is as well as any.
    assert (len(charges(clock, key)), clock.running(key)) == (1, 0)


def test_dropping_every_attempt_ends_with_the_plan(clock):
    key = clock.minted()
    fault(clock, key, "webhook_drop", times=None)
    with Receiver() as receiver:
        submit(clock, key, hooked(receiver))
        fired = clock.advance(3600)["fired"]
        assert [each["kind"] for each in fired] == ["delivery"] * 4
        assert len(settled(clock, key, 5)) == 5
        assert clock.advance(3600)["fired"] == [] and receiver.hits == []


def test_a_duplicate_is_the_very_same_request(clock):
    key = clock.minted(webhookSecret=SECRET)
    fault(clock, key, "webhook_duplicate")
    with Receiver() as receiver:
        submit(clock, key, hooked(receiver))
        first, second = receiver.wait(2)
        assert (first.headers, first.body) == (second.headers, second.body)
        assert first.headers["x-cloro-webhook-id"].endswith("-1") and verify(SECRET, second)
        rows = settled(clock, key, 2)
        assert rows[0]["headers"] == rows[1]["headers"]
        assert [(row["attempt"], row["status"]) for row in rows] == [(1, 200)] * 2
        assert clock.advance(10_000)["fired"] == [] and len(receiver.hits) == 2


def test_a_duplicate_counts_for_no_retry(clock):
    key = clock.minted()
    fault(clock, key, "webhook_duplicate")
    with Receiver(default=500) as receiver:
        submit(clock, key, hooked(receiver))
        settled(clock, key, 2)
        assert len(clock.advance(120)["fired"]) == 1
        settled(clock, key, 3)
        assert len(clock.advance(3600)["fired"]) == 3
        rows = settled(clock, key, 6)
    assert [row["attempt"] for row in rows] == [1, 1, 2, 3, 4, 5]


def test_a_duplicate_that_arrives_ends_the_delivery(clock):
    key = clock.minted()
    fault(clock, key, "webhook_duplicate")
    with Receiver(500) as receiver:
        identifier = submit(clock, key, hooked(receiver))
        settled(clock, key, 2)
        assert clock.advance(10_000)["fired"] == []
    assert numbers(clock, key) == [(1, 500), (1, 200)]
    assert clock.get(key, f"/v1/async/task/{identifier}").status_code == 200


def test_a_reordered_one_goes_after_the_next(clock):
    key = clock.minted(webhookSecret=SECRET)
    fault(clock, key, "webhook_reorder")
    with Receiver() as receiver:
        first = submit(clock, key, hooked(receiver))
        finished(clock, key, first)
        # Held: nothing is logged, and an advance doesn't wait for it.
        assert clock.advance(59)["fired"] == [] and deliveries(clock, key) == []
        second = submit(clock, key, hooked(receiver))
        hits = receiver.wait(2)
        assert [hit.task for hit in hits] == [second, first]
        assert [hit.headers["x-cloro-webhook-id"] for hit in hits] == [f"{second}-1", f"{first}-1"]
        assert all(verify(SECRET, hit) for hit in hits)
        settled(clock, key, 2)
        assert clock.advance(10_000)["fired"] == [] and len(receiver.hits) == 2


def test_a_reordered_one_waits_a_minute_at_most(clock):
    key, other = clock.minted(), clock.minted()
    fault(clock, key, "webhook_reorder")
    with Receiver() as receiver:
        first = submit(clock, key, hooked(receiver))
        finished(clock, key, first)
        # Another organization's webhook is no next one.
        submit(clock, other, hooked(receiver))
        settled(clock, other, 1)
        assert clock.advance(59)["fired"] == [] and len(receiver.hits) == 1
        (fired,) = clock.advance(1)["fired"]
        assert [hit.task for hit in receiver.hits][1:] == [first]
        (row,) = settled(clock, key, 1)
        assert (fired["kind"], fired["id"]) == ("delivery", row["id"])


def test_of_several_that_are_held_none_is_the_next(clock):
    key = clock.minted()
    fault(clock, key, "webhook_reorder", times=2)
    with Receiver() as receiver:
        ids = [submit(clock, key, hooked(receiver)) for _ in range(2)]
        for each in ids:
            finished(clock, key, each)
        assert clock.advance(1)["fired"] == [] and receiver.hits == []
        ids.append(submit(clock, key, hooked(receiver)))
        hits = receiver.wait(3)
        assert hits[0].task == ids[2] and {hit.task for hit in hits[1:]} == set(ids[:2])
        settled(clock, key, 3)


def test_what_is_held_goes_with_its_organization(clock):
    key = clock.minted()
    fault(clock, key, "webhook_reorder")
    with Receiver() as receiver:
        finished(clock, key, submit(clock, key, hooked(receiver)))
        clock.control("POST", "reset", key=key, status=200)
        assert clock.advance(100)["fired"] == []
        submit(clock, key, hooked(receiver))
        receiver.wait(1)
        settled(clock, key, 1)
        clock.advance(100)
        assert len(receiver.hits) == 1


def test_a_stop_waits_for_nothing_that_is_held(double):
    one = double("--clock", "manual")
    key = one.minted()
    fault(one, key, "webhook_reorder")
    with Receiver() as receiver:
        finished(one, key, submit(one, key, hooked(receiver)))
        started = time.monotonic()
        assert one.stop() == 0 and time.monotonic() - started < 3
        assert receiver.hits == []


def test_a_bad_signature_is_well_formed_and_wrong(clock):
    key = clock.minted(webhookSecret=SECRET)
    fault(clock, key, "webhook_bad_signature")
    with Receiver(401) as receiver:
        submit(clock, key, hooked(receiver))
        settled(clock, key, 1)
        clock.advance(120)
        bad, good = receiver.wait(2)
        settled(clock, key, 2)
    assert len(bad.headers["x-cloro-signature"]) == len("v1=") + 64
    assert bad.headers["x-cloro-webhook-id"].endswith("-1")
    assert not verify(SECRET, bad) and verify(SECRET, good)


@pytest.mark.parametrize(("seconds", "age"), [(None, 600), (301, 301)])
def test_a_stale_timestamp_is_signed_rightly(clock, seconds, age):
    key = clock.minted(webhookSecret=SECRET)
    fault(clock, key, "webhook_stale_timestamp", **({"seconds": seconds} if seconds else {}))
    with Receiver() as receiver:
        submit(clock, key, hooked(receiver))
        (hit,) = receiver.wait(1)
        settled(clock, key, 1)
    assert abs(time.time() - age - int(hit.headers["x-cloro-timestamp"])) < 10
    assert not verify(SECRET, hit) and verify(SECRET, hit, tolerance=age + 20)


def test_without_a_secret_there_is_nothing_to_spoil(clock):
    key = clock.minted()
    fault(clock, key, "webhook_bad_signature")
    fault(clock, key, "webhook_stale_timestamp")
    with Receiver() as receiver:
        submit(clock, key, hooked(receiver))
        (hit,) = receiver.wait(1)
        settled(clock, key, 1)
    assert not [name for name in hit.headers if name.startswith("x-cloro")]
    assert seen(clock, key) == [0, 0]


def test_a_duplicate_may_have_a_bad_signature(clock):
    key = clock.minted(webhookSecret=SECRET)
    fault(clock, key, "webhook_duplicate")
    fault(clock, key, "webhook_bad_signature")
    with Receiver() as receiver:
        submit(clock, key, hooked(receiver))
        hits = receiver.wait(2)
        settled(clock, key, 2)
    assert not any(verify(SECRET, hit) for hit in hits) and hits[0].headers == hits[1].headers


def test_what_a_webhook_s_fault_matches(clock):
    key = clock.minted()
    fault(clock, key, "webhook_drop", {"provider": "grok", "prompt": {"regex": "tents?$"}})
    fault(clock, key, "webhook_drop", {"provider": "copilot", "path": "/v1/async/*"})
    fault(clock, key, "webhook_drop", {"path": "/v1/async/task", "nth": 4})
    with Receiver() as receiver:
        for kind, text in (("GEMINI", "tent"), ("GROK", "boots"), ("GROK", "tents"),
                           ("GROK", "tent"), ("GEMINI", "a")):  # fmt: skip
            count = len(deliveries(clock, key))
            submit(clock, key, hooked(receiver, kind=kind, text=text))
            eventually(lambda: len(deliveries(clock, key)) == count + 1, "the attempt")
        rows = settled(clock, key, 5)
    assert [row["error"] is None for row in rows] == [True, True, False, True, False]
    assert seen(clock, key) == [2, 0, 4]


def test_by_hand_and_collected_ones_are_left_alone(clock):
    key = clock.minted(webhookMode="collect")
    fault(clock, key, "webhook_drop")
    with Receiver() as receiver:
        submit(clock, key, hooked(receiver))
        eventually(lambda: len(deliveries(clock, key)) == 1, "the collected one")
        clock.patch(key, webhookMode="deliver")
        assert seen(clock, key) == [0] and receiver.hits == []
        submit(clock, key, hooked(receiver))
        eventually(lambda: len(deliveries(clock, key)) == 2, "the dropped one")
        identifier = deliveries(clock, key)[1]["id"]
        clock.control("POST", f"webhooks/{identifier}/redeliver", status=200)
        receiver.wait(1)
    assert seen(clock, key) == [1]


def test_a_probability_depends_on_the_delivery_alone(double):
    outcomes = []
    for _ in range(2):
        one = double("--clock", "manual", "--seed", "5")
        key = one.minted()
        body = {"match": {"key": key}, "fault": {"kind": "webhook_drop"}, "probability": 0.5}
        one.control("POST", "faults", body, status=201)
        with Receiver() as receiver:
            ids = [submit(one, key, hooked(receiver)) for _ in range(24)]
            settled(one, key, 24)
            dropped = {row["taskId"] for row in deliveries(one, key) if row["error"]}
        outcomes.append([each in dropped for each in ids])
    assert outcomes[0] == outcomes[1] and 3 < sum(outcomes[0]) < 21


def test_other_faults_never_strike_a_webhook(clock):
    key = clock.minted()
    fault(clock, key, "connection_reset", {"path": "/v1/async/task", "nth": 2})
    with Receiver() as receiver:
        submit(clock, key, hooked(receiver))
        receiver.wait(1)
        settled(clock, key, 1)
    # The submission was its first; the webhook didn't count.
    assert seen(clock, key) == [1]
