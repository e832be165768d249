"""The `async_tasks` of cloro's own Python SDK, unmodified."""

import pytest
from cloro import (
    APIStatusError,
    Cloro,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    TaskFailedError,
    TaskTimeoutError,
)

from async_support import HOLD, KINDS, UNKNOWN_ID, drive
from support import TIMESTAMP, path_of

QUICK = {"poll_interval": 0.001, "max_interval": 0.01, "timeout": 10}
PAYLOAD = {"prompt": "What do you know about Acme?", "country": "US"}


def client_of(double, **body):
    key = double.minted(requestsPerSecond=10**6, **body)
    return key, Cloro(api_key=key, base_url=double.url, max_retries=0)


@pytest.mark.parametrize("kind", KINDS)
def test_run_gives_the_provider_s_result_itself(shared, kind):
    key, client = client_of(shared, credits=1000)
    name = "query" if kind.startswith("GOOGLE") else "prompt"
    payload = {name: "What do you know about Acme?", "country": "US"}
    done = client.async_tasks.run(kind, payload, **QUICK)
    sync = shared.post(key, path_of(KINDS[kind]), payload).json()["result"]
    assert list(done["response"]) == list(sync)
    assert "result" not in done["response"] and "success" not in done
    assert done["task"]["taskType"] == kind


def test_create_then_retrieve_then_wait(shared):
    _, client = client_of(shared, progression=HOLD)
    task = client.async_tasks.create("CHATGPT", PAYLOAD, priority=7, idempotency_key="mine")
    assert (task.status, task.priority, task.task_type) == ("QUEUED", 7, "CHATGPT")
    assert TIMESTAMP.fullmatch(task.created_at)
    assert task.raw["idempotencyKey"] == "mine"
    before = client.async_tasks.retrieve(task)
    assert "response" not in before and before["credits"]["creditsCharged"] is None
    assert drive(shared, task.id, "complete").status_code == 200
    assert client.async_tasks.wait(task, **QUICK) == client.async_tasks.retrieve(task.id)


def test_status_says_what_is_queued_and_processing(frozen):
    _, client = client_of(frozen, progression=HOLD, concurrency=2)
    for _ in range(5):
        client.async_tasks.create("GEMINI", PAYLOAD)
    assert client.async_tasks.status() == {
        "queuedTasks": 3, "processingTasks": 2,
        "priorityBreakdown": [{"priority": 1, "count": 3}],
        "concurrency": {"used": 2, "max": 2},
    }  # fmt: skip


def test_a_batch_of_500_is_run(shared):
    key, client = client_of(shared)
    tasks = [
        {"task_type": "PERPLEXITY", "payload": PAYLOAD, "priority": 1 + number % 10,
         "idempotency_key": f"task-{number}"}
        for number in range(500)
    ]  # fmt: skip
    results = client.async_tasks.create_batch(tasks)
    assert [result["index"] for result in results] == list(range(500))
    assert all(result["success"] for result in results)
    assert [result["task"]["idempotencyKey"] for result in results] == [
        f"task-{number}" for number in range(500)
    ]
    assert {result["task"]["status"] for result in results} == {"QUEUED"}
    assert len({result["task"]["id"] for result in results}) == 500
    for result in results:
        done = client.async_tasks.wait(result["task"]["id"], **QUICK)
        assert done["response"]["text"]
    assert shared.balance(key) == 250_000 - 500 * 3


def test_a_failed_task_is_a_task_failed_error(shared):
    _, client = client_of(shared, progression=HOLD)
    task = client.async_tasks.create("COPILOT", PAYLOAD)
    drive(shared, task.id, "fail", {"code": "INTERNAL_SERVER_ERROR", "message": "Oh"})
    with pytest.raises(TaskFailedError) as caught:
        client.async_tasks.wait(task, **QUICK)
    assert caught.value.response["response"] == {
        "error": {"code": "INTERNAL_SERVER_ERROR", "message": "Oh"}
    }


def test_a_held_task_is_a_task_timeout_error(shared):
    _, client = client_of(shared, progression=HOLD)
    with pytest.raises(TaskTimeoutError):
        client.async_tasks.run("GROK", PAYLOAD, **QUICK | {"timeout": 0.05})


def test_errors_have_the_sdk_s_classes(shared):
    _, client = client_of(shared, credits=8, progression=HOLD, concurrency=0, queueLimit=1)
    create = client.async_tasks.create
    with pytest.raises(APIStatusError) as caught:
        create("CHATGPT", {"prompt": ""})
    assert caught.value.status_code == 422
    assert [each["field"] for each in caught.value.body["details"]] == [
        "payload.prompt", "payload.country",
    ]  # fmt: skip
    create("CHATGPT", PAYLOAD, idempotency_key="one")
    with pytest.raises(ConflictError) as caught:
        create("CHATGPT", PAYLOAD, idempotency_key="one")
    assert caught.value.body["error"]["code"] == "RESOURCE_CONFLICT"
    with pytest.raises(RateLimitError) as caught:
        create("CHATGPT", PAYLOAD)
    assert caught.value.body["error"]["code"] == "QUEUE_LIMIT_EXCEEDED"
    with pytest.raises(NotFoundError):
        client.async_tasks.retrieve(UNKNOWN_ID)
    dear = dict(PAYLOAD, include={"ads": True}, state="CA")
    with pytest.raises(PermissionDeniedError) as caught:
        create("CHATGPT", dear)
    assert caught.value.body["error"]["code"] == "INSUFFICIENT_CREDITS"
    with pytest.raises(APIStatusError):
        client.async_tasks.create_batch([])
