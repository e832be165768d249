"""The journal: what an entry says of each kind of answer, filters, bounds, waiting, and order."""

import json
import re

import pytest

from async_support import HOLD, submit, task
from control_support import (
    CHATGPT, CREDITS, ENTRY, Background, Events, asking, awaiting, entries, fault, last, moment,
    organization, page, stub,
)  # fmt: skip
from support import UNKNOWN_KEY, Double, question
from wire import RawConnection, flood, request_bytes, run

# MARK: What an entry says


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def refill(double):
    """A second in which no bucket has been asked yet."""
    double.advance(1)


def ask_without_credits(double):
    key = double.minted(credits=3)
    double.ask(key)
    return key, CHATGPT


def ask_too_often(double):
    key = double.minted(requestsPerSecond=2)
    refill(double)
    for _ in range(3):
        double.ask(key)
    return key, CHATGPT


def ask_too_many(double):
    key = double.minted(concurrency=1, progression=HOLD)
    submit(double, key)
    double.ask(key)
    return key, CHATGPT


def leave_early(double):
    key = double.minted(latency="2s")
    connection = asking(double, key)
    double.await_running(key, 1)
    connection.socket.close()
    double.advance(2)
    return key, CHATGPT


def call(method, path, body=None, **mint):
    def scenario(double):
        key = double.minted(**mint)
        double.http.request(method, path, json=body, headers=bearer(key))
        return key, path

    return scenario


def twice(path, body, **mint):
    def scenario(double):
        key = double.minted(**mint)
        for _ in range(2):
            double.post(key, path, body)
        return key, path

    return scenario


def struck(kind, path=CREDITS):
    def scenario(double):
        key = double.minted()
        fault(double, kind, key, times=1)
        with RawConnection(double.port) as connection:
            method, body = ("POST", question("chatgpt")) if path == CHATGPT else ("GET", None)
            connection.send(
                request_bytes(method, path, key, body, fields=[("Connection", "close")])
            )
            try:
                connection.rest()
            except ConnectionResetError:
                pass
        return key, path

    return scenario


def stubbed(**members):
    def scenario(double):
        key = double.minted()
        stub(double, key, **members)
        double.ask(key)
        return key, CHATGPT

    return scenario


