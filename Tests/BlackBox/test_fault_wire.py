"""Each fault on the wire: the bytes, the socket's end, what it costs, and what it leaves."""

import json
import re
import socket

import pytest

from async_support import charges, listed, status as async_status, task
from control_support import CHATGPT, CREDITS, asking, entries, fault, last, slots, sockets, stub
from support import eventually, path_of, question
from wire import RawConnection, flood, request_bytes, run

PRICE = 7


def ending(connection):
    """Everything that comes, and how the connection ends."""
    try:
        return connection.rest(), "FIN"
    except ConnectionResetError:
        return connection.inbox, "RST"


def struck(double, kind, key=None, path=CHATGPT, fields=(), version=b"1.1"):
    """A request that the fault strikes: its connection, and its key."""
    key = key or double.minted(concurrency=1)
    fault(double, kind, key, times=1)
    connection = RawConnection(double.port)
    body = question("chatgpt") if path == CHATGPT else None
    method = "POST" if path == CHATGPT else "GET"
    request = request_bytes(method, path, key, body, fields=fields)
    connection.send(request.replace(b"HTTP/1.1", b"HTTP/" + version, 1))
    return connection, key


def after(double, key, charged):
    """What must hold when a fault has struck: no slot, the right price, and the next one works."""
    assert slots(double, key) == 0
    assert double.balance(key) == 250_000 - charged
    assert len(charges(double, key)) == bool(charged)
    assert last(double, key)["creditsCharged"] == charged
    assert double.ask(key).status_code == 200


def split(data):
    head, body = data.split(b"\r\n\r\n", 1)
    return head.decode(), body


# MARK: In place of an answer


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
@pytest.mark.parametrize("path", [CHATGPT, CREDITS])
@pytest.mark.parametrize(
    ("kind", "end", "size"),
    [("connection_reset", "RST", 0), ("empty_response", "FIN", 0),
     ("random_data_then_close", "FIN", 256)],
)  # fmt: skip
def test_no_answer_at_all(frozen, kind, end, size, path, version):
    connection, key = struck(frozen, kind, path=path, version=version)
    with connection:
        data, seen = ending(connection)
    assert (seen, len(data)) == (end, size)
    assert not data.startswith(b"HTTP")
    entry = last(frozen, key)
    assert (entry["status"], entry["latencyMs"]) == (None, 0)
    assert re.fullmatch(rf"fault: fault-\S+ \({kind}\)", entry["reason"])
    assert entry["response"]["headers"] == {}
    assert (entry["response"]["body"] != "") == (size > 0)
    after(frozen, key, 0)


def test_the_noise_is_the_same_for_the_same_seed(double):
    seen = []
    for seed in ("3", "3", "4"):
        one = double("--seed", seed)
        connection, _ = struck(one, "random_data_then_close")
        with connection:
            seen.append(connection.rest())
    assert seen[0] == seen[1] != seen[2]


