"""What a task costs, when it is charged, and when it isn't."""

import asyncio

import pytest

from async_support import (
    HOLD,
    charges,
    drive,
    finished,
    in_slots,
    listed,
    post,
    read,
    status,
    submit,
    submit_batch,
    task,
)
from support import eventually, path_of
from wire import flood, run

TOO_LITTLE = {"error": {"code": "INSUFFICIENT_CREDITS", "message": "Insufficient credits"}}
PRICES = [
    (task("CHATGPT"), 5),
    (task("CHATGPT", payload={"include": {"shopping": True, "ads": True}}), 7),
    (task("CHATGPT", payload={"include": {"rawResponse": True}, "state": "CA"}), 9),
    (task("GEMINI", payload={"state": "CA"}), 6),
    (task("GROK"), 4),
    (task("PERPLEXITY"), 4),
    (task("COPILOT"), 5),
    (task("AIMODE"), 4),
    (task("GOOGLE"), 3),
    (task("GOOGLE", payload={"pages": 3, "include": {"paaAioverview": True}}), 9),
    (task("GOOGLE_NEWS", payload={"pages": 10}), 21),
]


@pytest.mark.parametrize(("body", "price"), PRICES)
def test_prices_are_the_sync_ones_without_the_surcharge(shared, body, price):
    key = shared.minted(credits=1000, progression=HOLD)
    created = post(shared, key, body).json()
    assert created["credits"] == {"creditsToCharge": price, "creditsCharged": None}
    identifier = created["task"]["id"]
    assert shared.balance(key) == 1000 and charges(shared, key) == []
    drive(shared, identifier, "complete")
    assert read(shared, key, identifier)["credits"] == {
        "creditsToCharge": price, "creditsCharged": price,
    }  # fmt: skip
    assert shared.balance(key) == 1000 - price
    (entry,) = charges(shared, key)
    assert (entry["amount"], entry["taskId"], entry["endpoint"]) == (
        -price, identifier, "/v1/async/task",
    )  # fmt: skip
    assert "requestId" not in entry


def test_product_clusters_are_charged_beyond_the_estimate(shared):
    key = shared.minted(contract="2026-10", progression={"mode": "immediate"}, credits=1000)
    body = task("AIMODE", payload={"include": {"expandProducts": True}})
    done = finished(shared, key, submit(shared, key, body))
    clusters = len(done["response"].get("productResults", []))
    assert done["credits"] == {"creditsToCharge": 4, "creditsCharged": 4 + clusters}
    assert clusters > 0 and shared.balance(key) == 1000 - 4 - clusters


@pytest.mark.parametrize("revision", ["2026-07", "2026-10"])
def test_a_failed_task_costs_nothing(shared, revision):
    key = shared.minted(progression=HOLD, contract=revision)
    identifier = submit(shared, key)
    assert drive(shared, identifier, "fail").status_code == 200
    done = read(shared, key, identifier)
    assert done["credits"] == {"creditsToCharge": 5, "creditsCharged": 0}
    assert list(done["response"]["error"]) == ["code", "message"]
    assert charges(shared, key) == []


@pytest.mark.parametrize("revision", ["2026-07", "2026-10"])
def test_a_balance_too_small_at_submission_is_403(shared, revision):
    key = shared.minted(credits=4, contract=revision, progression=HOLD)
    refused = post(shared, key)
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "INSUFFICIENT_CREDITS"
    assert ("success" in refused.json()) == (revision == "2026-10")
    assert listed(shared, key) == []
    # Nothing is reserved: each task is compared with the whole balance.
    submit_batch(shared, key, [task("GROK")] * 5)
    assert shared.balance(key) == 4


