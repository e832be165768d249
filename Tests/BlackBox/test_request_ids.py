"""The identifier of a request, and what the journal keeps and removes."""

import pytest

from async_support import submit, task
from control_support import (
    CHATGPT, CREDITS, asking, awaiting, entries, fault, last, page,
)  # fmt: skip
from support import UNKNOWN_KEY, Double

REVISIONS = ["2026-07", "2026-10"]


@pytest.mark.parametrize("contract", REVISIONS)
def test_every_request_has_an_identifier_which_ledger_and_header_share(frozen, contract):
    key = frozen.minted(contract=contract)
    answers = [frozen.ask(key), frozen.get(key, CREDITS), frozen.get(key, "/v1/x"),
               frozen.post(key, CHATGPT, {})]  # fmt: skip
    ids = [entry["requestId"] for entry in entries(frozen, key)]
    assert len(set(ids)) == 4 and None not in ids
    sent = [answer.headers.get("x-request-id") for answer in answers]
    assert sent == (ids if contract == "2026-10" else [None] * 4)
    charge = frozen.ledger(key)["entries"][-1]
    assert charge["requestId"] == ids[0]


def test_a_request_without_a_key_has_one_too(double):
    one = double("--contract", "2026-10")
    for path, key in ((CREDITS, UNKNOWN_KEY), ("/elsewhere", UNKNOWN_KEY)):
        answer = one.get(key, path)
        assert last(one)["requestId"] == answer.headers["x-request-id"]


def test_a_fault_that_refuses_the_key_keeps_the_request_s_own(double):
    one = double("--contract", "2026-10")
    key = one.minted()
    fault(one, {"kind": "status", "status": 401}, key)
    answer = one.ask(key)
    assert answer.status_code == 401
    assert last(one, key)["requestId"] == answer.headers["x-request-id"]


def test_a_request_is_found_by_its_identifier(frozen):
    key = frozen.minted()
    for _ in range(3):
        frozen.ask(key)
    second = entries(frozen, key)[1]
    assert entries(frozen, requestId=second["requestId"]) == [second]
    assert entries(frozen, requestId="x") == []
    found = awaiting(frozen, {"requestId": second["requestId"]}, milliseconds=0).json()
    assert found["entries"] == [second]


def test_a_task_s_requests_its_task_and_its_report_name_each_other(frozen):
    key = frozen.minted(progression={"mode": "hold"}, webhookMode="collect")
    one = submit(frozen, key, task(webhook={"url": "http://127.0.0.1:9/"}))
    frozen.get(key, f"/v1/async/task/{one}")
    submission, read = entries(frozen, key)
    assert submission["taskId"] == read["taskId"] == one
    (found,) = frozen.control("GET", "tasks", key=key).json()["tasks"]
    assert found["requestId"] == submission["requestId"]
    frozen.control("POST", f"tasks/{one}/complete", {}, status=200)
    (report,) = frozen.control("GET", "webhooks", key=key).json()["webhooks"]
    assert (report["taskId"], report["requestId"]) == (one, submission["requestId"])
    assert frozen.ledger(key)["entries"][-1]["taskId"] == one
    assert awaiting(frozen, {"key": key, "taskId": one}, 2, 0).status_code == 200


def test_requests_are_awaited_by_what_they_ask(frozen):
    key = frozen.minted()
    frozen.ask(key, text="Which laptop?")
    frozen.ask(key, "google", "Which laptop?")
    submit(frozen, key, task("GEMINI", "Which phone?"))
    frozen.post(key, "/v1/async/task/batch", [task(), task("GROK")])
    for match, count in (
        ({"provider": "chatgpt"}, 2), ({"provider": "grok"}, 1), ({"provider": "gemini"}, 1),
        ({"prompt": "Which laptop?"}, 2), ({"prompt": {"equals": "Which phone?"}}, 1),
        ({"provider": "google", "prompt": {"regex": "^Which"}}, 1),
        ({"provider": "gemini", "prompt": "laptop"}, 0),
    ):  # fmt: skip
        answer = awaiting(frozen, {"key": key, **match}, max(count, 1), 0)
        assert answer.status_code == (200 if count else 408), (match, answer.text)
        assert not count or len(answer.json()["entries"]) == count, match
    nearest = answer.json()["error"]["details"]["nearest"]
    assert any("prompt: " in miss or "provider: " in miss for row in nearest
               for miss in row["misses"])  # fmt: skip


def test_many_holders_of_slots_are_a_number_the_oldest_and_a_way_to_all(frozen):
    key = frozen.minted(latency="1s", concurrency=4)
    connections = [asking(frozen, key)]
    frozen.await_running(key, 1)
    connections += [asking(frozen, key) for _ in range(3)]
    frozen.await_running(key, 4)
    assert frozen.ask(key).status_code == 429
    reason = last(frozen, key, status=429)["reason"]
    frozen.advance(1)
    for connection in connections:
        assert connection.answer().status == 200
        connection.socket.close()
    oldest = entries(frozen, key, path=CHATGPT, status=200)[0]["requestId"]
    assert reason == (
        f"concurrency: slots 4 of 4, held longest by request {oldest}; "
        "all of them: GET /_mock/requests?state=running"
    )


# MARK: What is kept


def test_successes_don_t_push_refusals_out_nor_refusals_successes():
    one = Double("--clock", "manual", "--journal-entries", "10")
    key = one.first_key
    for _ in range(3):
        one.get(key, "/v1/x")
    for _ in range(20):
        one.get(key, CREDITS)
    found = page(one)
    statuses = [entry["status"] for entry in found["entries"]]
    assert statuses == [404] * 3 + [200] * 7
    assert (found["dropped"], found["droppedRefusals"]) == (13, 0)
    for _ in range(20):
        one.get(key, "/v1/x")
    found = page(one, key=key)
    statuses = [entry["status"] for entry in found["entries"]]
    assert statuses == [200] * 5 + [404] * 5
    assert (found["dropped"], found["droppedRefusals"]) == (33, 18)
    sequences = [entry["sequence"] for entry in found["entries"]]
    assert sequences == sorted(sequences)
    one.control("DELETE", "journal", status=200)
    assert page(one) == {"entries": [], "dropped": 0, "droppedRefusals": 0}
    assert one.stop() == 0


def test_what_is_removed_is_what_the_same_query_shows(frozen):
    key, other = frozen.minted(), frozen.minted()
    for each in (key, other):
        frozen.ask(each)
        frozen.get(each, "/v1/x")
        frozen.get(each, CREDITS)
    first = entries(frozen, key)[0]
    for query in (
        {"requestId": first["requestId"]}, {"key": key, "status": 404},
        {"key": key, "path": CREDITS, "since": 0, "limit": 5},
    ):  # fmt: skip
        (gone,) = entries(frozen, **query)
        assert frozen.http.delete("/_mock/journal", params=query).status_code == 200
        assert gone not in entries(frozen)
    assert entries(frozen, key) == [] and len(entries(frozen, other)) == 3
    assert frozen.control("DELETE", "journal", limit="x").status_code == 400
    frozen.control("DELETE", "journal", status=200, key=other, limit=1)
    assert [entry["path"] for entry in entries(frozen, other)] == [CHATGPT, "/v1/x"]