CODES = {
    400: "MODEL_UNAVAILABLE", 401: "INVALID_OR_EXPIRED_API_KEY", 403: "INSUFFICIENT_CREDITS",
    404: "RESOURCE_NOT_FOUND", 409: "RESOURCE_CONFLICT", 429: "RATE_LIMIT_EXCEEDED", 499: None,
    500: "INTERNAL_SERVER_ERROR", 502: "EXTERNAL_SERVICE_ERROR", 503: "SERVICE_UNAVAILABLE",
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_a_documented_error_and_the_connection_lives_on(frozen, code):
    connection, key = struck(frozen, {"kind": "status", "status": code, "retryAfter": 7})
    with connection:
        answer = connection.answer()
        assert answer.status == code
        assert answer.headers["retry-after"] == "7"
        error = answer.json()["error"]
        assert (error["code"] if CODES[code] else None) == CODES[code]
        assert answer.headers.get("x-credits-charged", "0") == "0"
        connection.send(request_bytes("GET", CREDITS, key))
        assert connection.answer().status == 200
    (entry,) = entries(frozen, key, path=CHATGPT)
    assert (entry["status"], entry["creditsCharged"]) == (code, 0)
    assert re.fullmatch(r"fault: fault-\S+ \(status\)", entry["reason"])
    assert frozen.balance(key) == 250_000 and slots(frozen, key) == 0


@pytest.mark.parametrize(
    ("code", "headers"),
    [
        ("CONCURRENT_LIMIT_EXCEEDED",
         {"x-concurrent-limit": "20", "x-concurrent-current": "21", "x-concurrent-remaining": "0"}),
        ("RATE_LIMIT_EXCEEDED", {"x-ratelimit-limit": "1000", "x-ratelimit-remaining": "0"}),
    ],
)  # fmt: skip
def test_a_429_s_headers_say_what_a_429_s_headers_say(frozen, code, headers):
    # Clients adapt by these: a refusal that shows free slots teaches them nothing.
    key = frozen.minted()
    fault(frozen, {"kind": "status", "status": 429, "code": code}, key)
    answer = frozen.ask(key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, code)
    assert {name: answer.headers[name] for name in headers} == headers


# MARK: Late errors


@pytest.mark.parametrize("status", [204, 429, 503, 599])
def test_a_status_comes_when_the_answer_would_have_come(clock, status):
    key = clock.minted(latency="2s", concurrency=1)
    fault(clock, {"kind": "status", "status": status}, key, match={"path": CHATGPT}, times=1)
    with asking(clock, key) as connection:
        clock.await_running(key, 1)
        # It is worked on like any other, so the next one finds no slot.
        assert clock.ask(key).json()["error"]["details"] == {"limit": 1}
        assert clock.advance(1.9)["fired"] == []
        clock.advance(0.1)
        answer = connection.answer()
    assert answer.status == status
    assert answer.headers["x-concurrent-current"] == "1"
    entry = next(each for each in entries(clock, key, path=CHATGPT) if each["latencyMs"])
    assert (entry["status"], entry["latencyMs"], entry["creditsCharged"]) == (status, 2000, 0)
    assert slots(clock, key) == 0 and charges(clock, key) == []


@pytest.mark.parametrize("path", [CHATGPT, CREDITS])
@pytest.mark.parametrize("kind", [{"kind": "status", "status": 500}, {"kind": "empty_response"}])
@pytest.mark.parametrize("order", [1, -1])
def test_a_latency_and_what_replaces_the_answer_strike_together(clock, path, kind, order):
    key = clock.minted()
    for each in [{"kind": "latency", "latency": "3s"}, kind][::order]:
        fault(clock, each, key, match={"path": path}, times=1)
    connection = RawConnection(clock.port)
    with connection:
        body = question("chatgpt") if path == CHATGPT else None
        connection.send(request_bytes("POST" if body else "GET", path, key, body))
        assert clock.advance(2.9)["fired"] == []
        assert clock.advance(0.1)["fired"][0]["kind"] == "latency"
        data, _ = ending(connection) if kind["kind"] != "status" else (b"", "")
        assert data == b""
        assert kind["kind"] != "status" or connection.answer().status == 500
    entry = last(clock, key, path=path)
    assert (entry["latencyMs"], entry["creditsCharged"]) == (3000, 0)
    name = kind["kind"]
    assert re.fullmatch(rf"fault: fault-\S+ \(latency\), fault-\S+ \({name}\)", entry["reason"])


def test_a_connection_is_struck_at_once_unless_a_latency_says_otherwise(frozen):
    key = frozen.minted(latency="2s")
    connection, _ = struck(frozen, "connection_reset", key)
    with connection:
        assert ending(connection) == (b"", "RST")
    assert last(frozen, key)["latencyMs"] == 0


def test_what_admission_refuses_is_refused_at_once(frozen):
    key = frozen.minted(latency="2s", credits=5)
    fault(frozen, {"kind": "latency", "latency": "3s"}, key)
    assert frozen.ask(key).status_code == 403
    assert frozen.ask(key, text="").status_code == 400
    assert frozen.ask(frozen.minted(latency="2s", concurrency=0)).status_code == 429


def test_without_a_slot_a_late_error_is_refused_like_any_question(frozen):
    key = frozen.minted(latency="2s", concurrency=0)
    fault(frozen, {"kind": "status", "status": 500}, key)
    assert frozen.ask(key).status_code == 429
    assert re.fullmatch(
        r"concurrency: slots 0 of 0; fault-\S+ \(status\)", last(frozen, key)["reason"]
    )


def test_groks_slow_500(clock):
    key = clock.minted(concurrency=3)
    for kind in (
        {"kind": "latency", "latency": "280s"},
        {"kind": "status", "status": 500, "message": "Maximum retries exceeded"},
    ):
        fault(clock, kind, key, match={"provider": "grok"})
    connections = [asking(clock, key, "grok") for _ in range(3)]
    clock.await_running(key, 3)
    assert clock.ask(key, "grok").status_code == 429
    clock.advance(280)
    for connection in connections:
        with connection:
            answer = connection.answer()
            assert (answer.status, answer.json()["error"]) == (500, "Maximum retries exceeded")
    assert clock.balance(key) == 250_000


# MARK: Answers that needn't be cloro's

PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"


@pytest.mark.parametrize(
    ("members", "content_type", "body"),
    [
        ({"contentType": "text/html", "body": PAGE}, "text/html", PAGE),
        ({"body": "no healthy upstream"}, "text/plain; charset=utf-8", "no healthy upstream"),
        ({"body": {"detail": ["é"]}}, "application/json", '{"detail":["é"]}'),
        ({"body": '[ 1 ]'}, "application/json", "[ 1 ]"),
        ({"body": ""}, "text/plain; charset=utf-8", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", [CHATGPT, CREDITS])
def test_any_body_comes_as_it_was_given(frozen, members, content_type, body, path):
    kind = {"kind": "status", "status": 502, "retryAfter": 3, **members}
    connection, key = struck(frozen, kind, path=path)
    with connection:
        answer = connection.answer()
        assert (answer.status, answer.body.decode()) == (502, body)
        assert answer.headers["content-type"] == content_type
        assert (answer.headers["retry-after"], answer.headers["x-ratelimit-limit"]) == ("3", "1000")
        connection.send(request_bytes("GET", CREDITS, key))
        assert connection.answer().status == 200
    assert entries(frozen, key)[0]["creditsCharged"] == 0 and slots(frozen, key) == 0


@pytest.mark.parametrize("path", [CHATGPT, CREDITS])
def test_a_204_has_no_body_and_the_connection_lives_on(frozen, path):
    connection, key = struck(frozen, {"kind": "status", "status": 204}, path=path)
    with connection:
        head = connection.until(b"\r\n\r\n").decode()
        assert head.startswith("HTTP/1.1 204 No Content\r\n")
        assert "Content-" not in head
        connection.send(request_bytes("GET", CREDITS, key))
        assert connection.answer().status == 200
    assert entries(frozen, key)[0]["status"] == 204 and charges(frozen, key) == []


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        ({"status": 504}, "GATEWAY_TIMEOUT", "Gateway timeout"),
        ({"status": 418}, "STATUS_418", "Status 418"),
        ({"status": 422}, "VALIDATION_ERROR", "Request validation failed"),
        ({"status": 520, "code": "EDGE", "message": "Edge"}, "EDGE", "Edge"),
    ],
)
@pytest.mark.parametrize("contract", ["2026-07", "2026-10"])
def test_other_statuses_have_an_error_in_the_contracts_form(
    frozen, members, code, message, contract
):
    key = frozen.minted(contract=contract)
    fault(frozen, {"kind": "status", **members}, key)
    answer = frozen.ask(key)
    assert answer.status_code == members["status"]
    body = answer.json()
    assert body.pop("success", None) is (False if contract == "2026-10" else None)
    assert list(body) == ["error"] and list(body["error"]) == ["code", "message", "timestamp"]
    assert (body["error"]["code"], body["error"]["message"]) == (code, message)


@pytest.mark.parametrize("message", [None, "Gone"])
def test_a_404_names_the_task_where_a_task_is_asked_for(frozen, message):
    key = frozen.minted()
    given = {"message": message} if message else {}
    fault(frozen, {"kind": "status", "status": 404, **given}, key)
    error = frozen.get(key, "/v1/async/task/5f1c").json()["error"]
    assert (error["message"], error["details"]) == (message or "Task not found", {"id": "5f1c"})
    error = frozen.get(key, CREDITS).json()["error"]
    assert (error["message"], error["details"]) == (message or "Route not found", {"id": CREDITS})


# MARK: In the delivery of a finished answer


def test_a_reset_after_the_work_leaves_its_charge(frozen):
    connection, key = struck(frozen, {"kind": "connection_reset", "when": "after"})
    with connection:
        assert ending(connection) == (b"", "RST")
    entry = last(frozen, key)
    assert (entry["status"], entry["creditsCharged"]) == (None, PRICE)
    assert re.fullmatch(r"answered: price 7, .*; fault-\S+ \(connection_reset\)", entry["reason"])
    after(frozen, key, PRICE)


@pytest.mark.parametrize("path", ["/v1/async/task", "/v1/async/task/batch"])
def test_a_reset_after_the_work_leaves_the_tasks(frozen, path):
    key = frozen.minted(progression="hold")
    fault(frozen, {"kind": "connection_reset", "when": "after"}, key, {"path": path}, times=1)
    one = task(idempotencyKey="once")
    with RawConnection(frozen.port) as connection:
        connection.send(request_bytes("POST", path, key, [one] if "batch" in path else one))
        assert ending(connection) == (b"", "RST")
    assert len(listed(frozen, key)) == 1
    assert frozen.post(key, "/v1/async/task", one).status_code == 409


def test_what_is_refused_anyway_does_not_meet_a_reset_after_the_work(frozen):
    key = frozen.minted()
    fault(frozen, {"kind": "connection_reset", "when": "after"}, key)
    assert frozen.ask(key, text="").status_code == 400


def test_a_malformed_body_is_whole_on_the_wire_and_no_json(frozen):
    connection, key = struck(frozen, "malformed_response")
    with connection:
        answer = connection.answer()
        assert answer.status == 200 and answer.headers["content-type"] == "application/json"
        with pytest.raises(ValueError):
            json.loads(answer.body)
        # The connection lives on.
        connection.send(request_bytes("GET", CREDITS, key))
        assert connection.answer().status == 200
    (entry,) = entries(frozen, key, path=CHATGPT)
    assert entry["response"]["body"].encode() == answer.body
    assert entry["reason"].startswith("answered: price 7, balance 249,993 after it; fault-")
    assert answer.headers["x-credits-charged"] == "7"
    assert frozen.balance(key) == 250_000 - PRICE and slots(frozen, key) == 0


@pytest.mark.parametrize("count", [0, 1, 20, 500])
def test_a_cut_body_ends_before_its_length(frozen, count):
    plain = frozen.ask(frozen.minted()).content
    connection, key = struck(frozen, {"kind": "truncate_body", "bytes": count})
    with connection:
        data, end = ending(connection)
    head, body = split(data)
    assert end == "FIN" and head.startswith("HTTP/1.1 200 ") and "Connection: close" in head
    length = int(re.search(r"Content-Length: (\d+)", head)[1])
    assert len(body) == count < length
    assert body == plain[:count] or count > 100
    entry = last(frozen, key)
    assert entry["response"]["body"].encode() == body and entry["status"] == 200
    assert re.fullmatch(r"answered: .*; fault-\S+ \(truncate_body\)", entry["reason"])
    after(frozen, key, PRICE)


def test_a_cut_that_lies_behind_the_end_cuts_nothing(frozen):
    connection, key = struck(frozen, {"kind": "truncate_body", "bytes": 1_000_000})
    with connection:
        data, end = ending(connection)
    assert end == "FIN" and json.loads(split(data)[1])["success"] is True
    after(frozen, key, PRICE)


def chunks(body):
    """The pieces of a chunked body, as far as they came."""
    pieces = []
    while b"\r\n" in body:
        size, body = body.split(b"\r\n", 1)
        size = int(size, 16)
        if size == 0 or len(body) < size + 2:
            return pieces, size == 0
        pieces.append(body[:size])
        body = body[size + 2 :]
    return pieces, False


def slow(double, chunks=4, duration="8s", **options):
    kind = {"kind": "slow_body", "duration": duration, "chunks": chunks}
    return struck(double, kind, **options)


def test_a_slow_body_comes_piece_by_piece_with_the_clock(clock):
    connection, key = slow(clock)
    with connection:
        head = connection.until(b"\r\n\r\n").decode()
        assert head.startswith("HTTP/1.1 200 ") and "Transfer-Encoding: chunked" in head
        assert "Content-Length" not in head
        received = b""
        for count in range(1, 5):
            clock.advance(1.9)
            assert clock.advance(0.1)["fired"]
            assert slots(clock, key) == (0 if count == 4 else 1)
            received += connection.until(b"\r\n") + connection.until(b"\r\n")
            pieces, _ = chunks(received)
            assert len(pieces) == count
        assert connection.until(b"0\r\n\r\n") == b"0\r\n\r\n"
        assert json.loads(b"".join(pieces))["success"] is True
        sizes = [len(piece) for piece in pieces]
        assert max(sizes) - min(sizes) <= 1
        # The connection lives on.
        connection.send(request_bytes("GET", CREDITS, key))
        assert connection.answer().status == 200
    (entry,) = entries(clock, key, path=CHATGPT)
    assert entry["response"]["body"].encode() == b"".join(pieces)
    assert (entry["status"], entry["creditsCharged"]) == (200, PRICE)
    assert clock.balance(key) == 250_000 - PRICE


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_a_slow_body_in_real_time_is_whole(shared, count):
    connection, key = slow(shared, count, "60ms")
    with connection:
        connection.until(b"\r\n\r\n")
        body = connection.until(b"0\r\n\r\n")
    pieces, is_whole = chunks(body)
    assert is_whole and len(pieces) == count
    assert json.loads(b"".join(pieces))["success"] is True
    eventually(lambda: slots(shared, key) == 0, "the slot")
    assert shared.balance(key) == 250_000 - PRICE


def test_http_1_0_gets_a_slow_body_up_to_the_end_of_the_stream(frozen):
    connection, key = slow(frozen, version=b"1.0")
    with connection:
        head = connection.until(b"\r\n\r\n").decode()
        assert "chunked" not in head and "Connection: close" in head
        frozen.advance(8)
        data, end = ending(connection)
    assert (json.loads(data)["success"], end) == (True, "FIN")
    after(frozen, key, PRICE)


@pytest.mark.parametrize("resets", [False, True])
def test_a_client_that_leaves_a_slow_body_leaves_nothing(double, resets):
    one = double("--clock", "manual")
    key = one.minted(concurrency=1)
    one.get(key, CREDITS)
    before = sockets(one)
    connection, _ = slow(one, key=key)
    connection.until(b"\r\n\r\n")
    one.advance(3)
    if resets:
        linger = b"\1\0\0\0\0\0\0\0"
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.socket.close()
    one.advance(5)
    assert slots(one, key) == 0
    eventually(lambda: sockets(one) <= before, "sockets given back", seconds=5)
    assert one.advance(100)["fired"] == []
    # The answer was finished: it is charged, and the journal says so.
    after(one, key, PRICE)


def test_a_slow_body_outlives_its_organization(double):
    one = double("--clock", "manual")
    connection, key = slow(one)
    with connection:
        connection.until(b"\r\n\r\n")
        one.advance(2)
        one.control("DELETE", f"keys/{key}", status=200)
        one.advance(6)
        assert connection.until(b"0\r\n\r\n").endswith(b"0\r\n\r\n")
    assert one.advance(10)["fired"] == []


def test_a_latency_comes_on_top(clock):
    key = clock.minted(latency="2s", concurrency=1)
    fault(clock, {"kind": "latency", "latency": "3s"}, key, match={"path": CHATGPT}, times=1)
    with asking(clock, key) as connection:
        clock.await_running(key, 1)
        assert clock.advance(4.9)["fired"] == []
        (row,) = clock.advance(0.1)["fired"]
        assert row["kind"] == "latency" and connection.answer().status == 200
    entry = last(clock, key, path=CHATGPT)
    assert (entry["latencyMs"], entry["creditsCharged"]) == (5000, PRICE)
    assert re.fullmatch(r"answered: .*; fault-\S+ \(latency\)", entry["reason"])
    assert slots(clock, key) == 0


def test_whoever_leaves_during_a_fault_s_latency_has_submitted(frozen):
    key = frozen.minted()
    fault(frozen, {"kind": "latency", "latency": "3s"}, key, match={"path": "/v1/async/task"})
    connection = RawConnection(frozen.port)
    connection.send(request_bytes("POST", "/v1/async/task", key, task()))
    frozen.advance(0)  # the double has looked at its sockets by then
    connection.socket.close()
    frozen.advance(3)
    (entry,) = entries(frozen, key)
    assert (entry["status"], entry["latencyMs"]) == (499, 3000), entry["reason"]
    assert len(listed(frozen, key)) == 1


@pytest.mark.parametrize("kind", ["status", "empty_response", "truncate_body", "slow_body"])
def test_whoever_leaves_before_a_fault_is_noted_as_gone(frozen, kind):
    key = frozen.minted(concurrency=1)
    fault(frozen, {"kind": "latency", "latency": "3s"}, key, match={"path": CHATGPT})
    fault(frozen, {"kind": kind} | ({"status": 500} if kind == "status" else {}), key,
          match={"path": CHATGPT})  # fmt: skip
    with asking(frozen, key):
        frozen.await_running(key, 1)
    frozen.advance(3)
    (entry,) = entries(frozen, key, path=CHATGPT)
    spoilt = kind in ("truncate_body", "slow_body")
    assert (entry["status"], entry["creditsCharged"]) == (499, PRICE if spoilt else 0)
    assert entry["reason"].startswith("client gone: ")
    assert len(charges(frozen, key)) == spoilt and slots(frozen, key) == 0


def test_no_kind_leaves_a_descriptor_or_a_slot(double):
    one = double("--clock", "manual")
    key = one.minted(concurrency=5, requestsPerSecond=10**6)
    one.get(key, CREDITS)
    before = sockets(one)
    kinds = [
        "connection_reset", "empty_response", "random_data_then_close", "malformed_response",
        "truncate_body", {"kind": "slow_body", "duration": "1s"}, {"kind": "status", "status": 500},
        {"kind": "latency", "latency": "1s"},
    ]  # fmt: skip
    for _ in range(10):
        for kind in kinds:
            connection, _ = struck(one, kind, key)
            if isinstance(kind, dict):
                one.advance(2)
            if kind in kinds[:3] or kind == "truncate_body":
                ending(connection)
            connection.socket.close()
    eventually(lambda: sockets(one) <= before, "sockets given back", seconds=5)
    assert slots(one, key) == 0 and one.advance(10)["fired"] == []
    ledger = one.ledger(key, limit=10_000)
    noted = sum(entry["creditsCharged"] for entry in entries(one, key))
    assert ledger["consistent"] is True and noted == 250_000 - ledger["balance"]
    assert async_status(one, key)["concurrency"]["used"] == 0


# MARK: Which requests


@pytest.mark.parametrize(
    "match",
    [{"path": "/v1/async/task/{taskId}", "method": "GET"}, {"path": "/v1/async/task/*"}],
)
@pytest.mark.parametrize("often", [{"times": 2}, {}])
def test_a_poller_whose_first_two_polls_fail(frozen, match, often):
    key = frozen.minted(progression={"mode": "polls", "polls": 1})
    rules = [match] if often else [match | {"nth": 1}, match | {"nth": 1}]
    for each in rules:
        fault(frozen, {"kind": "status", "status": 500}, key, match=each, **often)
    # Submitting isn't polling.
    made = frozen.post(key, "/v1/async/task", task()).json()["task"]
    seen = []
    while len(seen) < 10:
        answer = frozen.get(key, f"/v1/async/task/{made['id']}")
        seen.append(answer.status_code)
        if answer.status_code == 200 and answer.json()["task"]["status"] == "COMPLETED":
            break
    assert seen == [500, 500, 200, 200]
    assert frozen.balance(key) == 250_000 - 5


def test_one_path_and_one_method_are_struck_alone(frozen):
    key = frozen.minted(progression="hold")
    first, second = (frozen.post(key, "/v1/async/task", task()).json()["task"] for _ in range(2))
    fault(frozen, {"kind": "status", "status": 503}, key, {"path": f"/v1/async/task/{first['id']}"})
    fault(frozen, {"kind": "status", "status": 502}, key, {"path": "/v1/*", "method": "DELETE"})
    asked = [frozen.get(key, f"/v1/async/task/{each['id']}") for each in (first, second)]
    assert [each.status_code for each in asked] == [503, 200]
    headers = {"Authorization": f"Bearer {key}"}
    assert frozen.http.delete("/v1/async/queue", headers=headers).status_code == 502


def outcomes(double, key, count):
    return [double.get(key, CREDITS).status_code for _ in range(count)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"times": 2}, [503, 503, 200, 200, 200, 200]),
        ({"match": {"nth": 3}}, [200, 200, 503, 200, 200, 200]),
        ({"match": {"nth": 1}, "times": 5}, [503, 200, 200, 200, 200, 200]),
        ({"probability": 0}, [200] * 6),
        ({"probability": 1}, [503] * 6),
        ({}, [503] * 6),
    ],
)
def test_fail_the_first_two_then_work(frozen, rule, expected):
    key = frozen.minted()
    match = rule.get("match", {}) | {"path": CREDITS}
    fault(frozen, {"kind": "status", "status": 503}, key, **{**rule, "match": match})
    # Requests that it doesn't match aren't counted.
    frozen.get(key, "/v1/countries")
    assert outcomes(frozen, key, 6) == expected
    (rule,) = frozen.control("GET", "faults", key=key).json()["faults"]
    assert rule["seen"] == 6


