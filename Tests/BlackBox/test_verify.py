"""Verification: how many requests have come, in which order, what was never used."""

import threading

import pytest

from async_support import HOLD, submit, task
from control_support import CHATGPT, CREDITS, Background, entries, fault, stub
from receiver import Receiver
from support import UNKNOWN_KEY
from wire import RawConnection, request_bytes


def verify(double, **body):
    return double.control("POST", "verify", body)


def error(answer, status=409):
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


def matched(double, **body):
    answer = verify(double, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()["matched"]


@pytest.fixture
def asked(frozen):
    """A key with three questions, one of which is refused, and a call that is no question."""
    key = frozen.minted(credits=14)
    for text in ("First?", "Second?", "Third?"):
        frozen.ask(key, text=text)
    frozen.get(key, CREDITS)
    return key


# MARK: How many


@pytest.mark.parametrize(
    ("match", "times", "count"),
    [
        ({"path": CHATGPT}, {"exactly": 3}, 3),
        ({"path": CHATGPT, "status": 200}, {"exactly": 2}, 2),
        ({"provider": "chatgpt"}, {"atLeast": 1}, 3),
        ({"provider": "chatgpt"}, {"atLeast": 1, "atMost": 3}, 3),
        ({"status": 403}, {"atMost": 1}, 1),
        ({"prompt": "First"}, None, 1),
        ({"prompt": {"regex": "^(First|Third)"}}, {"exactly": 2}, 2),
        ({"provider": "grok"}, "never", 0),
        ({"provider": "grok"}, {"exactly": 0}, 0),
        ({}, {"exactly": 4}, 4),
    ],
)
def test_what_is_true_is_verified(frozen, asked, match, times, count):
    body = {"match": match | {"key": asked}} | ({"times": times} if times else {})
    assert matched(frozen, **body) == count


@pytest.mark.parametrize(
    ("match", "times", "expected", "count"),
    [
        ({"path": CHATGPT}, {"exactly": 2}, "exactly 2", 3),
        ({"path": CHATGPT}, {"exactly": 4}, "exactly 4", 3),
        ({"path": CHATGPT}, "never", "none", 3),
        ({"path": CHATGPT}, {"atLeast": 4}, "at least 4", 3),
        ({"path": CHATGPT}, {"atMost": 2}, "at most 2", 3),
        ({"path": CHATGPT}, {"atLeast": 4, "atMost": 9}, "4 to 9", 3),
        ({"provider": "grok"}, None, "at least 1", 0),
    ],
)
def test_what_is_not_true_names_what_there_is(frozen, asked, match, times, expected, count):
    body = {"match": match | {"key": asked}} | ({"times": times} if times else {})
    found = error(verify(frozen, **body))
    assert found["code"] == "NOT_VERIFIED"
    assert found["message"] == f"Expected {expected}, and {count} such requests have come."
    assert found["details"]["matched"] == count
    nearest = found["details"]["nearest"]
    assert 1 <= len(nearest) <= 3 and all(row["misses"] for row in nearest)


def test_an_order(frozen, asked):
    def sequence(*texts):
        return verify(frozen, sequence=[{"key": asked, "prompt": text} for text in texts])

    assert sequence("First", "Third").json() == {"matched": 2}
    assert sequence("First", "Second", "Third").json() == {"matched": 3}
    found = error(sequence("Second", "First"))
    assert found["code"] == "NOT_VERIFIED" and found["details"]["matched"] == 1
    assert found["message"] == "Expected 2 in this order, and 1 such requests have come."


def test_it_waits_for_what_may_still_come(frozen):
    key = frozen.minted()
    waits = Background(
        frozen.control, "POST", "verify",
        {"match": {"key": key}, "times": {"exactly": 2}, "timeoutMs": 20_000},
    )  # fmt: skip
    ordered = Background(
        frozen.control, "POST", "verify",
        {"sequence": [{"key": key, "path": CREDITS}, {"key": key, "path": CHATGPT}],
         "timeoutMs": 20_000},
    )  # fmt: skip
    frozen.get(key, CREDITS)
    frozen.ask(key)
    assert waits.result().json() == {"matched": 2}
    assert ordered.result().json() == {"matched": 2}
    # What can't become true any more isn't waited for.
    late = verify(frozen, match={"key": key}, times={"atMost": 1}, timeoutMs=600_000)
    assert error(late)["details"]["matched"] == 2
    assert error(verify(frozen, match={"key": key}, times={"exactly": 3}, timeoutMs=1))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "match: is missing"),
        ({"match": {}, "times": "once"}, 'times: expected "never", or an object'),
        ({"match": {}, "times": {}}, "found an empty object"),
        ({"match": {}, "times": {"exactly": -1}}, "times.exactly: expected a whole number from 0"),
        ({"match": {}, "times": {"exactly": 1, "atLeast": 1}}, "exactly excludes atLeast"),
        ({"match": {}, "times": {"atLeast": 2, "atMost": 1}}, "atLeast 2 is more than atMost 1"),
        ({"match": {}, "times": {"exatly": 1}}, 'did you mean "exactly"?'),
        ({"match": {}, "sequence": [{}]}, "match: excludes sequence"),
        ({"times": "never", "sequence": [{}]}, "times: excludes sequence"),
        ({"sequence": []}, "sequence: expected at least one match"),
        ({"sequence": [{"pth": "/"}]}, "sequence[0].pth: unknown member"),
        ({"match": {"provider": "chatgtp"}}, 'did you mean "chatgpt"?'),
        ({"match": {"prompt": {"regex": "("}}}, "match.prompt"),
        ({"match": {}, "timeoutMs": -1}, "timeoutMs: expected a whole number from 0 to 600000"),
        ({"match": {}, "tims": "never"}, 'did you mean "times"?'),
    ],
)
def test_what_can_t_be_verified_is_refused(frozen, body, expected):
    assert expected in error(verify(frozen, **body), 400)["message"]


