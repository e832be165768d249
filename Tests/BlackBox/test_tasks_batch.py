"""Batches, idempotency keys, and the queue's limit."""

import json

import pytest

from async_support import (
    HOLD,
    clear,
    drive,
    finished,
    listed,
    post,
    post_batch,
    read,
    status,
    submit,
    submit_batch,
    task,
)
from support import TIMESTAMP

REVISIONS = ["2026-07", "2026-10"]
DAY = 24 * 3600


@pytest.mark.parametrize("revision", REVISIONS)
def test_items_succeed_and_fail_on_their_own_in_input_order(shared, revision):
    key = shared.minted(contract=revision, progression=HOLD, concurrency=0, credits=6)
    items = [
        task(), task(text=""), task(payload={"state": "CA"}), 5,
        task(idempotencyKey="k"), task(idempotencyKey="k"), {}, task("GROK", priority=10),
    ]  # fmt: skip
    answer = post_batch(shared, key, items)
    assert answer.status_code == 200
    body = answer.json()
    assert list(body) == ["success", "summary", "results"] and body["success"] is True
    assert body["summary"] == {"total": 8, "succeeded": 3, "failed": 5}
    assert [each["index"] for each in body["results"]] == list(range(8))
    assert [each["success"] for each in body["results"]] == [
        True, False, False, False, True, False, False, True,
    ]  # fmt: skip
    for each in body["results"]:
        if each["success"]:
            assert list(each) == ["success", "index", "task", "credits"]
        else:
            assert list(each) == ["success", "index", "error"]
            assert list(each["error"]) [:2] == ["code", "message"]
            assert TIMESTAMP.fullmatch(each["error"]["timestamp"])
    errors = {each["index"]: each["error"] for each in body["results"] if not each["success"]}
    assert [errors[index]["code"] for index in (1, 2, 3, 5, 6)] == [
        "VALIDATION_ERROR", "INSUFFICIENT_CREDITS", "VALIDATION_ERROR",
        "RESOURCE_ALREADY_EXISTS", "VALIDATION_ERROR",
    ]  # fmt: skip
    if revision == "2026-07":
        assert errors[1]["message"] == "Task validation failed"
        assert errors[1]["details"]["field"] == "payload.prompt"
    else:
        assert errors[1]["message"] == "Invalid task at index 1"
        assert errors[1]["details"]["errors"][0]["field"] == "payload.prompt"
        assert {each["field"] for each in errors[6]["details"]["errors"]} == {
            "taskType", "payload",
        }  # fmt: skip
    assert errors[2]["message"] == "Insufficient credits"
    assert status(shared, key)["queuedTasks"] == 3


@pytest.mark.parametrize("size", [1, 500])
def test_the_sizes_of_a_batch(shared, size):
    key = shared.minted(progression=HOLD, concurrency=0)
    assert len(set(submit_batch(shared, key, [task()] * size))) == size
    assert status(shared, key)["queuedTasks"] == size


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_duplicate_is_409(shared, revision):
    key = shared.minted(contract=revision, progression=HOLD)
    submit(shared, key, task(idempotencyKey="mine"))
    answer = post(shared, key, task("GROK", idempotencyKey="mine", priority=3))
    assert answer.status_code == 409
    text = TIMESTAMP.sub("T", answer.text)
    if revision == "2026-07":
        assert text == (
            '{"error":{"code":"RESOURCE_CONFLICT","message":"Resource conflict","timestamp":"T"}}'
        )
    else:
        assert text == (
            '{"success":false,"error":{"code":"RESOURCE_ALREADY_EXISTS",'
            '"message":"Task already exists","details":{"field":"idempotencyKey","value":"mine"},'
            '"timestamp":"T"}}'
        )
    assert len(listed(shared, key)) == 1


def test_idempotency_keys_are_the_organization_s_own(shared):
    first = shared.mint(progression=HOLD)
    second = shared.minted(organization=first["organization"])
    submit(shared, first["key"], task(idempotencyKey="k"))
    assert post(shared, second, task(idempotencyKey="k")).status_code == 409
    assert post(shared, shared.minted(), task(idempotencyKey="k")).status_code == 200


def test_idempotency_keys_are_compared_byte_by_byte(shared):
    key = shared.minted(progression=HOLD)
    names = ["caf\u00e9", "cafe\u0301", "A", "a", " a", "a ", "", "\u212b", "\u00c5", "x" * 9000]
    for name in names:
        answer = post(shared, key, task(idempotencyKey=name))
        assert answer.status_code == 200, (name[:9], answer.text)
        assert read(shared, key, answer.json()["task"]["id"])["task"]["idempotencyKey"] == name


