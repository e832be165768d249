"""What the two documents show, quoted by document and heading."""

import re

import pytest

from api import TASK_TYPES, body
from rules import JULY, rule


def lines(answer, prefix="X-Concurrent"):
    """An answer's headers as the documents print them."""
    names = {
        name.lower(): name
        for name in ("X-Concurrent-Limit", "X-Concurrent-Current", "X-Concurrent-Remaining")
    }
    names |= {
        "x-ratelimit-limit": "X-RateLimit-Limit",
        "x-ratelimit-remaining": "X-RateLimit-Remaining",
    }
    return "\n".join(
        f"{written}: {answer.headers[name]}"
        for name, written in names.items()
        if name in answer.headers and written.startswith(prefix)
    )


def answers(api, held, seconds=10):
    api.advance(seconds)
    return [each.answer() for each in held]


@rule("concurrency.refusal", "errors.member-order", "errors.object-envelope", only=JULY)
def test_the_429_example(start):
    """Credits & limits, "Handling concurrency limits"."""
    api = start()
    api.double.control("PUT", "clock", {"now": "2027-01-15T12:00:00.000Z"}, status=200)
    key = api.mint(concurrency=10, latency="10s")
    held = api.hold(key, 10)
    refused = api.ask(key)
    assert refused.status_code == 429
    assert refused.json() == {
        "error": {
            "code": "CONCURRENT_LIMIT_EXCEEDED",
            "message": "Concurrent limit exceeded",
            "details": {
                "limit": 10
            },
            "timestamp": "2027-01-15T12:00:00.000Z"
        }
    }  # fmt: skip
    text = (
        '{"error":{"code":"CONCURRENT_LIMIT_EXCEEDED","message":"Concurrent limit exceeded",'
        '"details":{"limit":10},"timestamp":"2027-01-15T12:00:00.000Z"}}'
    )
    # The double's time only goes forward: the example's year is the one difference.
    assert refused.text == text
    assert {each.status for each in answers(api, held)} == {200}


@rule("concurrency.counts-itself", "concurrency.headers", only=JULY)
def test_two_requests_of_ten(api):
    """Credits & limits, "Example scenario"."""
    first, second = answers(api, api.hold(api.mint(plan="lite", latency="10s"), 2))
    assert (
        lines(first) == "X-Concurrent-Limit: 10\nX-Concurrent-Current: 1\nX-Concurrent-Remaining: 9"
    )
    assert (
        lines(second)
        == "X-Concurrent-Limit: 10\nX-Concurrent-Current: 2\nX-Concurrent-Remaining: 8"
    )


@rule("concurrency.counts-itself", "concurrency.headers", "credits.plans", only=JULY)
def test_three_requests_of_twenty(api):
    """Concurrency, "Monitoring concurrency with headers"."""
    *_, third = answers(api, api.hold(api.mint(plan="hobby", latency="10s"), 3))
    assert (
        lines(third)
        == "X-Concurrent-Limit: 20\nX-Concurrent-Current: 3\nX-Concurrent-Remaining: 17"
    )


@rule("concurrency.counts-itself", only=JULY)
def test_five_requests_of_twenty(api):
    """Concurrency, "How do I check my concurrency limit?"."""
    *_, fifth = answers(api, api.hold(api.mint(plan="hobby", latency="10s"), 5))
    assert (
        lines(fifth)
        == "X-Concurrent-Limit: 20\nX-Concurrent-Current: 5\nX-Concurrent-Remaining: 15"
    )


@rule("concurrency.hard-limit", "concurrency.refusal-numbers")
def test_the_eleventh_while_ten_are_processing(api):
    """Concurrency, "What is concurrency?" and "Can I burst above my concurrency limit?"."""
    key = api.mint(plan="lite", latency="10s")
    held = api.hold(key, 10)
    eleventh = api.ask(key)
    assert eleventh.status_code == 429 and api.slots(eleventh) == (10, 11, 0)
    assert {each.status for each in answers(api, held)} == {200}


@rule("rate-limit.quota", "rate-limit.remaining", "rate-limit.headers", "rate-limit.per-endpoint")
def test_the_first_request_of_a_second(api):
    """Concurrency, "Monitoring rate limits with headers"."""
    api.advance(1)
    key = api.mint()
    written = "X-RateLimit-Limit: 1000\nX-RateLimit-Remaining: 999"
    assert lines(api.ask(key), "X-RateLimit") == written
    assert lines(api.get(key, "/v1/countries"), "X-RateLimit") == written


@rule("credits.sync-surcharge", "credits.on-success", "credits.failures-free")
@pytest.mark.parametrize(
    ("members", "sync", "task"),
    [({}, 7, 5), ({"include": {"shopping": True}}, 9, 7), ({"state": "CA"}, 9, 7)],
)
def test_base_plus_features_plus_two(api, members, sync, task):
    """Credits & limits, "How credits work"."""
    key = api.mint(credits=100, progression="immediate")
    answer = api.ask(key, **members)
    assert answer.headers["x-credits-charged"] == str(sync)
    assert answer.headers["x-credits-remaining"] == str(100 - sync)
    id = api.submitted(key, payload=body("chatgpt", **members))
    charged = {"creditsToCharge": task, "creditsCharged": task}
    assert api.outcome(key, id)["credits"] == charged
    assert api.ask(key, text="").status_code == 400
    assert api.double.balance(key) == 100 - sync - task


@rule("batch.credits", "credits.nothing-reserved")
def test_each_task_of_a_batch_has_its_own_credits(api):
    """Credits & limits, "How credits work"."""
    key = api.mint(credits=100, progression="immediate")
    tasks = [
        {"taskType": TASK_TYPES[each], "payload": body(each)}
        for each in ("chatgpt", "grok", "google")
    ]
    rows = api.batch(key, tasks).json()["results"]
    assert [each["credits"]["creditsToCharge"] for each in rows] == [5, 4, 3]
    reads = [api.outcome(key, each["task"]["id"])["credits"] for each in rows]
    assert [each["creditsCharged"] for each in reads] == [5, 4, 3]


@rule("credits.free-plan-slot", "concurrency.plan-change", "concurrency.status")
def test_the_free_trial_and_its_upgrade(api):
    """Concurrency, "Rate limits vs. concurrency limits", "Can I increase my concurrency limit?"."""
    key = api.mint(plan="free", latency="10s")
    held = api.hold(key)
    assert api.ask(key).status_code == 429
    api.double.patch(key, plan="lite")
    held += api.hold(key)
    assert api.get(key, "/v1/async/status").json()["concurrency"] == {"used": 2, "max": 10}
    assert {each.status for each in answers(api, held)} == {200}


@rule("webhooks.handler", "webhooks.trigger", "concurrency.tasks-queue")
def test_the_webhook_handler_s_two_members(api, receiver):
    """Concurrency, "Pattern 1: Async with webhooks"."""
    key = api.mint(plan="free")
    tasks = [
        {"prompt": each, "country": "US"}
        for each in ("Analyze market trends", "Research competitors")
    ]
    ids = {api.submitted(key, payload=each, webhook={"url": receiver.url}) for each in tasks}
    reports = [hit.json() for hit in receiver.wait(2)]
    said = [
        f"Task {each['task']['id']} completed: {each['response']['text'][:100]}..."
        for each in reports
    ]
    assert {re.match("Task (.{36}) completed: .", each)[1] for each in said} == ids
