"""Slots: who has them, for how long, and what the answers say of them."""

import pytest

from api import body, code, exact
from rules import JULY, OCTOBER, rule
from support import path_of
from wire import RawConnection, request_bytes


def finish(api, held, seconds=10):
    """Lets the time pass that held questions take."""
    api.advance(seconds)
    return [each.answer() for each in held]


def names(api):
    return (429, "CONCURRENT_LIMIT_EXCEEDED" if api.is_july else "CONCURRENCY_LIMIT_EXCEEDED")


@rule("concurrency.hard-limit", "concurrency.refusal-numbers", "rate-limit.no-retry-after")
@pytest.mark.parametrize("slots", [0, 1, 5])
def test_one_more_than_the_slots_is_refused_at_once(api, slots):
    key = api.mint(concurrency=slots, latency="10s")
    held = api.hold(key, slots)
    # Time stands still: whoever is answered didn't wait.
    answer = api.ask(key)
    assert code(answer) == names(api)
    assert api.slots(answer) == (slots, slots + 1, 0)
    assert "retry-after" not in answer.headers
    assert {each.status for each in finish(api, held)} <= {200}
    assert api.double.running(key) == 0


@rule("concurrency.refusal", only=JULY)
@rule("concurrency.refusal-october", only=OCTOBER)
def test_the_refusal(api):
    answer = api.ask(api.mint(concurrency=0))
    message = "Concurrent limit exceeded" if api.is_july else "Concurrency limit exceeded"
    assert exact(answer) == api.envelope(names(api)[1], message, {"limit": 0})
    if api.is_july:
        assert answer.headers["x-credits-charged"] == "0"


@rule("concurrency.counts-itself")
def test_current_counts_the_request_itself(api):
    key = api.mint(concurrency=4, latency="10s")
    answers = finish(api, api.hold(key, 4))
    assert [api.slots(each) for each in answers] == [(4, 1, 3), (4, 2, 2), (4, 3, 1), (4, 4, 0)]


@rule("concurrency.organization", "concurrency.all-endpoints", "concurrency.status")
def test_whose_the_slots_are(api):
    first = api.double.mint(contract=api.revision, concurrency=2, latency="10s")
    key, second = first["key"], api.double.minted(organization=first["organization"])
    stranger = api.mint(concurrency=1)
    held = api.hold(key, 1, "google") + api.hold(second, 1, "gemini")
    for each in (key, second):
        assert code(api.ask(each, "aimode")) == names(api)
        status = api.get(each, "/v1/async/status").json()
        assert status["concurrency"] == {"used": 2, "max": 2}
        assert status["processingTasks"] == 0
    assert api.ask(stranger).status_code == 200
    answers = finish(api, held)
    assert [(each.status, api.slots(each)) for each in answers] == [
        (200, (2, 1, 1)), (200, (2, 2, 0)),
    ]  # fmt: skip
    assert api.get(key, "/v1/async/status").json()["concurrency"] == {"used": 0, "max": 2}
    # The balance is theirs together as well.
    assert api.double.balance(key) == api.double.balance(second) == 250_000 - 5 - 6


@rule("concurrency.shared-with-tasks", "concurrency.tasks-queue", "async.fills-slots")
def test_tasks_and_questions_share_the_slots(api):
    key = api.mint(concurrency=2, progression="hold")
    first, second, third = (api.submitted(key, "grok") for _ in range(3))
    assert [api.status(key, id) for id in (first, second, third)] == [
        "PROCESSING", "PROCESSING", "QUEUED",
    ]  # fmt: skip
    answer = api.ask(key)
    assert code(answer) == names(api) and api.slots(answer) == (2, 3, 0)
    api.drive(first, "complete")
    assert api.status(key, third) == "PROCESSING"
    api.drive(second, "fail")
    # A queued task holds nothing: the free slot is a question's.
    assert api.slots(api.ask(key)) == (2, 2, 0)


@rule("concurrency.tasks-queue", "concurrency.shared-with-tasks")
def test_a_running_question_keeps_a_task_waiting(api):
    key = api.mint(concurrency=1, latency="10s")
    held = api.hold(key)
    id = api.submitted(key)
    assert api.status(key, id) == "QUEUED"
    assert [each.status for each in finish(api, held)] == [200]
    api.advance(10)
    assert api.status(key, id) == "COMPLETED"


@rule("concurrency.plan-change")
def test_a_bigger_plan_holds_at_once(api):
    key = api.mint(plan="free", latency="10s")
    held = api.hold(key)
    assert code(api.ask(key)) == names(api)
    api.double.patch(key, plan="lite")
    held += api.hold(key)
    assert [api.slots(each) for each in finish(api, held)] == [(1, 1, 0), (10, 2, 8)]


@rule("concurrency.downgrade", "concurrency.plan-change")
def test_a_smaller_plan_lets_the_running_go_on(api):
    key = api.mint(concurrency=3, latency="10s")
    held = api.hold(key, 3)
    api.double.patch(key, concurrency=1)
    answer = api.ask(key)
    assert code(answer) == names(api)
    # As of any refusal, though more are at work.
    assert api.slots(answer) == (1, 2, 0)
    assert answer.json()["error"]["details"] == {"limit": 1}
    status = api.get(key, "/v1/async/status").json()
    assert status["concurrency"] == {"used": 3, "max": 1}
    if api.is_july:
        assert api.slots(api.post(key, path_of("grok"), {}))[2] == 0
    assert {each.status for each in finish(api, held)} == {200}
    assert api.slots(finish(api, api.hold(key))[0]) == (1, 1, 0)


@rule("concurrency.plan-change", "concurrency.downgrade", "async.fills-slots")
def test_a_plan_change_and_the_tasks(api):
    key = api.mint(concurrency=1, progression="hold")
    ids = [api.submitted(key) for _ in range(6)]

    def running():
        return [id for id in ids if api.status(key, id) == "PROCESSING"]

    assert running() == ids[:1]
    api.double.patch(key, concurrency=4)
    assert running() == ids[:4]
    for _ in range(3):
        # What changes nothing of the slots starts nobody.
        api.double.patch(key, addCredits=1)
    assert running() == ids[:4]
    api.double.patch(key, plan="free", concurrency=2)
    assert api.get(key, "/v1/async/status").json()["concurrency"] == {"used": 4, "max": 2}
    for id in ids[:2]:
        api.drive(id, "complete")
    assert running() == ids[2:4]
    api.drive(ids[2], "complete")
    assert running() == ids[3:5]


@rule("concurrency.released-with-answer")
def test_the_slot_is_kept_until_the_last_byte(api):
    key = api.mint(concurrency=1)
    with api.fault(key, path_of("grok"), kind="slow_body", duration="2s", chunks=2):
        (held,) = api.hold(key, provider="grok")
        api.advance(1)
        assert held.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        assert code(api.ask(key)) == names(api)
        api.advance(1)
        held.until(b"0\r\n\r\n")
    assert api.ask(key).status_code == 200


@rule("concurrency.released-with-answer")
def test_one_question_after_the_other_needs_one_slot(api):
    key = api.mint(concurrency=1)
    for _ in range(60):
        # Each over a connection of its own, so that another event loop may serve it.
        with RawConnection(api.double.port) as connection:
            connection.send(request_bytes("POST", path_of("grok"), key, body("grok")))
            assert connection.answer().status == 200
    assert api.double.running(key) == 0