TASK, BATCH = "/v1/async/task", "/v1/async/task/batch"
ID = r"[0-9a-f-]{36}"
ANSWERED = "answered: price 7, balance 249,993 after it"
KINDS = {
    "a charged answer": (call("POST", CHATGPT, question("chatgpt")), 200, ANSWERED, 7),
    "a free answer": (call("GET", CREDITS), 200, "answered: free of charge", 0),
    "a task": (call("POST", TASK, task()), 200, "answered: 1 queued", 0),
    "a batch": (call("POST", BATCH, [task(), {}]), 200, "answered: 1 queued, 1 refused", 0),
    "a bad question": (call("POST", CHATGPT, {"prompt": ""}), 400, "validation: .*prompt: .+", 0),
    "a bad task": (call("POST", TASK, {"taskType": "X"}), 422, "validation: .*taskType: .+", 0),
    "no credits": (ask_without_credits, 403, "credits: balance 3, price 7", 0),
    "no route": (call("GET", "/v1/x"), 404, "route: there is no operation /v1/x", 0),
    "another method": (call("GET", CHATGPT), 404, "route: the path has POST only", 0),
    "no task": (call("GET", f"{TASK}/x"), 404, "task: this organization has no task x", 0),
    "a known task": (twice(TASK, task(idempotencyKey="i")), 409,
                     'idempotency: a task has the idempotency key "i" already', 0),
    "a full queue": (call("POST", TASK, task(), queueLimit=0), 429,
                     "queue: 0 of 0 queued, 1 more sent", 0),
    "too often": (ask_too_often, 429,
                  rf"rate limit: window \d\d:\d\d:\d\dZ, 2 of 2 to POST {CHATGPT}", 0),
    "too many": (ask_too_many, 429, f"concurrency: slots 1 of 1 held by task {ID}", 0),
    "a client that left": (leave_early, 499,
                           "client gone: .* charged all the same: 7", 7),
    "a fault's error": (struck({"kind": "status", "status": 503}), 503,
                        r"fault: fault-\S+ \(status\)", 0),
    "a fault's 401": (struck({"kind": "status", "status": 401}), 401,
                      r"fault: fault-\S+ \(status\)", 0),
    "a fault's reset": (struck("connection_reset"), None,
                        r"fault: fault-\S+ \(connection_reset\)", 0),
    "a fault's end": (struck("empty_response"), None, r"fault: fault-\S+ \(empty_response\)", 0),
    "a fault's noise": (struck("random_data_then_close"), None,
                        r"fault: fault-\S+ \(random_data_then_close\)", 0),
    "a fault in delivery": (struck("truncate_body", CHATGPT), 200,
                            ANSWERED + r"; fault-\S+ \(truncate_body\)", 7),
    "a stub's result": (stubbed(result={"text": "a"}), 200, ANSWERED + r"; stub-\S+ \(result\)", 7),
    "a stub's error": (stubbed(error={"status": 502}), 502, r"stub: stub-\S+ \(error\)", 0),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_answer_has_an_entry_with_its_reason(frozen, kind):
    scenario, status, reason, charged = KINDS[kind]
    key, path = scenario(frozen)
    entry = last(frozen, key)
    assert list(entry) == ENTRY
    assert (entry["status"], entry["path"]) == (status, path)
    assert re.fullmatch(reason, entry["reason"]), entry["reason"]
    assert (entry["key"], entry["organization"]) == (key[-4:], organization(frozen, key))
    assert entry["creditsCharged"] == charged
    assert entry["latencyMs"] == (2000 if status == 499 else 0)
    paid = [-row["amount"] for row in frozen.ledger(key)["entries"] if row.get("requestId")]
    assert sum(row["creditsCharged"] for row in entries(frozen, key)) == sum(paid)
    now = moment(frozen.control("GET", "clock").json()["now"])
    assert (now - moment(entry["at"])).total_seconds() == (2 if status == 499 else 0)
    assert entry["request"]["headers"]["Authorization"] == f"Bearer …{key[-4:]}"


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        (None, "no Authorization field with the scheme Bearer"),
        ("bearer KEY", "no Authorization field with the scheme Bearer"),
        ("Basic KEY", "no Authorization field with the scheme Bearer"),
        ("Bearer KEYa", "the token is not a key of the form sk_live_ .*"),
        (f"Bearer {UNKNOWN_KEY}", "the key is unknown"),
        ("Bearer KEY", "the key is revoked"),
    ],
)
def test_a_request_without_a_valid_key_is_noted_for_none(frozen, authorization, reason):
    key = frozen.minted()
    frozen.patch(key, revoked=True)
    headers = {} if authorization is None else {"Authorization": authorization.replace("KEY", key)}
    assert frozen.http.get("/v1/credits", headers=headers).status_code == 401
    entry = last(frozen)
    assert list(entry) == ENTRY
    assert re.fullmatch(f"authentication: {reason}", entry["reason"]), entry["reason"]
    assert (entry["status"], entry["creditsCharged"], entry["latencyMs"]) == (401, 0, 0)
    known = reason == "the key is revoked"
    assert entry["organization"] == (organization(frozen, key) if known else None)
    assert len(entries(frozen, key)) == known


