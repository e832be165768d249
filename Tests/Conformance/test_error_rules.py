"""How refusals and failures are worded, and what identifies an answer."""

import pytest

from api import IDENTITY, RATE, code, documented, exact
from description import is_uuid
from operations import NOBODY
from rules import JULY, OCTOBER, rule
from support import TIMESTAMP


def refusals(api):
    """One of each refusal that needs no fault, by its code."""
    key = api.mint(concurrency=0, queueLimit=0)
    yield api.ask(None)
    yield api.ask(api.mint(credits=0))
    yield api.get(key, "/v1/nothing")
    yield api.get(key, f"/v1/async/task/{NOBODY}")
    yield api.ask(key)
    yield api.submit(key)
    taken = api.mint()
    yield [api.submit(taken, idempotencyKey="x") for _ in range(2)][1]
    limited = api.mint(requestsPerSecond=1)
    yield [api.get(limited, "/v1/countries") for _ in range(2)][1]
    yield api.ask(key, text="")


@rule("errors.member-order", "errors.timestamp")
@rule("errors.object-envelope", only=JULY)
@rule("errors.single-envelope", only=OCTOBER)
def test_envelopes(api):
    codes = set()
    for answer in refusals(api):
        whole = answer.json()
        if isinstance(whole["error"], str):
            assert api.is_july and list(whole) == ["success", "error", "details"]
            continue
        error = whole["error"]
        codes.add(error["code"])
        assert list(error) in (
            ["code", "message", "timestamp"], ["code", "message", "details", "timestamp"],
        )  # fmt: skip
        assert TIMESTAMP.fullmatch(error["timestamp"])
        success = not api.is_july or error["code"] == "QUEUE_LIMIT_EXCEEDED"
        assert list(whole) == (["success", "error"] if success else ["error"])
        assert whole.get("success", False) is False
    assert len(codes) == (7 if api.is_july else 8), codes


@rule("errors.clock")
def test_the_timestamp_is_the_double_s_time(start):
    api = start()
    api.double.control("PUT", "clock", {"now": "2031-02-03T04:05:06.007Z"}, status=200)
    assert api.ask(None).json()["error"]["timestamp"] == "2031-02-03T04:05:06.007Z"
    api.advance(0.1)
    error = api.get(api.mint(), "/v1/x").json()["error"]
    assert error["timestamp"] == "2031-02-03T04:05:06.107Z"


@rule("errors.internal", "errors.retries-exhausted", "errors.canceled")
def test_failures_that_are_not_the_client_s(api):
    key = api.mint()
    used_up = "Maximum retries exceeded"
    canceled = "Request was canceled" + ("" if api.is_july else " by client")
    for status, wanted, expected in [
        (500, {}, api.envelope("INTERNAL_SERVER_ERROR", "Internal server error")),
        (500, {"message": used_up}, api.envelope("INTERNAL_SERVER_ERROR", used_up, kind="text")),
        (499, {}, api.envelope("REQUEST_CANCELED", canceled, kind="text")),
    ]:
        with api.fault(key, kind="status", status=status, **wanted):
            answer = api.ask(key)
        assert (answer.status_code, exact(answer)) == (status, expected)


@rule("errors.attempt-window")
def test_an_attempt_has_five_minutes(api):
    key = api.mint(latency="300s", concurrency=2)
    (held,) = api.hold(key)
    api.double.patch(key, latency="301s")
    (late,) = api.hold(key)
    api.advance(300)
    assert held.answer().status == 200
    answer = late.answer()
    text = "Maximum timeout (5 minutes) exceeded"
    expected = api.envelope("INTERNAL_SERVER_ERROR", text, kind="text")
    assert (answer.status, exact(answer)) == (500, expected)
    assert api.double.running(key) == 0
    assert api.double.balance(key) == 250_000 - 7


@rule("errors.external", only=JULY)
def test_a_service_behind_the_api_fails(api):
    key = api.mint()
    with api.fault(key, kind="status", status=502):
        answer = api.ask(key)
    assert answer.status_code == 502 and list(answer.json()) == ["error"]
    error = answer.json()["error"]
    assert list(error) == ["code", "message", "details", "timestamp"]
    assert error["code"] == "EXTERNAL_SERVICE_ERROR" and list(error["details"]) == ["service"]
    assert error["message"] == f"External service error: {error['details']['service']}"


@rule("errors.unavailable", "headers.request-id", only=OCTOBER)
@pytest.mark.parametrize("path", ["/v1/countries", "/v1/credits"])
def test_an_unavailable_service(api, path):
    key = api.mint()
    with api.fault(key, kind="status", status=503, retryAfter=7):
        answer = api.get(key, path)
    assert code(answer) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "7"
    assert list(answer.json()) == ["success", "error"]
    assert documented(answer) == RATE | IDENTITY


@rule("headers.request-id", "headers.latency", only=OCTOBER)
def test_every_answer_is_identified(api):
    answers = [*refusals(api), api.ask(api.mint()), api.goto(api.mint(), "x")]
    assert all(IDENTITY <= documented(each) for each in answers)
    ids = [each.headers["x-request-id"] for each in answers]
    assert all(is_uuid(each) for each in ids) and len(set(ids)) == len(ids)
    assert {each.headers["x-latency-ms"] for each in answers} == {"0"}
    key = api.mint(latency="3420ms")
    (held,) = api.hold(key)
    api.advance(4)
    assert held.answer().headers["x-latency-ms"] == "3420"
    entry = api.double.ledger(key)["entries"][-1]
    assert is_uuid(entry["requestId"])


@rule("headers.no-identity", only=JULY)
def test_no_answer_is_identified(api):
    for answer in (*refusals(api), api.ask(api.mint())):
        assert not IDENTITY & documented(answer)


@rule("async.failure-response")
def test_a_failed_task_s_error_is_shorter(api):
    key = api.mint(progression="hold")
    id = api.submitted(key)
    api.drive(id, "fail", {"code": "EXTERNAL_SERVICE_ERROR", "message": "Nobody home"})
    assert api.read(key, id)["response"] == {
        "error": {"code": "EXTERNAL_SERVICE_ERROR", "message": "Nobody home"}
    }
