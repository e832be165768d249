"""Tasks: submission, order, outcome, and how long they are remembered."""

import pytest

from api import TASK_TYPES, body, code, exact, fields, task
from description import is_uuid
from operations import NOBODY
from rules import JULY, OCTOBER, rule
from support import PROVIDERS, TIMESTAMP

DAY = 24 * 3600


@rule("async.created", "async.summary", "async.charged", "async.response-when-finished")
@rule("async.no-latency", only=JULY)
@rule("async.latency", only=OCTOBER)
def test_a_submission(api):
    key = api.mint(progression="hold")
    for members in ({}, {"idempotencyKey": "mine", "priority": 7}):
        answer = api.submit(key, **members)
        assert answer.status_code == 200
        whole = answer.json()
        assert list(whole) == ["success", "task", "credits"] and whole["success"] is True
        shown = whole["task"]
        assert set(shown) - {"latencyMs", "idempotencyKey"} == {
            "id", "taskType", "status", "priority", "createdAt",
        }  # fmt: skip
        assert is_uuid(shown["id"]) and TIMESTAMP.fullmatch(shown["createdAt"])
        assert (shown["taskType"], shown["status"]) == ("CHATGPT", "QUEUED")
        assert shown["priority"] == members.get("priority", 1)
        assert shown.get("idempotencyKey") == members.get("idempotencyKey")
        assert ("latencyMs" in shown) is not api.is_july and shown.get("latencyMs") is None
        assert whole["credits"] == {"creditsToCharge": 5, "creditsCharged": None}
        read = api.read(key, shown["id"])
        assert read["task"]["status"] == "PROCESSING" and "response" not in read


@rule("async.task-types", "async.payload", only=OCTOBER)
@rule("async.task-types", "async.payload-july", only=JULY)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_type_has_its_provider_s_payload(api, provider):
    key = api.mint(progression="hold")
    assert api.submit(key, provider).json()["task"]["taskType"] == TASK_TYPES[provider]
    bad = body(provider, country=..., include={"pdf": True}, zip=1)
    names = ["payload.country", "payload.include.pdf", "payload.zip"]
    assert fields(api.submit(key, provider, bad)) == names
    for type in ("chatgpt", "GOOGLE-NEWS", "", None, 1):
        assert fields(api.submit(key, provider, taskType=type)) == ["taskType"]


@rule("async.unknown-members", "async.webhook-url", "async.priority", "async.field-names")
@rule("validation.async-422", only=JULY)
@rule("validation.async-400", only=OCTOBER)
def test_what_is_wrong_with_a_task(api):
    key = api.mint(progression="hold", webhookMode="collect")
    for members, names in [
        ({"color": "red"}, ["color"]),
        ({"priority": 0}, ["priority"]), ({"priority": 11}, ["priority"]),
        ({"priority": 1.5}, ["priority"]), ({"priority": "1"}, ["priority"]),
        ({"idempotencyKey": 1}, ["idempotencyKey"]),
        ({"webhook": {}}, ["webhook.url"]), ({"webhook": "x"}, ["webhook"]),
        ({"webhook": {"url": "/hook"}}, ["webhook.url"]),
        ({"webhook": {"url": "ftp://example.com"}}, ["webhook.url"]),
        ({"webhook": {"url": "http://"}}, ["webhook.url"]),
        ({"webhook": {"url": "http://127.0.0.1:9/", "secret": "x"}}, ["webhook.secret"]),
        ({"payload": {"prompt": ""}}, ["payload.country", "payload.prompt"]),
    ]:  # fmt: skip
        answer = api.submit(key, **members)
        assert answer.status_code == (422 if api.is_july else 400), members
        assert fields(answer) == names
    for priority in (1, 10):
        assert api.submit(key, priority=priority).status_code == 200


@rule("async.scheduling", "async.fills-slots")
def test_the_order_of_the_queue(api):
    key = api.mint(concurrency=2, progression="hold")
    first = [api.submitted(key) for _ in range(2)]
    waiting = [(each, api.submitted(key, priority=each)) for each in (1, 9, 5, 9)]
    order = []
    for _ in range(6):
        running = [
            id for id in [*first, *(id for _, id in waiting)] if api.status(key, id) == "PROCESSING"
        ]
        order += [id for id in running if id not in order]
        api.drive(min(running, key=order.index), "complete")
    low, high, middle, higher = (id for _, id in waiting)
    assert order == [*first, high, higher, middle, low]


@rule("async.charged", "async.read-shape", "async.result-unwrapped", "async.failure-response")
@rule("async.latency", only=OCTOBER)
def test_the_outcome(api):
    key = api.mint(latency="3s", credits=1000)
    done, failed = api.submitted(key, "grok"), api.submitted(key, "grok")
    assert api.read(key, done)["credits"] == {"creditsToCharge": 4, "creditsCharged": None}
    assert api.double.balance(key) == 1000
    with pytest.raises(AssertionError):
        api.drive(NOBODY, "fail")
    api.drive(failed, "fail")
    api.advance(3)
    read = api.read(key, done)
    assert [each for each in read if each != "webhook"] == ["task", "credits", "response"]
    assert read["task"]["status"] == "COMPLETED" and read["response"]["text"]
    assert read["credits"] == {"creditsToCharge": 4, "creditsCharged": 4}
    lost = api.read(key, failed)
    assert lost["task"]["status"] == "FAILED" and lost["credits"]["creditsCharged"] == 0
    assert list(lost["response"]) == ["error"]
    assert list(lost["response"]["error"]) == ["code", "message"]
    assert api.double.balance(key) == 996
    if not api.is_july:
        assert read["task"]["latencyMs"] == 3000
    for each in (read, lost):
        assert "success" not in each


