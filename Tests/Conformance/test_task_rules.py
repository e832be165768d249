"""Tasks: submission, order, outcome, and how long they are remembered."""

import pytest

from api import TASK_TYPES, Api, body, code, exact, fields, task
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
        names = ["id", "taskType", "status", "priority", "createdAt"]
        names += [] if api.is_july else ["latencyMs"]
        assert list(shown) == names + (["idempotencyKey"] if members else [])
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
    bad = body(provider, country=5, include={"html": 1, "pdf": True}, zip=1)
    assert fields(api.submit(key, provider, bad)) == ["payload.country", "payload.include.html"]
    for value in (None, 1, 1.5, True, []):
        whole = {"taskType": TASK_TYPES[provider], "payload": value}
        assert fields(api.post(key, "/v1/async/task", whole)) == ["payload"]
    for type in (
        "chatgpt", "ChatGPT", "GOOGLE-NEWS", "GOOGLE/NEWS", "GOTO", "GOOGLE_GOTO", "",
        None, 1, 1.5, True, [], {},
    ):  # fmt: skip
        assert fields(api.submit(key, provider, taskType=type)) == ["taskType"]


@rule("async.unknown-members", "async.webhook-url", "async.priority", "async.field-names")
@rule("validation.async-422", only=JULY)
@rule("validation.async-400", only=OCTOBER)
def test_what_is_wrong_with_a_task(api):
    key = api.mint(progression="hold", webhookMode="collect")
    for members, names in [
        ({"priority": 0}, ["priority"]), ({"priority": 11}, ["priority"]),
        *[({"priority": each}, ["priority"])
          for each in (-1, 1.5, 1e99, "1", True, None, [], {})],
        ({"idempotencyKey": 1}, ["idempotencyKey"]),
        *[({"webhook": each}, ["webhook"])
          for each in (None, 1, True, [], "http://127.0.0.1:9/")],
        ({"webhook": {}}, ["webhook.url"]),
        *[({"webhook": {"url": each}}, ["webhook.url"]) for each in (None, 1, [], {}, True)],
        ({"webhook": {"url": "/hook"}}, ["webhook.url"]),
        ({"webhook": {"url": "ftp://example.com"}}, ["webhook.url"]),
        ({"webhook": {"url": "http://"}}, ["webhook.url"]),
        ({"payload": {"prompt": ""}}, ["payload.country", "payload.prompt"]),
    ]:  # fmt: skip
        answer = api.submit(key, **members)
        assert answer.status_code == (422 if api.is_july else 400), members
        assert fields(answer) == names
    for priority in (1, 5, 10, 3.0):
        assert api.submit(key, priority=priority).status_code == 200
    webhook = {"url": "http://127.0.0.1:9/", "secret": "x"}
    assert api.submit(key, color="red", webhook=webhook).status_code == 200
    whole = {
        "taskType": "GOOGLE", "payload": {"query": 1, "pages": 11, "more": 2}, "priority": 11,
        "idempotencyKey": 5, "webhook": {"url": "ftp://x", "secret": "s"}, "extra": True,
    }  # fmt: skip
    country = ["payload.country"] if api.is_july else []
    assert fields(api.post(key, "/v1/async/task", whole)) == [
        "idempotencyKey", *country, "payload.pages", "payload.query", "priority", "webhook.url",
    ]  # fmt: skip
    assert fields(api.post(key, "/v1/async/task", {})) == ["payload", "taskType"]


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


@rule("async.fills-slots", "concurrency.organization")
def test_organizations_do_not_wait_for_each_other(api):
    first, second = (api.mint(concurrency=1, progression="hold") for _ in range(2))
    for _ in range(3):
        api.submitted(first, priority=10)
    assert api.status(second, api.submitted(second)) == "PROCESSING"


