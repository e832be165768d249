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


# MARK: In the delivery of a finished answer


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


def test_whoever_leaves_during_a_fault_s_latency_submits_nothing(frozen):
    key = frozen.minted()
    fault(frozen, {"kind": "latency", "latency": "3s"}, key, match={"path": "/v1/async/task"})
    connection = RawConnection(frozen.port)
    connection.send(request_bytes("POST", "/v1/async/task", key, task()))
    frozen.advance(0)  # the double has looked at its sockets by then
    connection.socket.close()
    frozen.advance(3)
    (entry,) = entries(frozen, key)
    assert (entry["status"], entry["latencyMs"]) == (499, 3000), entry["reason"]
    assert listed(frozen, key) == []


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