def test_the_bodies_and_fields_are_those_of_the_wire(frozen):
    key = frozen.minted()
    body = question("chatgpt", "Grüße?")
    with RawConnection(frozen.port) as connection:
        fields = [("X-Twice", "a"), ("X-Twice", "b")]
        connection.send(request_bytes("POST", CHATGPT + "?a=b%20c", key, body, fields=fields))
        answer = connection.answer()
    entry = last(frozen, key)
    assert (entry["method"], entry["path"]) == ("POST", CHATGPT)
    request, response = entry["request"], entry["response"]
    assert list(request) == ["headers", "query", "body"] and request["query"] == "a=b%20c"
    assert json.loads(request["body"]) == body
    assert request["headers"]["X-Twice"] == "a, b"
    assert list(response) == ["headers", "body"] and response["body"].encode() == answer.body
    own = {"Date", "Content-Length", "Connection"}
    assert response["headers"] == {k: v for k, v in answer.fields if k not in own}


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (b"HELLO\r\n\r\n", 400, ".+"),
        (b"GET / HTTP/3.7\r\n\r\n", 505, ".+"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414, ".+"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: a\r\n\r\n", 400, ".+"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", 413, ".+"),
    ],
)
def test_bytes_that_are_no_request_have_an_entry(frozen, data, status, reason):
    before = last(frozen)["sequence"] if entries(frozen) else 0
    with RawConnection(frozen.port) as connection:
        connection.send(data)
        answer = connection.answer()
    (entry,) = entries(frozen, since=before)
    assert list(entry) == ENTRY
    assert (entry["status"], entry["key"], entry["organization"]) == (status, None, None)
    assert (entry["method"], entry["path"], entry["creditsCharged"]) == ("", "", 0)
    assert entry["reason"] == f"malformed: {answer.json()['error']['message']}"
    assert re.fullmatch(reason, answer.json()["error"]["message"])
    assert answer.status == status and entry["response"]["body"].encode() == answer.body


def test_a_refusal_for_want_of_slots_names_requests_and_tasks(frozen):
    key = frozen.minted(concurrency=3, latency="1s", contract="2026-10")
    task_id = submit(frozen, key)
    connections = [asking(frozen, key) for _ in range(2)]
    frozen.await_running(key, 3)
    refused = frozen.ask(key)
    assert refused.status_code == 429
    reason = last(frozen, key)["reason"]
    frozen.advance(1)
    ids = sorted(connection.answer().headers["x-request-id"] for connection in connections)
    named = re.fullmatch(
        f"concurrency: slots 3 of 3 held by requests ({ID}), ({ID}) and task {task_id}", reason
    )
    assert named and sorted(named.groups()) == ids, reason
    for connection in connections:
        connection.socket.close()


def test_the_journal_names_the_window_and_its_numbers(frozen):
    key = frozen.minted(requestsPerSecond=1000)
    refill(frozen)
    for _ in range(1001):
        answer = frozen.get(key, "/v1/countries")
    assert answer.status_code == 429
    second = frozen.control("GET", "clock").json()["now"][11:19]
    expected = f"rate limit: window {second}Z, 1,000 of 1,000 to GET /v1/countries"
    assert last(frozen, key)["reason"] == expected


def test_a_request_whose_key_is_removed_under_way_is_its_organization_s_no_more(frozen):
    key = frozen.minted(latency="3s")
    with asking(frozen, key) as connection:
        frozen.await_running(key, 1)
        frozen.control("DELETE", f"keys/{key}", status=200)
        frozen.advance(3)
        assert connection.answer().status == 401
    entry = last(frozen)
    assert (entry["status"], entry["latencyMs"]) == (401, 3000)
    assert entry["reason"].startswith("authentication: the key was removed, or")


# MARK: Filters


@pytest.fixture(scope="module")
def populated(double_of_module):
    one = double_of_module
    first, second = one.minted(credits=7), one.minted()
    for key in (first, second):
        one.ask(key)
        one.ask(key)
        one.get(key, CREDITS)
        one.get(key, "/v1/x")
    one.http.get(CREDITS)
    return one, first, second


@pytest.fixture(scope="module")
def double_of_module():
    one = Double("--clock", "manual")
    yield one
    assert one.stop() == 0


@pytest.mark.parametrize(
    ("query", "sequences"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"key": 1}, [1, 2, 3, 4]),
        ({"key": 2}, [5, 6, 7, 8]),
        ({"path": CHATGPT}, [1, 2, 5, 6]),
        ({"path": "/v1"}, []),
        ({"status": 200}, [1, 3, 5, 6, 7]),
        ({"status": 403}, [2]),
        ({"status": 299}, []),
        ({"since": 4}, [5, 6, 7, 8, 9]),
        ({"since": 9}, []),
        ({"since": 10**18}, []),
        ({"limit": 2}, [8, 9]),
        ({"limit": 0}, []),
        ({"limit": 100}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"since": 4, "limit": 2}, [5, 6]),
        ({"key": 2, "status": 200}, [5, 6, 7]),
        ({"key": 2, "status": 200, "limit": 1}, [7]),
        ({"key": 2, "status": 200, "limit": 1, "since": 0}, [5]),
        ({"key": 1, "path": CHATGPT, "status": 200, "since": 1}, []),
        ({"path": CREDITS, "status": 401}, [9]),
    ],
)
def test_filters_combine(populated, query, sequences):
    one, *keys = populated
    if "key" in query:
        query = query | {"key": keys[query["key"] - 1]}
    found = page(one, **query)
    assert [entry["sequence"] for entry in found["entries"]] == sequences
    assert found["dropped"] == 0