def test_an_unknown_key_and_a_journal_that_is_off(frozen, double):
    error(verify(frozen, match={"key": UNKNOWN_KEY}), 404)
    assert error(verify(double("--journal-entries", "0"), match={}))["code"] == "CONFLICT"


# MARK: What was dropped


def test_what_was_dropped_makes_it_unknown(double):
    one = double("--journal-entries", "10")
    key, other = one.minted(), one.minted()
    one.get(key, CREDITS)
    for _ in range(20):
        one.get(other, CREDITS)
    for body in (
        {"match": {}}, {"match": {"key": other}}, {"match": {"status": 200}, "times": "never"},
        {"sequence": [{"status": 403}, {"status": 200}]}, {"match": {"key": key}},
    ):  # fmt: skip
        found = error(verify(one, **body))
        assert found["code"] == "UNKNOWN" and "matched" not in found["details"], body
    # Of refusals none was dropped, and of another organization neither.
    assert matched(one, match={"status": 403}, times="never") == 0
    assert matched(one, match={"key": one.minted()}, times="never") == 0
    one.control("DELETE", "journal", status=200)
    one.get(key, CREDITS)
    assert matched(one, match={}, times={"exactly": 1}) == 1
    one.control("POST", "reset", status=200, key=key)
    assert matched(one, match={"key": key}, times="never") == 0


# MARK: Under load


@pytest.mark.parametrize("rounds", [200])
def test_what_was_answered_is_always_counted(shared, rounds):
    # Each with a connection of its own, and every other one with a new one each time. (A client
    # that threads share may close a connection that another thread has just taken.)
    clients, failures = 64, []
    barrier = threading.Barrier(clients + 1)
    key = shared.minted(requestsPerSecond=1_000_000)
    request = request_bytes("GET", CREDITS, key)

    def ask(connection):
        connection.send(request)
        assert connection.answer().status == 200

    def client(keeps):
        try:
            with RawConnection(shared.port) as kept:
                for _ in range(rounds):
                    barrier.wait(60)
                    if keeps:
                        ask(kept)
                    else:
                        with RawConnection(shared.port) as one:
                            ask(one)
                    barrier.wait(60)
        except BaseException as problem:
            failures.append(problem)
            barrier.abort()

    threads = [threading.Thread(target=client, args=[number % 2]) for number in range(clients)]
    for thread in threads:
        thread.start()
    for _ in range(rounds):
        try:
            barrier.wait(60)
            barrier.wait(60)
        except threading.BrokenBarrierError:
            break
        # All have their answers, and may ask again already only after the next wait.
        assert matched(shared, match={"key": key}, times={"exactly": clients}) == clients
        shared.control("DELETE", "journal", status=200, key=key)
    for thread in threads:
        thread.join()
    assert not failures, failures[0]


# MARK: What was never used


def unused(double, **query):
    return double.http.get("/_mock/unused", params=query).json()["unused"]


def test_what_never_struck(frozen):
    key, other = frozen.minted(), frozen.minted()
    used = fault(frozen, {"kind": "status", "status": 503}, key, times=1)
    left = fault(frozen, {"kind": "status", "status": 502}, key, {"provider": "grok"})
    answer = stub(frozen, key, {"prompt": "laptop"}, result={"text": "Acme"})
    idle = stub(frozen, key, {"prompt": "phone"}, result={"text": "Acme"})
    fault(frozen, "empty_response", other)
    assert [row["id"] for row in unused(frozen, key=key)] == [
        used["id"], left["id"], answer["id"], idle["id"],
    ]  # fmt: skip
    assert frozen.ask(key).status_code == 503 and frozen.ask(key).status_code == 200
    rows = unused(frozen, key=key)
    assert [(row["kind"], row["id"]) for row in rows] == [
        ("fault", left["id"]), ("stub", idle["id"]),
    ]  # fmt: skip
    assert rows[0]["fault"] == {"kind": "status", "status": 502}
    assert len(unused(frozen)) >= 3
    assert frozen.http.get("/_mock/unused", params={"key": UNKNOWN_KEY}).status_code == 404


