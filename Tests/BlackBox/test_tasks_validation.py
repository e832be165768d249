"""What a submission may say: every failing field is named, in both revisions."""

import pytest

from async_support import HOLD, KINDS, post, post_batch, status, task
from wire import RawConnection, request_bytes

REVISIONS = ["2026-07", "2026-10"]
WRONG = [None, 1, 1.5, True, [], {}]


@pytest.fixture(scope="module")
def keys(shared):
    return {
        revision: shared.minted(
            contract=revision, progression=HOLD, concurrency=0, requestsPerSecond=10**6)
        for revision in REVISIONS
    }  # fmt: skip


@pytest.fixture
def fields(shared, keys):
    """The failing fields of a task, in the order in which they are listed."""

    def judge(body, revision="2026-07"):
        answer = post(shared, keys[revision], body)
        if answer.status_code == 200:
            return []
        refusal = answer.json()
        if revision == "2026-07":
            assert answer.status_code == 422, answer.text
            assert list(refusal) == ["success", "error", "details"]
            assert refusal["error"] == "Request validation failed"
            details = refusal["details"]
        else:
            assert answer.status_code == 400, answer.text
            assert list(refusal) == ["success", "error"]
            error = refusal["error"]
            assert list(error) == ["code", "message", "details", "timestamp"]
            assert (error["code"], error["message"]) == (
                "VALIDATION_ERROR", "Request validation failed",
            )  # fmt: skip
            details = error["details"]
        assert refusal["success"] is False
        assert all(list(detail) == ["field", "message"] for detail in details)
        return [detail["field"] for detail in details]

    return judge


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_payload_follows_the_provider_s_own_rules(fields, kind, revision):
    assert fields(task(kind), revision) == []
    name = "query" if kind.startswith("GOOGLE") else "prompt"
    assert sorted(fields({"taskType": kind, "payload": {}}, revision)) == sorted(
        [f"payload.{name}", "payload.country"]
    )
    assert fields(task(kind, text=""), revision) == [f"payload.{name}"]
    assert fields(task(kind, payload={"nonsense": 1}), revision) == ["payload.nonsense"]
    assert fields(task(kind, payload={"include": {"html": 1}}), revision) == [
        "payload.include.html"
    ]
    for value in WRONG[:-1]:
        assert fields({"taskType": kind, "payload": value}, revision) == ["payload"], value


@pytest.mark.parametrize("revision", REVISIONS)
def test_all_failing_fields_are_listed(fields, revision):
    body = {
        "taskType": "GOOGLE", "payload": {"query": 1, "pages": 11, "more": 2}, "priority": 11,
        "idempotencyKey": 5, "webhook": {"url": "ftp://x", "secret": "s"}, "extra": True,
    }  # fmt: skip
    assert sorted(fields(body, revision)) == [
        "extra", "idempotencyKey", "payload.country", "payload.more", "payload.pages",
        "payload.query", "priority", "webhook.secret", "webhook.url",
    ]  # fmt: skip
    assert sorted(fields({}, revision)) == ["payload", "taskType"]


def test_the_task_type(fields):
    for kind in ["chatgpt", "ChatGPT", "GOOGLE/NEWS", "GOTO", "GOOGLE_GOTO", "", *WRONG]:
        assert fields(task() | {"taskType": kind}) == ["taskType"], kind


def test_the_priority(fields):
    for priority in [1, 5, 10, 3.0]:
        assert fields(task(priority=priority)) == [], priority
    for priority in [0, 11, -1, 1.5, "1", True, None, [], {}, 1e99]:
        assert fields(task(priority=priority)) == ["priority"], priority


def test_the_webhook(fields):
    for webhook in [None, 1, "http://127.0.0.1:9/", [], True]:
        assert fields(task(webhook=webhook)) == ["webhook"], webhook
    assert fields(task(webhook={})) == ["webhook.url"]
    for url in [None, 1, [], {}, True]:
        assert fields(task(webhook={"url": url})) == ["webhook.url"], url


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe"])
def test_a_body_that_is_no_object(shared, keys, revision, body):
    headers = {"Authorization": f"Bearer {keys[revision]}"}
    answer = shared.http.post("/v1/async/task", content=body, headers=headers)
    expected = 422 if revision == "2026-07" else 400
    # What isn't JSON at all may also be a plain 400.
    assert answer.status_code in (expected, 400), answer.text
    refusal = answer.json()
    details = refusal["details"] if revision == "2026-07" else refusal["error"]["details"]
    assert [detail["field"] for detail in details] == [""]


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    "body", [[], {}, task(), None, 1, "x", [task()] * 501], ids=lambda body: str(body)[:12]
)
def test_a_batch_that_is_no_array_of_1_to_500(shared, keys, revision, body):
    before = status(shared, keys[revision])
    answer = post_batch(shared, keys[revision], body)
    assert answer.status_code == (422 if revision == "2026-07" else 400), answer.text
    assert answer.json()["success"] is False
    assert status(shared, keys[revision]) == before


@pytest.mark.parametrize("path", ["/v1/async/task", "/v1/async/task/batch"])
def test_a_body_over_32_mib_is_413_before_it_is_sent(shared, keys, path):
    raw = request_bytes("POST", path, keys["2026-07"], b"", fields=[])
    head = raw.replace(b"Content-Length: 0", b"Content-Length: %d" % (32 * 2**20 + 1))
    with RawConnection(shared.port) as connection:
        connection.send(head)
        assert connection.answer().status == 413


def test_a_task_of_many_megabytes_is_refused_by_its_prompt_alone(fields):
    assert fields(task(text="x" * 8_000_000)) == ["payload.prompt"]


@pytest.mark.parametrize("path", ["/v1/async/task", "/v1/async/task/batch", "/v1/async/queue"])
def test_other_methods_are_404_with_allow(shared, keys, path):
    for method in ("PUT", "PATCH", "GET" if path.endswith("queue") else "DELETE"):
        headers = {"Authorization": f"Bearer {keys['2026-07']}"}
        answer = shared.http.request(method, path, headers=headers)
        assert answer.status_code == 404, (method, answer.text)