@rule("async.scheduling", "async.fills-slots")
@rule("async.latency", only=OCTOBER)
def test_the_order_in_which_tasks_end(start):
    api = start()
    key = api.mint(concurrency=2, latency="10s")
    tasks = [task(priority=each) for each in (1, 9, 5, 9)]
    rows = api.batch(key, tasks).json()["results"]
    one, nine, five, other_nine = (each["task"]["id"] for each in rows)
    fired = api.advance(20)["fired"]
    # Those of one moment as they began.
    assert [(each["kind"], each["id"]) for each in fired] == [
        ("completion", each) for each in (nine, other_nine, five, one)
    ]
    assert len({each["at"] for each in fired}) == 2
    # Waiting in the queue isn't latency.
    expected = None if api.is_july else 10_000
    for each in fired:
        assert api.read(key, each["id"])["task"].get("latencyMs") == expected


@rule("async.scheduling")
def test_within_a_priority_the_oldest_goes_first(start):
    api = start()
    key = api.mint(concurrency=1, latency="1s")
    priorities = [1 + number % 3 for number in range(60)]
    rows = api.batch(key, [task(priority=each) for each in priorities[:40]]).json()["results"]
    ids = [each["task"]["id"] for each in rows]
    ids += [api.submitted(key, priority=each) for each in priorities[40:]]
    order = sorted(range(60), key=lambda number: -priorities[number])
    assert [each["id"] for each in api.advance(60)["fired"]] == [ids[number] for number in order]


@rule("async.read-by-key", "async.foreign-task")
def test_a_task_is_found_by_its_key(api):
    key, other = api.mint(progression="hold"), api.mint()
    first = api.submitted(key, idempotencyKey="order 7/8 é")
    # A key that looks like the id of another task: the id comes first.
    second = api.submitted(key, idempotencyKey=first)
    assert api.read(key, "order%207%2F8%20%C3%A9")["task"]["id"] == first
    assert api.read(key, first)["task"]["id"] == first
    assert api.read(key, second)["task"]["idempotencyKey"] == first
    for asker, name in [(other, "order%207%2F8%20%C3%A9"), (key, "order%207%2F9"), (key, "%")]:
        answer = api.get(asker, f"/v1/async/task/{name}")
        assert answer.status_code == 404
        assert answer.json()["error"]["details"] == {"id": name}


@rule("async.attempts", "async.attempts-used-up", "async.queued-retries", "async.status")
@rule("async.latency", only=OCTOBER)
def test_attempts(start):
    api = start()
    key = api.mint(latency="10m", concurrency=1)
    id = api.submitted(key)
    seen = []
    for seconds in (300, 29.9, 0.1, 300, 59.9, 0.1, 300):
        api.advance(seconds)
        status = api.get(key, "/v1/async/status").json()
        seen.append(
            (api.status(key, id), status["queuedTasks"], status["concurrency"]["used"])
        )  # fmt: skip
    queued, running = ("QUEUED", 1, 0), ("PROCESSING", 0, 1)
    assert seen == [queued, queued, running, queued, queued, running, ("FAILED", 0, 0)]
    read = api.read(key, id)
    error = {"code": "INTERNAL_SERVER_ERROR", "message": "Task failed after max retries"}
    assert read["response"] == {"error": error}
    assert read["credits"]["creditsCharged"] == 0 and api.double.balance(key) == 250_000
    assert read["task"].get("latencyMs") == (None if api.is_july else 990_000)


@rule("async.queued-retries", "async.attempts", "async.clear-queue")
def test_another_attempt_may_succeed_and_others_go_on_meanwhile(start):
    api = start()
    key = api.mint(concurrency=1)
    stub = {"match": {"key": key}, "result": {}, "latency": "10m", "times": 1}
    api.double.control("POST", "responses", stub, status=201)
    slow, quick = api.submitted(key), api.submitted(key)
    api.advance(300)
    assert [api.status(key, each) for each in (slow, quick)] == ["QUEUED", "COMPLETED"]
    assert [each["kind"] for each in api.advance(30)["fired"]] == ["attempt"]
    assert api.status(key, slow) == "COMPLETED" and api.double.balance(key) == 250_000 - 10
    # A queue that is cleared is cleared of these too.
    api.double.control("POST", "responses", stub, status=201)
    again = api.submitted(key)
    api.advance(300)
    assert api.send("DELETE", "/v1/async/queue", key).json() == {"success": True, "cleared": 1}
    assert api.get(key, f"/v1/async/task/{again}").status_code == 404
    assert api.advance(100)["fired"] == []


