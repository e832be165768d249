"""Reports of finished tasks to a receiver."""

import hashlib
import hmac
import time

import pytest

from api import body
from receiver import Gate, answer_of, never, verify
from rules import JULY, OCTOBER, rule
from support import TIMESTAMP, eventually

SIGNED = {"x-cloro-timestamp", "x-cloro-signature", "x-cloro-webhook-id"}
# A redirect that could be followed.
ELSEWHERE = {status: answer_of(status, b"", "Location: /elsewhere") for status in range(300, 309)}


def submit(api, key, receiver, text="What is the best laptop?", **members):
    payload = body("grok", text)
    return api.submitted(key, "grok", payload, webhook={"url": receiver.url}, **members)


def delivered(api, key, count):
    """The attempts that are over."""

    def over():
        rows = api.double.control("GET", "webhooks", status=200, key=key).json()["webhooks"]
        rows = [each for each in rows if each["status"] or each["error"]]
        return rows if len(rows) >= count else None

    return eventually(over, f"{count} attempts")


@rule("webhooks.trigger", "webhooks.body", "webhooks.handler", "webhooks.unsigned")
def test_the_report(api, receiver):
    key = api.mint(progression="hold")
    done, failed = submit(api, key, receiver), submit(api, key, receiver)
    api.drive(done, "complete")
    delivered(api, key, 1)
    api.drive(failed, "fail")
    delivered(api, key, 2)
    assert [each.json()["task"]["status"] for each in receiver.hits] == ["COMPLETED", "FAILED"]
    for hit, id in zip(receiver.hits, (done, failed), strict=True):
        assert hit.path == "/hook" and hit.headers["content-type"].startswith("application/json")
        assert not SIGNED & set(hit.headers)
        read = api.read(key, id)
        read.pop("webhook", None)
        assert hit.json() == read
        assert list(hit.json()) == ["task", "credits", "response"]
    whole = receiver.hits[0].json()
    assert whole["task"]["id"] == done and whole["response"]["text"]


@rule("webhooks.signature", "webhooks.attempt-id", "webhooks.timestamp")
@pytest.mark.parametrize("text", ["What is the best laptop?", 'Größe 😀 \u0000 " \\'])
def test_the_signature(api, receiver, text):
    secret = "whsec_5f4dcc3b5aa765d61d8327deb882cf99"
    key = api.mint(progression="immediate", webhookSecret=secret)
    id = submit(api, key, receiver, text)
    (hit,) = receiver.wait(1)
    stamp = hit.headers["x-cloro-timestamp"]
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + hit.body, hashlib.sha256)
    assert hmac.compare_digest(hit.headers["x-cloro-signature"], "v1=" + mac.hexdigest())
    assert hit.headers["x-cloro-webhook-id"] == f"{id}-1"
    # The double's clock stands still elsewhere.
    assert abs(time.time() - int(stamp)) < 60


@rule("webhooks.timestamp")
def test_the_timestamp_is_the_wall_s_whatever_the_clock_says(start, receiver):
    api = start()
    api.double.control("PUT", "clock", {"now": "2040-01-01T00:00:00.000Z"}, status=200)
    key = api.mint(progression="immediate", webhookSecret="whsec_0")
    submit(api, key, receiver)
    (hit,) = receiver.wait(1)
    assert abs(time.time() - int(hit.headers["x-cloro-timestamp"])) < 60
    assert hit.json()["task"]["createdAt"] == "2040-01-01T00:00:00.000Z"


@rule("webhooks.retries", "webhooks.retry-times", "webhooks.delivered", "webhooks.attempt-id")
@rule("webhooks.block", only=OCTOBER)
def test_a_receiver_that_always_fails(api, receiver):
    receiver.answers, receiver.default = [500, 404, ELSEWHERE[302]], 503
    key = api.mint(progression="immediate", webhookSecret="whsec_0")
    id = submit(api, key, receiver)
    for count, pause in enumerate((120, 240, 480, 960), start=1):
        delivered(api, key, count)
        api.advance(pause - 1)
        assert len(receiver.hits) == count
        api.advance(1)
        assert len(receiver.wait(count + 1)) == count + 1
    delivered(api, key, 5)
    api.advance(7200)
    assert len(receiver.hits) == 5
    ids = [hit.headers["x-cloro-webhook-id"] for hit in receiver.hits]
    assert ids == [f"{id}-{number}" for number in range(1, 6)]
    assert len({hit.body for hit in receiver.hits}) == 1
    assert all(verify("whsec_0", hit) for hit in receiver.hits)
    if not api.is_july:
        block = {"url": receiver.url, "deliveredAt": None, "delivered": False}
        assert api.read(key, id)["webhook"] == block