@pytest.mark.parametrize(
    ("query", "status", "name"),
    [
        ("key=nobody", 404, "no such key"), ("key=", 404, "no such key"),
        ("status=ok", 400, "status"), ("status=-1", 400, "status"), ("since=x", 400, "since"),
        ("since=1.5", 400, "since"), ("limit=-1", 400, "limit"), ("limit=", 400, "limit"),
        ("staus=429", 400, "status"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_filter_is_said(populated, query, status, name):
    answer = populated[0].http.get(f"/_mock/journal?{query}")
    assert (answer.status_code, name in answer.text) == (status, True), answer.text


def test_the_keys_of_an_organization_share_a_view(frozen):
    first = frozen.minted()
    second = frozen.minted(organization=organization(frozen, first))
    other = frozen.minted()
    for key in (first, second, other):
        frozen.get(key, CREDITS)
    assert entries(frozen, first) == entries(frozen, second)
    assert [entry["key"] for entry in entries(frozen, first)] == [first[-4:], second[-4:]]
    assert [entry["key"] for entry in entries(frozen, other)] == [other[-4:]]


# MARK: Bounds


def test_the_ring_keeps_the_newest_and_counts_the_rest(double):
    one = double("--journal-entries", "3")
    first, second = one.minted(), one.minted()
    for key in (first, first, second, first, second):
        one.get(key, CREDITS)
    everything = page(one)
    assert [entry["sequence"] for entry in everything["entries"]] == [3, 4, 5]
    assert everything["dropped"] == 2
    assert (page(one, key=first)["dropped"], page(one, key=second)["dropped"]) == (2, 0)
    # What comes after an entry that is gone begins with the first that is left.
    assert [entry["sequence"] for entry in entries(one, since=1, limit=2)] == [3, 4]


def test_the_ring_keeps_to_its_bytes(double):
    one = double("--journal-bytes", "300000")
    key = one.minted()
    for _ in range(40):
        one.http.post(CREDITS, content=b"a" * 30_000, headers=bearer(key))
    found = page(one)
    assert len(found["entries"]) in range(5, 11)
    assert found["dropped"] + len(found["entries"]) == 40
    # An entry that is larger than all of it stands alone.
    one.http.post(CREDITS, content=b"a" * 60_000, headers=bearer(key))
    assert entries(one)[-1]["sequence"] == 41


def test_the_bytes_of_a_query_count_too(double):
    one = double("--journal-bytes", "100000")
    key = one.minted()
    for _ in range(60):
        one.get(key, CREDITS, x="q" * 6000)
    assert sum(len(entry["request"]["query"]) for entry in entries(one)) <= 100_000


@pytest.mark.parametrize("flag", ["--journal-entries", "--journal-bytes"])
def test_a_journal_of_nothing_is_off(double, flag):
    one = double(flag, "0")
    key = one.minted()
    assert one.ask(key).status_code == 200
    assert page(one) == {"entries": [], "dropped": 0, "droppedRefusals": 0}
    refused = awaiting(one, {}, milliseconds=0)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT")
    assert one.http.get("/_mock/events").status_code == 409
    # It counts on.
    wanted = f'cloro_mock_requests_total{{endpoint="POST {CHATGPT}",status="200"}} 1\n'
    assert wanted in one.control("GET", "metrics").text


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 200_000])
def test_bodies_are_cut_at_64_kibibytes(frozen, size):
    key = frozen.minted()
    frozen.http.post(CREDITS, content=b"a" * size, headers=bearer(key))
    request = last(frozen, key)["request"]
    assert request["body"] == "a" * min(size, 65_536)
    assert request.get("bodyBytes") == (size if size > 65_536 else None)


@pytest.mark.parametrize("size", [1000, 100_000])
def test_an_answer_s_body_is_cut_as_well(frozen, size):
    key = frozen.minted()
    stub(frozen, key, result={"text": "ü" * size}, mode="replace")
    answer = frozen.ask(key).content
    response = last(frozen, key)["response"]
    assert response["body"] == answer[:65_536].decode(errors="replace")
    assert response.get("bodyBytes") == (len(answer) if len(answer) > 65_536 else None)


def test_bytes_that_are_no_text_are_shown_as_well_as_they_can(frozen):
    key = frozen.minted()
    frozen.http.post(CREDITS, content=b"\xff\x00a", headers=bearer(key))
    assert last(frozen, key)["request"]["body"] == "�\0a"


# MARK: Secrets


def slips(key):
    """How people send a key by mistake."""
    return {
        "the key alone": ("Authorization", key),
        "a tab": ("Authorization", f"Bearer\t{key}"),
        "a colon": ("Authorization", f"Bearer:{key}"),
        "lower case": ("Authorization", f"bearer {key}"),
        "two blanks": ("Authorization", f"Bearer  {key}"),
        "another scheme": ("Authorization", f"Token {key}"),
        "quotes": ("Authorization", f'Bearer "{key}"'),
        "a blank after it": ("Authorization", f"Bearer {key} x"),
        "as it should be": ("Authorization", f"Bearer {key}"),
    }


@pytest.mark.parametrize("slip", slips(""))
def test_a_token_never_stands_in_full_anywhere(frozen, slip):
    key = frozen.minted()
    name, value = slips(key)[slip]
    with RawConnection(frozen.port) as connection:
        fields = f"{name}: {value}\r\n"
        connection.send(f"GET {CREDITS} HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode())
        assert key not in connection.answer().text
    shown = json.dumps(entries(frozen, limit=1))
    assert key not in shown and key[10:] not in shown, shown


KEY = "sk_test_" + "5eed" * 8


@pytest.mark.parametrize(
    ("place", "path", "options", "shown"),
    [
        ("field", CHATGPT, {"headers": {"X-Api-Key": KEY}}, {"X-Api-Key": "…5eed"}),
        ("query", CHATGPT, {"params": {"key": KEY}}, "key=…5eed"),
        ("path", f"/v1/{KEY}/x", {}, "/v1/…5eed/x"),
        ("body", CHATGPT, {"content": f"My key is {KEY}."}, "My key is …5eed."),
    ],
)
def test_a_key_in_another_place_shows_as_its_last_four_characters(
    frozen, place, path, options, shown
):
    """In the journal and in its events: in the request, the reason and the response."""
    key = frozen.minted()
    options["headers"] = bearer(key) | options.get("headers", {})
    with Events(frozen, f"?key={key}") as stream:
        frozen.http.post(path, **options)
        seen = [*entries(frozen, key), stream.entry()]
    for entry in seen:
        request = entry["request"]
        assert KEY[8:] not in json.dumps(entry), entry
        if place == "field":
            assert shown.items() <= request["headers"].items()
        else:
            assert {"path": entry["path"], **request}[place] == shown


def test_secrets_stand_in_no_output(double):
    one = double("--clock", "manual", "--log-level", "trace", "--admin-token", "let-me-in-please")
    one.http.headers["Authorization"] = "Bearer let-me-in-please"
    key = one.minted(webhookSecret="whsec_0123456789abcdef")
    one.ask(key)
    one.ask(key[:-1] + "z")
    submit(one, key, task(webhook={"url": "http://127.0.0.1:9/x"}))
    one.advance(0)
    refused = awaiting(one, {"key": key, "status": 503}, milliseconds=0)
    assert refused.status_code == 408
    outputs = {
        "journal": json.dumps(entries(one)), "metrics": one.control("GET", "metrics").text,
        "await": refused.text, "webhooks": one.control("GET", "webhooks").text,
        "unknown": one.control("GET", "keys/" + key[:-1] + "z").text,
        "log": "\n".join(one.stderr), "tasks": one.control("GET", "tasks").text,
    }  # fmt: skip
    for name, text in outputs.items():
        for secret in (key, key[:-1], "whsec_0123456789abcdef", "let-me-in-please"):
            assert secret not in text, (name, secret)


# MARK: Forgetting


def test_one_organization_s_entries_can_be_forgotten(frozen):
    first, second = frozen.minted(), frozen.minted()
    for key in (first, second, first):
        frozen.get(key, CREDITS)
    newest = last(frozen)["sequence"]
    frozen.control("DELETE", "journal", key=first, status=200)
    assert entries(frozen, first) == [] and len(entries(frozen, second)) == 1
    # Numbers are never given twice.
    frozen.get(first, CREDITS)
    assert last(frozen, first)["sequence"] == newest + 1


def test_forgetting_all_begins_the_count_of_dropped_ones_anew(double):
    one = double("--journal-entries", "3")
    first, second = one.minted(), one.minted()
    for key in (first, second):
        for _ in range(4):
            one.get(key, CREDITS)
    assert (page(one, key=first)["dropped"], page(one)["dropped"]) == (4, 5)
    one.control("DELETE", "journal", status=200)
    assert page(one) == {"entries": [], "dropped": 0, "droppedRefusals": 0}
    assert page(one, key=second) == {"entries": [], "dropped": 0, "droppedRefusals": 0}
    assert page(one, key=first) == {"entries": [], "dropped": 0, "droppedRefusals": 0}


def test_an_unknown_key_forgets_nothing(frozen):
    key = frozen.minted()
    frozen.get(key, CREDITS)
    frozen.control("DELETE", "journal", key=UNKNOWN_KEY, status=404)
    assert len(entries(frozen, key)) == 1


# MARK: Waiting


def test_what_is_there_already_is_not_waited_for(frozen):
    key = frozen.minted()
    frozen.get(key, CREDITS)
    frozen.ask(key)
    found = awaiting(frozen, {"key": key, "path": CREDITS}, milliseconds=0)
    assert found.status_code == 200
    assert found.json()["entries"] == entries(frozen, key, path=CREDITS)


@pytest.mark.parametrize("count", [1, 3])
def test_what_comes_later_is_waited_for(shared, count):
    key = shared.minted()
    match = {"key": key, "status": 200, "method": "GET", "path": CREDITS, "reason": "free"}
    waiting = Background(awaiting, shared, match, count)
    for index in range(count):
        assert waiting.thread.is_alive(), f"after {index} of {count}"
        shared.get(key, "/v1/x")
        shared.get(shared.minted(), CREDITS)
        shared.get(key, CREDITS)
    found = waiting.result()
    assert found.status_code == 200, found.text
    assert [entry["path"] for entry in found.json()["entries"]] == [CREDITS] * count


def test_many_wait_for_their_own(shared):
    keys = [shared.minted() for _ in range(20)]
    waits = [Background(awaiting, shared, {"key": key}) for key in keys]
    for key in reversed(keys):
        shared.get(key, CREDITS)
    for key, wait in zip(keys, waits):
        assert [entry["key"] for entry in wait.result().json()["entries"]] == [key[-4:]]


def test_a_wait_in_vain_names_the_nearest_misses(frozen):
    key, other = frozen.minted(), frozen.minted()
    frozen.get(key, CREDITS)
    frozen.get(other, "/v1/countries")
    match = {"key": key, "path": CREDITS, "status": 429}
    refused = awaiting(frozen, match, 2, milliseconds=30)
    assert refused.status_code == 408
    error = refused.json()["error"]
    assert list(error) == ["code", "message", "details"]
    assert (error["code"], error["message"]) == ("TIMEOUT", "0 of 2 such requests came in time.")
    nearest = error["details"]["nearest"]
    assert len(nearest) <= 3
    own, others = entries(frozen, key)[0], entries(frozen, other)[0]
    assert nearest[0] == {
        "sequence": own["sequence"], "requestId": own["requestId"], "method": "GET",
        "path": CREDITS, "status": 200, "misses": ["status: expected 429, was 200"],
    }  # fmt: skip
    misses = [len(each["misses"]) for each in nearest]
    assert misses == sorted(misses) and key not in refused.text
    assert others["sequence"] > own["sequence"]


def test_a_wait_whose_entries_are_forgotten_goes_on(shared):
    key = shared.minted()
    shared.get(key, CREDITS)
    with RawConnection(shared.port) as connection:
        body = {"match": {"key": key}, "count": 2, "timeoutMs": 5000}
        connection.send(request_bytes("POST", "/_mock/journal/await", body=body))
        for _ in range(20):  # by then the wait has begun
            awaiting(shared, {"key": key})
        shared.control("DELETE", "journal", key=key, status=200)
        shared.get(key, CREDITS)
        shared.get(key, CREDITS)
        assert len(connection.answer().json()["entries"]) == 2


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "match: is missing"),
        ([], 400, "must be an object"),
        ({"match": []}, 400, "match: expected an object, found array"),
        ({"match": {"stauts": 1}}, 400, 'did you mean "status"?'),
        ({"match": {"status": "200"}}, 400, "a whole number from 100 to 599"),
        ({"match": {}, "count": 0}, 400, "count: expected a whole number from 1"),
        ({"match": {}, "timeoutMs": -1}, 400, "timeoutMs: expected a whole number from 0"),
        ({"match": {}, "timeoutMs": 600_001}, 400, "timeoutMs: expected a whole number from 0"),
        ({"match": {}, "timeout": 1}, 400, "timeout: unknown member"),
        ({"match": {"key": UNKNOWN_KEY}}, 404, "no such key"),
    ],
)
def test_what_is_wrong_with_a_wait_is_said(frozen, body, status, message):
    refused = frozen.control("POST", "journal/await", body, status=status)
    assert message in refused.json()["error"]["message"]