def test_nth_and_times_of_two_rules_count_apart(frozen):
    key = frozen.minted()
    fault(frozen, {"kind": "status", "status": 503}, key, match={"nth": 2, "path": CREDITS})
    fault(frozen, {"kind": "status", "status": 502}, key, match={"path": CREDITS}, times=2)
    # The second request is the first rule's: the other one doesn't see it.
    assert outcomes(frozen, key, 5) == [502, 503, 502, 200, 200]


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.9])
def test_a_probability_is_drawn_from_the_seed(double, probability):
    seen = []
    for seed in ("5", "5", "6"):
        one = double("--seed", seed)
        key = one.minted()
        fault(one, {"kind": "status", "status": 503}, key, probability=probability)
        seen.append(outcomes(one, key, 200))
        # A reset begins the same draws again.
        one.control("POST", "reset", status=200, key=key)
        fault(one, {"kind": "status", "status": 503}, key, probability=probability)
        assert outcomes(one, key, 200) == seen[-1]
    assert seen[0] == seen[1] != seen[2]
    # Four standard deviations of two hundred draws.
    spread = 4 * (200 * probability * (1 - probability)) ** 0.5
    assert abs(seen[0].count(503) - 200 * probability) <= spread


def test_times_counts_exactly_under_load(double):
    one = double()
    key = one.minted(requestsPerSecond=10**6, concurrency=64)
    fault(one, {"kind": "status", "status": 503}, key, times=300)
    stub(one, key, result={"text": "stubbed"}, times=200)
    body = json.dumps(question("chatgpt")).encode()
    answers = run(flood(one.port, [("POST", path_of("chatgpt"), key, body)] * 1500, 32))
    assert [answer.status for answer in answers].count(503) == 300
    assert len([a for a in answers if b'"text":"stubbed"' in a.body]) == 200
    assert len(charges(one, key)) == 1200