def test_a_match_that_doesn_t_strike_is_no_use(frozen):
    key = frozen.minted()
    fault(frozen, "empty_response", key, {"nth": 2})
    frozen.ask(key)
    assert len(unused(frozen, key=key)) == 1


def test_a_strict_double_answers_what_a_stub_answers(double):
    one = double("--strict")
    key = one.first_key
    stub(one, key, {"prompt": "laptop"}, result={"text": "Acme"})
    assert one.ask(key).status_code == 200
    refused = one.ask(key, text="Which phone?")
    assert refused.status_code == 503 and refused.json()["error"]["code"] == "NO_STUB"
    assert refused.headers["x-credits-charged"] == "0" and one.running(key) == 0
    assert entries(one, status=503)[0]["reason"].startswith("stub: none answers the question")
    submit(one, key)
    failing = submit(one, key, task(text="Which phone?"))
    answer = one.control(
        "POST", "tasks/await", {"match": {"key": key, "taskId": failing, "status": "FAILED"}},
        status=200,
    )  # fmt: skip
    assert len(answer.json()["tasks"]) == 1
    assert one.get(key, f"/v1/async/task/{failing}").json()["response"]["error"]["code"] == (
        "NO_STUB"
    )
    assert one.balance(key) == 250_000 - 7 - 5


# MARK: Waiting for tasks and webhooks


def test_tasks_are_awaited(frozen):
    key = frozen.minted(progression=HOLD)
    one, two = submit(frozen, key), submit(frozen, key)
    body = {"match": {"key": key, "status": "COMPLETED"}, "count": 2, "timeoutMs": 20_000}
    waits = Background(frozen.control, "POST", "tasks/await", body)
    for each in (one, two):
        frozen.control("POST", f"tasks/{each}/complete", {}, status=200)
    found = waits.result().json()["tasks"]
    assert [row["id"] for row in found] == [one, two]
    late = frozen.control(
        "POST", "tasks/await", {"match": {"key": key, "status": "FAILED"}, "timeoutMs": 0}
    )
    problem = error(late, 408)
    assert problem["message"] == "0 of 1 such tasks came in time."
    assert problem["details"]["nearest"][0]["misses"] == [
        "status: expected FAILED, was COMPLETED"
    ]
    for body, status in (
        ({"match": {"key": UNKNOWN_KEY}}, 404), ({"match": {"status": "DONE"}}, 400), ({}, 400),
        ({"match": {}, "count": 0}, 400), ({"match": {"id": one}}, 400),
    ):  # fmt: skip
        assert frozen.control("POST", "tasks/await", body).status_code == status, body


def test_webhooks_are_awaited(frozen):
    key = frozen.minted(webhookMode="collect", progression={"mode": "immediate"})
    body = {"match": {"key": key}, "count": 2, "timeoutMs": 20_000}
    waits = Background(frozen.control, "POST", "webhooks/await", body)
    ids = [submit(frozen, key, task(webhook={"url": "http://127.0.0.1:9/"})) for _ in range(2)]
    assert [row["taskId"] for row in waits.result().json()["webhooks"]] == ids
    late = frozen.control(
        "POST", "webhooks/await", {"match": {"key": key, "delivered": True}, "timeoutMs": 0}
    )
    problem = error(late, 408)
    assert problem["details"]["nearest"][0]["misses"] == [
        "delivered: expected true, the receiver's status was none"
    ]
    for body, status in (
        ({"match": {"key": UNKNOWN_KEY}}, 404), ({"match": {"status": 99}}, 400), ({}, 400),
        ({"match": {"delivered": "yes"}}, 400),
    ):  # fmt: skip
        assert frozen.control("POST", "webhooks/await", body).status_code == status, body


def test_a_webhook_that_is_delivered_is_awaited(shared):
    key = shared.minted(progression={"mode": "immediate"})
    with Receiver() as receiver:
        one = submit(shared, key, task(webhook={"url": receiver.url}))
        body = {"match": {"taskId": one, "delivered": True, "status": 200}, "timeoutMs": 20_000}
        (found,) = shared.control("POST", "webhooks/await", body, status=200).json()["webhooks"]
    assert found["taskId"] == one