@rule("webhooks.delivered", "webhooks.retries", "webhooks.no-redirects")
@rule("webhooks.block", only=OCTOBER)
@rule("webhooks.no-block", only=JULY)
@pytest.mark.parametrize(
    "statuses",
    [[200], [202], [204], [226], [503, 503, 201], [307, 299], [300, 301, 303, 304, 200],
     [308, 404, 500, 200]],
)  # fmt: skip
def test_a_2xx_ends_the_delivery(api, receiver, statuses):
    receiver.answers = [ELSEWHERE.get(each, each) for each in statuses]
    key = api.mint(progression="immediate")
    id = submit(api, key, receiver)
    for count in range(1, len(statuses)):
        delivered(api, key, count)
        api.advance((120, 240, 480, 960)[count - 1])
    rows = delivered(api, key, len(statuses))
    api.advance(7200)
    assert [each["status"] for each in rows] == statuses
    assert [hit.path for hit in receiver.hits] == ["/hook"] * len(statuses)
    read = api.read(key, id)
    if api.is_july:
        assert "webhook" not in read
    else:
        assert list(read["webhook"]) == ["url", "deliveredAt", "delivered"]
        assert read["webhook"]["delivered"] is True
        assert TIMESTAMP.fullmatch(read["webhook"]["deliveredAt"])
        assert read["webhook"]["deliveredAt"] == rows[-1]["at"]


@rule("webhooks.block", only=OCTOBER)
@rule("webhooks.timeout")
@pytest.mark.parametrize(("given", "seconds"), [({"webhookTimeoutSeconds": 1}, 1), ({}, 10)])
def test_a_receiver_s_time(api, receiver, given, seconds):
    key = api.mint(progression="immediate", **given)
    receiver.answers = [never]
    start = time.monotonic()
    submit(api, key, receiver)
    (row,) = delivered(api, key, 1)
    assert row["error"] == f"no answer within {seconds} seconds"
    assert seconds <= time.monotonic() - start < seconds + 5


@rule("webhooks.no-block", only=JULY)
def test_what_a_task_tells_of_its_webhook_before_it_is_delivered(api, receiver):
    key = api.mint(progression="hold")
    gate = Gate()
    receiver.answers = [gate]
    id, plain = submit(api, key, receiver), api.submitted(key)
    assert "webhook" not in api.read(key, id)
    api.drive(id, "complete")
    api.drive(plain, "complete")
    receiver.wait(1)
    block = {"url": receiver.url, "deliveredAt": None, "delivered": False}
    assert api.read(key, id).get("webhook") == (None if api.is_july else block)
    assert "webhook" not in api.read(key, plain)
    gate.open()


@rule("webhooks.trigger", "async.pick-up-credits")
def test_a_task_that_fails_when_its_turn_comes_is_reported(api, receiver):
    key = api.mint(credits=4, concurrency=1, progression="hold")
    first, id = api.submitted(key, "grok"), submit(api, key, receiver)
    api.drive(first, "complete")
    (hit,) = receiver.wait(1)
    assert (hit.task, hit.json()["task"]["status"]) == (id, "FAILED")
    assert hit.json()["response"]["error"]["code"] == "INSUFFICIENT_CREDITS"


@rule("webhooks.trigger", "async.cleared-unknown")
def test_a_cleared_task_is_not_reported(api, receiver):
    key = api.mint(concurrency=1, progression="hold")
    running, _ = submit(api, key, receiver), submit(api, key, receiver)
    api.send("DELETE", "/v1/async/queue", key)
    api.drive(running, "complete")
    delivered(api, key, 1)
    api.advance(1)
    assert [hit.task for hit in receiver.hits] == [running]


@rule("webhooks.completion-order")
def test_reports_leave_in_the_order_of_completion(api, receiver):
    key = api.mint(progression="hold")
    ids = [submit(api, key, receiver) for _ in range(4)]
    order = [ids[each] for each in (2, 0, 3, 1)]
    for count, id in enumerate(order, start=1):
        api.drive(id, "complete")
        receiver.wait(count)
    assert [hit.task for hit in receiver.hits] == order