def test_a_balance_too_small_at_pick_up_fails_the_task(frozen):
    key = frozen.minted(credits=5, concurrency=1, progression=HOLD, contract="2026-10")
    first, *others = submit_batch(frozen, key, [task()] * 4)
    in_slots(frozen, key, 1)
    drive(frozen, first, "complete")
    # The balance is 0 now: all that wait fail as they are picked up, and hold no slot.
    for each in others:
        done = read(frozen, key, each)
        assert done["task"]["status"] == "FAILED" and done["response"] == TOO_LITTLE
        assert done["task"]["latencyMs"] is None and done["credits"]["creditsCharged"] == 0
    assert status(frozen, key)["concurrency"]["used"] == 0
    assert frozen.balance(key) == 0


def test_a_balance_too_small_at_completion_fails_the_task(frozen):
    key = frozen.minted(credits=9, concurrency=2, latency="1s", contract="2026-10")
    ids = submit_batch(frozen, key, [task()] * 2)
    in_slots(frozen, key, 2)
    frozen.advance(1)
    ends = [read(frozen, key, each) for each in ids]
    assert sorted(end["task"]["status"] for end in ends) == ["COMPLETED", "FAILED"]
    (failed,) = [end for end in ends if end["task"]["status"] == "FAILED"]
    assert failed["response"] == TOO_LITTLE and failed["credits"]["creditsCharged"] == 0
    assert failed["task"]["latencyMs"] == 1000
    assert frozen.balance(key) == 4


def test_a_top_up_lets_waiting_tasks_run(frozen):
    key = frozen.minted(credits=5, concurrency=0, progression={"mode": "immediate"})
    ids = submit_batch(frozen, key, [task()] * 3)
    frozen.patch(key, addCredits=10)
    frozen.patch(key, concurrency=1)
    assert {finished(frozen, key, each)["task"]["status"] for each in ids} == {"COMPLETED"}
    assert frozen.balance(key) == 0


def test_racing_tasks_and_requests_never_overdraw(shared):
    # 60 tasks at 4 and 60 sync calls at 6, with credits for about half.
    key = shared.minted(credits=300, concurrency=100, latency="5ms", requestsPerSecond=10**6)
    question = {"prompt": "Hi", "country": "US"}
    asks = []
    for _ in range(60):
        asks.append(("POST", path_of("grok"), key, question))
        asks.append(("POST", "/v1/async/task", key, task("GROK")))
    answers = run(flood(shared.port, asks, 60))
    assert {a.status for a in answers} <= {200, 403, 429}
    eventually(
        lambda: not listed(shared, key, "QUEUED") and not listed(shared, key, "PROCESSING"), "ends")
    done = len(listed(shared, key, "COMPLETED"))
    served = sum(a.status == 200 and b"result" in a.body for a in answers)
    assert shared.balance(key) == 300 - 4 * done - 6 * served >= 0
    assert len(charges(shared, key)) == done + served
    assert status(shared, key)["concurrency"]["used"] == 0


def test_a_ledger_file_keeps_charges_and_forgets_tasks(double, tmp_path):
    arguments = ("--database", tmp_path / "ledger.db")
    first = double(*arguments)
    key = first.minted(credits=100, concurrency=1, progression=HOLD)
    done, held, queued = submit_batch(first, key, [task(idempotencyKey=f"{n}") for n in range(3)])
    drive(first, done, "complete")
    first.kill()
    second = double(*arguments)
    assert second.balance(key) == 95 and charges(second, key)[0]["taskId"] == done
    for each in (done, held, queued):
        assert second.get(key, f"/v1/async/task/{each}").status_code == 404
    assert status(second, key)["concurrency"] == {"used": 0, "max": 1}
    again = submit_batch(second, key, [task(idempotencyKey=f"{n}") for n in range(3)])
    drive(second, again[0], "complete")
    assert second.balance(key) == 90


def test_two_completions_at_once_charge_once(shared):
    key = shared.minted(progression=HOLD)
    ids = submit_batch(shared, key, [task()] * 20)

    async def scene():
        asks = [("POST", f"/_mock/tasks/{each}/complete") for each in ids for _ in range(4)]
        return await flood(shared.port, asks, 16)

    answers = asyncio.run(scene())
    assert sorted(a.status for a in answers) == [200] * 20 + [409] * 60
    assert len(charges(shared, key)) == 20