@rule("credits.sync-surcharge", "credits.on-success", "credits.nothing-reserved")
def test_a_task_has_no_surcharge(api):
    key = api.mint(credits=12, progression="hold")
    id = api.submitted(key)
    assert api.double.balance(key) == 12
    assert api.ask(key).headers["x-credits-charged"] == "7"
    api.drive(id, "complete")
    assert api.read(key, id)["credits"]["creditsCharged"] == 5
    assert api.double.balance(key) == 0


@rule("async.expand-estimate", only=OCTOBER)
def test_clusters_are_added_at_the_end(api):
    key = api.mint(progression="immediate")
    id = api.submitted(key, "aimode", body("aimode", include={"expandProducts": True}))
    read = api.outcome(key, id)
    clusters = len(read["response"]["productResults"])
    assert read["credits"] == {"creditsToCharge": 4, "creditsCharged": 4 + clusters}


@rule("async.submission-credits", "async.pick-up-credits", "async.failure-response")
@rule("async.latency", only=OCTOBER)
def test_the_balance_is_checked_twice(api):
    key = api.mint(credits=5, concurrency=1, latency="2s")
    assert code(api.submit(key, payload=body("chatgpt", state="CA"))) == (
        403,
        "INSUFFICIENT_CREDITS",
    )
    # Nothing is reserved, so both are taken; the first one takes the credits.
    first, second = api.submitted(key), api.submitted(key)
    api.advance(2)
    assert api.status(key, first) == "COMPLETED"
    read = api.read(key, second)
    assert read["task"]["status"] == "FAILED" and read["credits"]["creditsCharged"] == 0
    assert read["response"]["error"]["code"] == "INSUFFICIENT_CREDITS"
    assert read["task"].get("latencyMs") is None
    assert api.double.balance(key) == 0


@rule("credits.never-negative", "async.charged", "async.fills-slots")
def test_a_balance_that_is_too_small_at_the_end_fails_the_task_and_frees_its_slot(api):
    key = api.mint(credits=5, concurrency=1, latency="2s")
    dear, cheap = api.submitted(key), api.submitted(key, "google")
    api.double.patch(key, addCredits=-1)
    api.advance(2)
    read = api.read(key, dear)
    assert read["task"]["status"] == "FAILED" and read["credits"]["creditsCharged"] == 0
    assert read["response"]["error"]["code"] == "INSUFFICIENT_CREDITS"
    assert api.status(key, cheap) == "PROCESSING"
    api.advance(2)
    assert (api.status(key, cheap), api.double.balance(key)) == ("COMPLETED", 1)


@rule("async.key-before-credits")
def test_a_taken_idempotency_key_is_noticed_before_the_balance(api):
    key = api.mint(credits=5, concurrency=0)
    api.submitted(key, idempotencyKey="once")
    api.double.patch(key, addCredits=-1)
    exists = "RESOURCE_CONFLICT" if api.is_july else "RESOURCE_ALREADY_EXISTS"
    assert code(api.submit(key, idempotencyKey="once")) == (409, exists)
    assert code(api.submit(key, idempotencyKey="new")) == (403, "INSUFFICIENT_CREDITS")
    rows = api.batch(key, [task(idempotencyKey=each) for each in ("once", "new")]).json()["results"]
    assert [row["error"]["code"] for row in rows] == [
        "RESOURCE_ALREADY_EXISTS", "INSUFFICIENT_CREDITS",
    ]  # fmt: skip


@rule("async.unknown-task", "async.unknown-task-text", "async.malformed-id", "async.foreign-task")
def test_an_unknown_task(api):
    key = api.mint()
    foreign = api.submitted(api.mint())
    for id in (NOBODY, "nothing", "123", foreign):
        answer = api.get(key, f"/v1/async/task/{id}")
        assert answer.status_code == 404
        assert exact(answer) == api.envelope("RESOURCE_NOT_FOUND", "Task not found", {"id": id})


@rule("async.key-unique", "async.key-bound", "async.lifetime")
@rule("async.conflict", only=JULY)
@rule("async.conflict-october", only=OCTOBER)
def test_an_idempotency_key_lives_as_long_as_its_task(api):
    first = api.double.mint(contract=api.revision, progression="immediate")
    key, colleague = first["key"], api.double.minted(organization=first["organization"])
    id = api.submitted(key, idempotencyKey="once")
    api.settled(key)
    assert api.submit(api.mint(), idempotencyKey="once").status_code == 200
    for each in (key, colleague):
        answer = api.submit(each, "grok", idempotencyKey="once")
        assert answer.status_code == 409
        assert exact(answer) == (
            api.envelope("RESOURCE_CONFLICT", "Resource conflict")
            if api.is_july
            else api.envelope(
                "RESOURCE_ALREADY_EXISTS", "Task already exists",
                {"field": "idempotencyKey", "value": "once"},
            )
        )  # fmt: skip
    api.advance(DAY - 1)
    assert api.status(key, id) == "COMPLETED"
    assert api.submit(key, idempotencyKey="once").status_code == 409
    api.advance(1)
    assert api.get(key, f"/v1/async/task/{id}").status_code == 404
    assert api.submit(key, idempotencyKey="once").status_code == 200