def test_a_wait_does_not_hold_up_the_stop(double):
    one = double()
    with RawConnection(one.port) as connection:
        body = {"match": {"path": "/never"}, "timeoutMs": 600_000}
        connection.send(request_bytes("POST", "/_mock/journal/await", body=body))
        # A second request tells that the first has come to the double.
        assert one.control("GET", "clock").status_code == 200
        stop = Background(one.stop)
        assert stop.result(3) == 0


# MARK: Order


def test_an_entry_is_there_the_moment_its_answer_is(shared):
    key = shared.minted()
    for number in range(100):
        text = f"question {number}"
        assert shared.ask(key, text=text).status_code == 200
        assert text in last(shared, key, limit=1)["request"]["body"]


def test_nothing_is_lost_or_doubled_under_load(double):
    one = double("--journal-entries", "20000")
    keys = [
        one.minted(contract="2026-10", concurrency=100, requestsPerSecond=10**6, credits=7000)
        for _ in range(4)
    ]
    body = json.dumps(question("chatgpt")).encode()
    requests = [("POST", CHATGPT, keys[index % 4], body) for index in range(6000)]
    answers = run(flood(one.port, requests, 64))
    by_id = {answer.headers["x-request-id"]: answer for answer in answers}
    assert len(by_id) == len(answers) == 6000
    everything = entries(one)
    sequences = [entry["sequence"] for entry in everything]
    assert sequences == list(range(sequences[0], sequences[0] + 6000))
    noted = {entry["response"]["headers"]["X-Request-ID"]: entry for entry in everything}
    assert noted.keys() == by_id.keys()
    for identifier, entry in noted.items():
        assert entry["status"] == by_id[identifier].status
        assert entry["creditsCharged"] == (by_id[identifier].number("x-credits-charged") or 0)
    for key in keys:
        charged = [e for e in one.ledger(key, limit=10_000)["entries"] if e["kind"] == "charge"]
        paid = [e for e in entries(one, key) if e["status"] == 200]
        # 7,000 credits are enough for 1,000 answers of 7.
        assert len(paid) == len(charged) == 1000
        assert {e["requestId"] for e in charged} == {
            e["response"]["headers"]["X-Request-ID"] for e in paid
        }
        balances = [int(e["response"]["headers"]["X-Credits-Remaining"]) for e in paid]
        assert sorted(balances, reverse=True) == [e["balance"] for e in charged]
    assert page(one)["dropped"] == 0
