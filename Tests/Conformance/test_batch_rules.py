"""Batches: each task on its own, in the order sent."""

from api import body, fields, task
from rules import JULY, OCTOBER, rule
from support import TIMESTAMP


@rule("batch.size")
def test_a_batch_is_an_array_of_1_to_500(api):
    key = api.mint(progression="hold")
    for whole in ([], {}, task(), {"tasks": [task()]}, "x", 1, None, [task()] * 501):
        answer = api.batch(key, whole)
        assert api.get(key, "/v1/async/status").json()["processingTasks"] == 0
        assert answer.status_code == (422 if api.is_july else 400)
        assert fields(answer) == [""]
    for count in (1, 500):
        answer = api.batch(key, [task()] * count)
        assert answer.json()["summary"] == {"total": count, "succeeded": count, "failed": 0}


@rule("batch.report", "batch.partial", "batch.credits", "batch.item-codes")
def test_the_report(api):
    key = api.mint(credits=6, progression="hold")
    api.submit(key, "grok", idempotencyKey="taken")
    answer = api.batch(
        key,
        [
            task("grok"), task("grok", body("grok", country=1)), 5, task("google"),
            task("grok", idempotencyKey="taken"), task("chatgpt", body("chatgpt", state="CA")),
            task("grok", idempotencyKey="new"), task("grok", idempotencyKey="new"),
        ],
    )  # fmt: skip
    report = answer.json()
    assert answer.status_code == 200 and list(report) == ["success", "summary", "results"]
    assert report["success"] is True
    assert report["summary"] == {"total": 8, "succeeded": 3, "failed": 5}
    rows = report["results"]
    assert [each["index"] for each in rows] == list(range(8))
    assert [each["success"] for each in rows] == [
        True,
        False,
        False,
        True,
        False,
        False,
        True,
        False,
    ]
    assert [each["error"]["code"] for each in rows if not each["success"]] == [
        "VALIDATION_ERROR", "VALIDATION_ERROR", "RESOURCE_ALREADY_EXISTS", "INSUFFICIENT_CREDITS",
        "RESOURCE_ALREADY_EXISTS",
    ]  # fmt: skip
    for row in rows:
        if row["success"]:
            assert list(row) == ["success", "index", "task", "credits"]
            assert row["task"]["status"] == "QUEUED"
            assert row["credits"]["creditsCharged"] is None
            id = row["task"]["id"]
            assert api.read(key, id)["credits"] == row["credits"]
        else:
            assert list(row) == ["success", "index", "error"]
    charges = [each["credits"]["creditsToCharge"] for each in rows if each["success"]]
    assert charges == [4, 3, 4]


@rule("batch.item-error", only=JULY)
@rule("batch.item-error-october", only=OCTOBER)
def test_the_error_of_a_task(api):
    bad = {"prompt": "", "color": "red"}
    report = api.batch(api.mint(), [task(), task(), task("grok", bad), {}]).json()
    error = report["results"][2]["error"]
    assert list(error) == ["code", "message", "details", "timestamp"]
    assert error["code"] == "VALIDATION_ERROR" and TIMESTAMP.fullmatch(error["timestamp"])
    if api.is_july:
        assert error["message"] == "Task validation failed"
        assert list(error["details"]) == ["field", "message"]
        assert error["details"]["field"].startswith("payload.")
    else:
        assert error["message"] == "Invalid task at index 2"
        names = [each["field"] for each in error["details"]["errors"]]
        assert names == ["payload.prompt", "payload.country"]
        names = [each["field"] for each in report["results"][3]["error"]["details"]["errors"]]
        assert sorted(names) == ["payload", "taskType"]
