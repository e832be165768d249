"""HTTP/1.1 as bytes. The exhaustive table of malformed requests is tested in HTTPServerTests."""

import json
import re
import threading

import pytest

from support import BUILT_IN_KEY, path_of, question
from wire import RawConnection, request_bytes

HEALTH = request_bytes("GET", "/_mock/health")
CONTENT = json.dumps(question("chatgpt")).encode()


@pytest.fixture(params=["plain", "tls"])
def wire(request, shared, trusting):
    if request.param == "plain":
        connection = RawConnection(shared.port)
    else:
        connection = RawConnection(shared.tls_port, tls=trusting)
    with connection:
        yield connection


@pytest.fixture
def plain(shared):
    """For what Python's TLS can't do: send and receive at the same time."""
    with RawConnection(shared.port) as connection:
        yield connection


def head(*lines):
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def chatgpt(key, *fields):
    return head(
        f"POST {path_of('chatgpt')} HTTP/1.1", "Host: x", f"Authorization: Bearer {key}", *fields
    )


def chunked(*chunks, trailers=b""):
    return b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n" + trailers + b"\r\n"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /_mock/health\r\n\r\n", 400),
        (b"GET  /_mock/health HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /_mock/health HTTP/1.1\r\n\r\n", 400),
        (b"GET /_mock/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /_mock/health HTTP/1.1\nHost: x\n\n", 400),
        (b"GET /_mock/health HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        (b"GET /_mock/health HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n", 400),
        (b"GET /_mock/health HTTP/1.1\r\nHost: x\r\nA : c\r\n\r\n", 400),
        (b"GET /_mock/health HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
        (b"GET /_mock/health HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 400),
        (b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1e2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 33554433\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
         b"Content-Length: 5\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", 417),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 250 + b"\r\n", 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n", 400),
    ],
)  # fmt: skip
def test_a_malformed_request_has_one_answer_and_a_close(wire, raw, status):
    # What follows a malformed request is never read as another one.
    wire.send(raw + HEALTH)
    answer = wire.answer()
    assert answer.status == status
    assert answer.headers["connection"] == "close"
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert error["code"] and error["message"]
    assert wire.rest() == b""


PATHS = [
    "/../../../../etc/passwd", "/etc/passwd", "//etc/passwd", "/./etc/./passwd",
    "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/%2Fetc%2Fpasswd",
    "/..%5c..%5cetc%5cpasswd", "/..\\..\\etc\\passwd", "/etc/passwd%00.json", "/file:///etc/passwd",
    "/v1/../etc/passwd", "/v1/../../etc/passwd", "/v1/credits/..", "/v1/credits/../credits",
    "/v1/./credits", "/v1//credits", "/v1/credits/", "/v1/%63redits", "/v1/credits%2F",
    "/v1/credits%00", "/v1/credits;a=b", "/V1/credits", "/v1/monitor/google/../chatgpt",
    "/v1/monitor/google%2Fnews", "/v1/../_mock/keys", "/%5fmock/keys", "/Fixtures/plans/hobby.json",
    "/openapi.json", "/%", "/%zz", "/%u002e", "/" + "../" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_compared_as_it_stands(shared, path):
    # RFC 9110, section 4.2.3 lets a server tell apart what only normalization would make the same.
    with RawConnection(shared.port) as wire:
        wire.send(request_bytes("GET", path, shared.minted()))
        answer = wire.answer()
    assert answer.status == 404
    error = answer.json()["error"]
    assert error["code"] == "RESOURCE_NOT_FOUND" and error["details"] == {"id": path}


@pytest.mark.parametrize(
    "path",
    [
        "/_mock/../../../etc/passwd", "/_mock/..%2f..%2fetc%2fpasswd", "/_mock//etc/passwd",
        "/_mock/%2e%2e/v1/credits", "/_mock/keys/../keys", "/_mock/keys/..%2fkeys",
        "/_mock/health/", "/_mock/results/..%2f..%2fetc%2fpasswd",
        "/_mock/results/../../etc/passwd/1",
    ],
)  # fmt: skip
def test_a_path_of_the_control_api_is_compared_as_it_stands(shared, wire, path):
    wire.send(request_bytes("GET", path))
    assert wire.answer().status == 404


def test_no_path_and_no_name_reaches_the_file_system(double, tmp_path):
    one = double(cwd=tmp_path)
    names = ["..%2fescaped", "%2e%2e", "..%2f..%2fetc%2fpasswd", "a%00b", "file:%2f%2f%2fescaped"]
    with RawConnection(one.port) as wire:
        for path in PATHS + ["/_mock" + path for path in PATHS if path != "/openapi.json"]:
            for method in ("GET", "PUT", "DELETE"):
                wire.send(request_bytes(method, path, one.first_key, b"{}"))
                answer = wire.answer(method)
                assert answer.status in (400, 404, 405) and b"root:" not in answer.body
        for name in names:
            wire.send(request_bytes("POST", f"/_mock/snapshots/{name}"))
            assert wire.answer().status == 201
            wire.send(request_bytes("POST", f"/_mock/snapshots/{name}/restore"))
            assert wire.answer().status == 200
    assert not list(tmp_path.iterdir()) and not (tmp_path.parent / "escaped").exists()


@pytest.mark.parametrize(
    ("target", "status"),
    [
        # RFC 9112, section 3.2.2: the target's authority counts, not Host's, and the double's own
        # is welcome. Another one asks for a proxy.
        ("http://localhost:{port}/_mock/health", 200), ("HTTPS://[::1]:{port}/_mock/health?", 200),
        ("http://127.0.0.1:{port}/../_mock/health", 404), ("http://localhost:{port}", 404),
        ("http://elsewhere.example/_mock/health", 403), ("HTTPS://[::1]:1/_mock/health?", 403),
    ],
)  # fmt: skip
def test_an_address_for_a_path(shared, wire, target, status):
    for port in (shared.port, shared.tls_port):
        wire.send(request_bytes("GET", target.format(port=port)))
        assert wire.answer().status == status


def test_the_asterisk_is_no_path(wire):
    wire.send(request_bytes("OPTIONS", "*") + HEALTH)
    assert [wire.answer().status for _ in range(2)] == [404, 200]


def test_pipelined_requests_are_answered_in_order(shared, wire):
    slow, quick = shared.minted(latency="50ms"), shared.minted()
    raw = b"".join(
        request_bytes("POST", path_of("chatgpt"), key, question("chatgpt"))
        for key in (slow, quick, "sk_live_x", slow)
    )
    wire.send(raw + HEALTH)
    answers = [wire.answer() for _ in range(5)]
    assert [a.status for a in answers] == [200, 200, 401, 200, 200]
    assert answers[0].body == answers[3].body != answers[1].body


def test_many_pipelined_requests(shared, wire):
    key = shared.minted(requestsPerSecond=10**6)
    wire.send(request_bytes("GET", "/v1/credits", key) * 500)
    assert {wire.answer().status for _ in range(500)} == {200}


def test_a_request_byte_by_byte(shared, wire):
    for byte in request_bytes("POST", path_of("grok"), shared.minted(), question("grok")):
        wire.send(bytes([byte]))
    assert wire.answer().status == 200


def test_http_1_0_closes_after_its_answer(wire):
    wire.send(head("GET /_mock/health HTTP/1.0"))
    assert wire.answer().status == 200
    assert wire.rest() == b""


def test_http_1_0_can_stay(wire):
    for _ in range(2):
        wire.send(head("GET /_mock/health HTTP/1.0", "Connection: keep-alive"))
        answer = wire.answer()
        assert answer.status == 200
        assert answer.headers["connection"].lower() == "keep-alive"


def test_connection_close_is_obeyed(wire):
    wire.send(head("GET /_mock/health HTTP/1.1", "Host: x", "Connection: close"))
    assert wire.answer().headers["connection"] == "close"
    assert wire.rest() == b""


def test_expect_100_continue(shared, wire):
    fields = (f"Content-Length: {len(CONTENT)}", "Expect: 100-continue")
    wire.send(chatgpt(shared.minted(), *fields))
    assert wire.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.send(CONTENT)
    assert wire.answer().status == 200


@pytest.mark.parametrize("trailers", [b"", b"X-Checksum: 5\r\n"])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_chunked_body(shared, wire, size, trailers):
    pieces = [CONTENT[i : i + size] for i in range(0, len(CONTENT), size)]
    key = shared.minted()
    wire.send(chatgpt(key, "Transfer-Encoding: chunked") + chunked(*pieces, trailers=trailers))
    answer = wire.answer()
    assert answer.status == 200
    plain = shared.post(key, path_of("chatgpt"), question("chatgpt"))
    assert answer.body == plain.content
    # The connection goes on.
    wire.send(HEALTH)
    assert wire.answer().status == 200


def test_a_body_of_the_largest_size_is_read(shared, wire):
    body = b'{"prompt":"x","country":"US"' + b" " * (32 * 1024 * 1024 - 29) + b"}"
    assert len(body) == 32 * 1024 * 1024
    wire.socket.settimeout(20)
    wire.send(request_bytes("POST", path_of("chatgpt"), shared.minted(), body))
    assert wire.answer().status == 200


def test_a_body_on_get_is_read_and_ignored(shared, wire):
    wire.send(request_bytes("GET", "/v1/credits", shared.minted(), {"a": 1}) + HEALTH)
    assert [wire.answer().status for _ in range(2)] == [200, 200]


def test_field_names_in_any_case(shared, wire):
    key = shared.minted()
    wire.send(head("GET /v1/credits HTTP/1.1", "hOST: x", f"aUTHORIZATION:Bearer {key}   "))
    assert wire.answer().status == 200


def test_an_absolute_target(shared, wire):
    key = shared.minted()
    wire.send(
        head(f"GET {shared.url}/v1/credits HTTP/1.1", "Host: x", f"Authorization: Bearer {key}")
    )
    assert wire.answer().status == 200


def test_head_has_no_body(shared, wire):
    wire.send(request_bytes("HEAD", "/v1/countries", shared.minted()) + HEALTH)
    answer = wire.answer("HEAD")
    assert answer.status == 200 and answer.number("content-length") > 1000
    assert wire.answer().json() == {"status": "ok"}


def test_a_date_and_a_length_are_always_there(shared, wire):
    for path in ("/_mock/health", "/v1/countries", "/nothing"):
        wire.send(request_bytes("GET", path))
        answer = wire.answer()
        names = [name.lower() for name, _ in answer.fields]
        assert len(names) == len(set(names))
        assert answer.headers["date"].endswith(" GMT")
        assert answer.number("content-length") == len(answer.body)


def test_many_requests_over_one_connection(shared, wire):
    for _ in range(300):
        wire.send(HEALTH)
        assert wire.answer().status == 200


def test_a_client_that_reads_slowly_gets_everything(shared, plain):
    key = shared.minted(requestsPerSecond=10**6, credits=10**9, concurrency=10**4)
    body = question("google", pages=10, include={"html": True, "aioverview": {"markdown": True}})
    raw = request_bytes("POST", path_of("google"), key, body)
    sender = threading.Thread(target=plain.send, args=(raw * 200,))
    sender.start()
    plain.socket.settimeout(20)
    answers = [plain.answer() for _ in range(200)]
    sender.join(10)
    # But for its links each is the first one again.
    assert len({re.sub(rb"/_mock/results/[0-9a-f-]{36}/", b"", a.body) for a in answers}) == 1
    assert {a.status for a in answers} == {200}


def test_the_built_in_key_in_plain_curl_s_words(shared, wire):
    fields = ("User-Agent: curl/8.5.0", "Accept: */*", "Content-Type: application/json")
    wire.send(chatgpt(BUILT_IN_KEY, *fields, f"Content-Length: {len(CONTENT)}") + CONTENT)
    assert wire.answer().status == 200