@rule("async.recheck")
def test_what_became_invalid_in_the_queue_fails(api, double):
    # A double without the suite's fixture, which switches Grok on.
    api = Api(double(), api.revision)
    key = api.double.minted(concurrency=0, contract="2026-07")
    # Since October Copilot doesn't serve Iran any more, and Grok is switched off.
    country = api.submitted(key, "copilot", body("copilot", country="IR"))
    provider = api.submitted(key, "grok")
    fine = api.submitted(key, "gemini")
    api.double.patch(key, contract="2026-10", concurrency=5)
    api.settled(key)
    error = api.read(key, country)["response"]["error"]
    assert (error["code"], [each["field"] for each in error["details"]]) == (
        "VALIDATION_ERROR", ["payload.country"],
    )  # fmt: skip
    assert api.read(key, provider)["response"]["error"]["code"] == "MODEL_UNAVAILABLE"
    assert api.status(key, fine) == "COMPLETED"
    assert api.read(key, country)["credits"]["creditsCharged"] == 0
    assert api.double.balance(key) == 250_000 - 4


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
    # Nothing is reserved, so all are taken; the first one takes the credits.
    first, *others = (api.submitted(key) for _ in range(4))
    assert api.double.balance(key) == 5
    api.advance(2)
    assert api.status(key, first) == "COMPLETED"
    for each in others:
        read = api.read(key, each)
        assert read["task"]["status"] == "FAILED" and read["credits"]["creditsCharged"] == 0
        assert read["response"] == {
            "error": {"code": "INSUFFICIENT_CREDITS", "message": "Insufficient credits"}
        }
        assert read["task"].get("latencyMs") is None
    assert (api.double.balance(key), api.double.running(key)) == (0, 0)


@rule("async.pick-up-credits")
def test_a_top_up_is_there_for_those_that_wait(api):
    key = api.mint(credits=5, concurrency=0, progression="immediate")
    ids = [api.submitted(key) for _ in range(3)]
    api.double.patch(key, addCredits=10)
    api.double.patch(key, concurrency=1)
    api.settled(key)
    assert {api.status(key, each) for each in ids} == {"COMPLETED"}
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
    assert read["task"].get("latencyMs") == (None if api.is_july else 2000)
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
    for id in (
        NOBODY, "nothing", "123", foreign, foreign[:-1], foreign + "0", foreign.upper(),
    ):  # fmt: skip
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


@rule("async.key-unique")
def test_idempotency_keys_are_compared_byte_by_byte(api):
    key = api.mint(concurrency=0)
    names = ["caf\u00e9", "cafe\u0301", "A", "a", " a", "a ", "", "\u212b", "\u00c5", "x" * 9000]
    for name in names:
        id = api.submitted(key, idempotencyKey=name)
        assert api.read(key, id)["task"]["idempotencyKey"] == name


@rule("async.lifetime", "async.key-bound")
def test_an_unfinished_task_outlives_the_day_and_goes_once_it_ends(api):
    key = api.mint(concurrency=1, progression="hold")
    running, queued = api.submitted(key, idempotencyKey="once"), api.submitted(key)
    api.advance(3 * DAY)
    assert [api.status(key, each) for each in (running, queued)] == ["PROCESSING", "QUEUED"]
    assert api.submit(key, idempotencyKey="once").status_code == 409
    api.drive(running, "fail")
    api.advance(1)
    assert api.get(key, f"/v1/async/task/{running}").status_code == 404
    assert api.submit(key, idempotencyKey="once").status_code == 200