@pytest.mark.parametrize("end", ["complete", "fail"])
def test_an_idempotency_key_is_free_24_hours_after_creation(double, end):
    clock = double("--clock", "manual")
    key = clock.minted(progression=HOLD)
    identifier = submit(clock, key, task(idempotencyKey="k"))
    clock.advance(3600)
    assert drive(clock, identifier, end).status_code == 200
    clock.advance(DAY - 3601)
    assert post(clock, key, task(idempotencyKey="k")).status_code == 409
    fired = clock.advance(1)["fired"]
    assert [(each["kind"], each["id"]) for each in fired] == [("expiry", identifier)]
    assert clock.get(key, f"/v1/async/task/{identifier}").status_code == 404
    submit(clock, key, task(idempotencyKey="k"))


def test_an_unfinished_task_doesn_t_expire_but_goes_once_it_ends(double):
    clock = double("--clock", "manual")
    key = clock.minted(progression=HOLD, concurrency=1)
    running, queued = submit(clock, key, task(idempotencyKey="k")), submit(clock, key)
    clock.advance(3 * DAY)
    assert read(clock, key, running)["task"]["status"] == "PROCESSING"
    assert read(clock, key, queued)["task"]["status"] == "QUEUED"
    assert post(clock, key, task(idempotencyKey="k")).status_code == 409
    assert drive(clock, running, "complete").status_code == 200
    clock.advance(1)
    assert clock.get(key, f"/v1/async/task/{running}").status_code == 404
    assert post(clock, key, task(idempotencyKey="k")).status_code == 200


@pytest.mark.parametrize("revision", REVISIONS)
def test_clearing_deletes_what_is_queued_and_nothing_else(frozen, revision):
    key = frozen.minted(contract=revision, progression=HOLD, concurrency=1)
    done = submit(frozen, key)
    drive(frozen, done, "complete")
    running = submit(frozen, key)
    queued = submit_batch(
        frozen, key, [task(idempotencyKey=f"{n}", priority=1 + n % 10) for n in range(30)])
    other = frozen.minted(concurrency=0)
    submit(frozen, other)
    balance = frozen.balance(key)
    assert clear(frozen, key).json() == {"success": True, "cleared": 30}
    assert clear(frozen, key).json() == {"success": True, "cleared": 0}
    assert status(frozen, key)["queuedTasks"] == 0 and status(frozen, other)["queuedTasks"] == 1
    assert status(frozen, key)["priorityBreakdown"] == []
    assert {frozen.get(key, f"/v1/async/task/{each}").status_code for each in queued} == {404}
    assert read(frozen, key, done)["task"]["status"] == "COMPLETED"
    assert read(frozen, key, running)["task"]["status"] == "PROCESSING"
    assert frozen.balance(key) == balance
    # Their idempotency keys are free, and the queue works as before.
    again = submit_batch(frozen, key, [task(idempotencyKey=f"{n}") for n in range(30)])
    drive(frozen, running, "complete")
    assert [each["id"] for each in listed(frozen, key, "PROCESSING")] == again[:1]


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_queue_s_limit(shared, revision):
    key = shared.minted(contract=revision, progression=HOLD, concurrency=0, queueLimit=10)
    submit_batch(shared, key, [task()] * 8)
    before = (listed(shared, key), status(shared, key))
    items = [task(idempotencyKey="new")] + [task()] * 2
    for answer in (post_batch(shared, key, items), post_batch(shared, key, items)):
        assert answer.status_code == 429
        text = TIMESTAMP.sub("T", answer.text)
        if revision == "2026-07":
            assert text == (
                '{"success":false,"error":{"code":"QUEUE_LIMIT_EXCEEDED",'
                '"message":"Batch would exceed queue capacity","details":{"queuedCount":8,'
                '"batchSize":3,"maxQueueSize":10,"remainingCapacity":2},"timestamp":"T"}}'
            )
        else:
            assert text == (
                '{"success":false,"error":{"code":"QUEUE_LIMIT_EXCEEDED","message":"Queue limit '
                'exceeded. Maximum 10 queued tasks allowed per organization",'
                '"details":{"limit":10},"timestamp":"T"}}'
            )
    # Nothing at all has changed: not even the idempotency key is taken.
    assert (listed(shared, key), status(shared, key)) == before
    submit_batch(shared, key, items[:2])
    assert post(shared, key).status_code == 429
    shared.patch(key, queueLimit=11)
    assert post(shared, key).status_code == 200
    assert post(shared, key).status_code == 429


def test_the_answer_of_a_submission(shared):
    key = shared.minted(contract="2026-10")
    answer = post(shared, key, task(idempotencyKey="k", priority=4))
    body = answer.json()
    assert list(body) == ["success", "task", "credits"]
    assert list(body["task"]) == [
        "id", "taskType", "status", "priority", "createdAt", "latencyMs", "idempotencyKey",
    ]  # fmt: skip
    # Whatever became of it in the meantime.
    assert (body["task"]["status"], body["task"]["latencyMs"]) == ("QUEUED", None)
    assert json.dumps(body["credits"]) == '{"creditsToCharge": 5, "creditsCharged": null}'
    assert list(finished(shared, key, body["task"]["id"])) == ["task", "credits", "response"]
