"""Reports of finished tasks to a receiver."""

import hashlib
import hmac
import json
import time

import pytest

from api import body
from rules import JULY, OCTOBER, rule
from support import TIMESTAMP, eventually

SIGNED = {"X-Cloro-Timestamp", "X-Cloro-Signature", "X-Cloro-Webhook-Id"}


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
    assert [each["task"]["status"] for each in receiver.bodies()] == ["COMPLETED", "FAILED"]
    for (path, headers, content), id in zip(receiver.posts, (done, failed), strict=True):
        assert path == "/hook" and headers["Content-Type"].startswith("application/json")
        assert not SIGNED & set(headers)
        read = api.read(key, id)
        read.pop("webhook", None)
        assert json.loads(content) == read
        assert list(json.loads(content)) == ["task", "credits", "response"]
    whole = receiver.bodies()[0]
    assert whole["task"]["id"] == done and whole["response"]["text"]


@rule("webhooks.signature", "webhooks.attempt-id", "webhooks.timestamp")
@pytest.mark.parametrize("text", ["What is the best laptop?", 'Größe 😀 \u0000 " \\'])
def test_the_signature(api, receiver, text):
    secret = "whsec_5f4dcc3b5aa765d61d8327deb882cf99"
    key = api.mint(progression="immediate", webhookSecret=secret)
    id = submit(api, key, receiver, text)
    (_, headers, content), *_ = receiver.wait(1)
    stamp = headers["X-Cloro-Timestamp"]
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + content, hashlib.sha256)
    assert hmac.compare_digest(headers["X-Cloro-Signature"], "v1=" + mac.hexdigest())
    assert headers["X-Cloro-Webhook-Id"] == f"{id}-1"
    # The double's clock stands still elsewhere.
    assert abs(time.time() - int(stamp)) < 60


@rule("webhooks.timestamp")
def test_the_timestamp_is_the_wall_s_whatever_the_clock_says(start, receiver):
    api = start()
    api.double.control("PUT", "clock", {"now": "2040-01-01T00:00:00.000Z"}, status=200)
    key = api.mint(progression="immediate", webhookSecret="whsec_0")
    submit(api, key, receiver)
    (_, headers, content), *_ = receiver.wait(1)
    assert abs(time.time() - int(headers["X-Cloro-Timestamp"])) < 60
    assert json.loads(content)["task"]["createdAt"] == "2040-01-01T00:00:00.000Z"


@rule("webhooks.retries", "webhooks.retry-times", "webhooks.delivered", "webhooks.attempt-id")
@rule("webhooks.block", only=OCTOBER)
def test_a_receiver_that_always_fails(api, receiver):
    receiver.statuses = [500, 404, 302, 503]
    key = api.mint(progression="immediate", webhookSecret="whsec_0")
    id = submit(api, key, receiver)
    for count, pause in enumerate((120, 240, 480, 960), start=1):
        delivered(api, key, count)
        api.advance(pause - 1)
        assert len(receiver.posts) == count
        api.advance(1)
        assert len(receiver.wait(count + 1)) == count + 1
    delivered(api, key, 5)
    api.advance(7200)
    assert len(receiver.posts) == 5
    ids = [headers["X-Cloro-Webhook-Id"] for _, headers, _ in receiver.posts]
    assert ids == [f"{id}-{number}" for number in range(1, 6)]
    assert len({content for _, _, content in receiver.posts}) == 1
    if not api.is_july:
        block = {"url": receiver.url, "deliveredAt": None, "delivered": False}
        assert api.read(key, id)["webhook"] == block


@rule("webhooks.delivered", "webhooks.retries", "webhooks.no-redirects")
@rule("webhooks.block", only=OCTOBER)
@rule("webhooks.no-block", only=JULY)
@pytest.mark.parametrize("statuses", [[200], [204], [503, 503, 201], [307, 299]])
def test_a_2xx_ends_the_delivery(api, receiver, statuses):
    receiver.statuses = list(statuses)
    key = api.mint(progression="immediate")
    id = submit(api, key, receiver)
    for count in range(1, len(statuses)):
        delivered(api, key, count)
        api.advance((120, 240)[count - 1])
    rows = delivered(api, key, len(statuses))
    api.advance(7200)
    assert [each["status"] for each in rows] == statuses
    assert len(receiver.posts) == len(statuses) and {path for path, _, _ in receiver.posts} == {
        "/hook"
    }
    read = api.read(key, id)
    if api.is_july:
        assert "webhook" not in read
    else:
        assert list(read["webhook"]) == ["url", "deliveredAt", "delivered"]
        assert read["webhook"]["delivered"] is True
        assert TIMESTAMP.fullmatch(read["webhook"]["deliveredAt"])


@rule("webhooks.block", only=OCTOBER)
@rule("webhooks.no-block", only=JULY)
def test_an_unfinished_task_tells_nothing_of_its_webhook(api, receiver):
    key = api.mint(progression="hold")
    assert "webhook" not in api.read(key, submit(api, key, receiver))


@rule("webhooks.completion-order")
def test_reports_leave_in_the_order_of_completion(api, receiver):
    key = api.mint(progression="hold")
    ids = [submit(api, key, receiver) for _ in range(4)]
    order = [ids[each] for each in (2, 0, 3, 1)]
    for count, id in enumerate(order, start=1):
        api.drive(id, "complete")
        receiver.wait(count)
    assert [each["task"]["id"] for each in receiver.bodies()] == order
