"""What one client or many can make the double keep or work on: bodies, prompts, JSON, patterns."""

import json
import os
import select
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from control_support import stub
from limits import limited, resident, right_books
from support import eventually, path_of, question
from wire import RawConnection, request_bytes

IS_LONG = os.environ.get("HARDENING") == "long"
MEBIBYTE = 1 << 20
HELD = 1024  # mebibytes: HTTPLimits.heldBytes
BODY = 32  # mebibytes: HTTPLimits.body
DEEP = 100_000
PROMPTS = 200 if IS_LONG else 40
CHATGPT = path_of("chatgpt")


def post(double, key, content):
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    start = time.monotonic()
    answer = double.http.post(CHATGPT, content=content, headers=headers)
    return answer, time.monotonic() - start


def test_prompts_of_a_megabyte(double):
    one = double("--log-level", "warning")
    key = one.minted(requestsPerSecond=10**6)
    body = json.dumps(question("chatgpt", "é" * (MEBIBYTE // 2))).encode()

    def ask(_):
        return post(one, key, body)

    ask(0)
    size = resident(one)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(PROMPTS)))
    for answer, _ in answers:
        assert answer.status_code == 400, answer.text
        (issue,) = answer.json()["details"]
        assert issue["field"] == "prompt"
    slowest = max(seconds for _, seconds in answers)
    more = resident(one) - size
    print(f"{PROMPTS} prompts of 1 MB: slowest {slowest * 1000:.0f} ms, {more:.1f} MiB more")
    assert slowest < 5
    # The journal keeps the beginning of each body, within its own bound of 64 MiB.
    assert resident(one) - size < 150
    assert one.balance(key) == 250_000 and one.ask(key).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"[" * DEEP + b"]" * DEEP,
        b"[" * DEEP,
        b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        b'{"prompt":"x","country":"US","include":' + b"[" * DEEP + b"]" * DEEP + b"}",
        b'{"prompt":"x","country":"US","extra":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    ],
)
def test_json_a_hundred_thousand_deep(double, body):
    one = double("--log-level", "warning")
    key = one.minted(requestsPerSecond=10**6)
    for path in (CHATGPT, "/v1/async/task", "/v1/async/task/batch"):
        answer = one.http.post(path, content=body, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code in (400, 422), (path, answer.text[:200])
    for path in ("keys", "faults", "responses", "journal/await", "clock/advance"):
        answer = one.http.post(f"/_mock/{path}", content=body)
        assert answer.status_code == 400, (path, answer.text[:200])
    _, seconds = post(one, key, body)
    assert seconds < 2
    assert one.ask(key).status_code == 200


@pytest.mark.parametrize(
    "pattern, prompt",
    [
        ("(a+)+$", "a" * 9_999 + "b"),
        ("(a|a)*b", "a" * 10_000),
        ("(a|aa)+$", "a" * 9_999 + "b"),
        ("(.*)*x", "a" * 10_000),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 10_000),
        ("(a?){100}a{100}", "a" * 99 + "b" * 5_000),
        ("(x+x+)+y", "x" * 10_000),
    ],
)
def test_patterns_that_try_to_backtrack(double, pattern, prompt):
    one = double("--log-level", "warning")
    key, other = one.minted(requestsPerSecond=10**6), one.minted()
    stub(one, key, {"prompt": {"regex": pattern}}, result={"text": "The stub."})
    start = time.monotonic()
    answer = one.ask(key, text=prompt)
    seconds = time.monotonic() - start
    assert answer.status_code == 200, answer.text
    print(f"{pattern}: {seconds * 1000:.0f} ms")
    # States times characters at the most; a backtracking engine would take years.
    assert seconds < 10
    assert answer.json()["result"]["text"] != "The stub."
    assert one.ask(other).status_code == 200


def sending(double, size):
    """A connection in the middle of a body: all but its last bytes are sent."""
    connection = RawConnection(double.port, seconds=20)
    length = size * MEBIBYTE
    head = f"POST {CHATGPT} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()
    connection.send(head)
    piece = b" " * MEBIBYTE
    try:
        for _ in range(size - 1):
            connection.send(piece)
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused in the middle; the answer is there
    return connection


def test_bodies_are_bounded_all_together(double):
    one = double("--log-level", "warning")
    key = one.minted()
    size = resident(one)
    # As many as fit, and more than fit.
    connections = [sending(one, BODY) for _ in range(HELD // (BODY - 1) + 4)]
    grown = resident(one) - size
    print(f"{len(connections)} bodies of {BODY} MiB under way: {grown:.0f} MiB more")
    assert grown < HELD * 1.4
    # Which ones don't fit is decided by how fast each was read.
    told, _, _ = select.select([each.socket for each in connections], [], [], 20)
    refused = [each.answer() for each in connections if each.socket in told]
    assert refused
    for answer in refused:
        assert answer.status == 503, answer.text
        assert answer.json()["error"]["code"] == "SERVICE_OVERLOADED"
        assert answer.headers["connection"] == "close"
    # Ordinary requests aren't concerned.
    assert one.ask(key).status_code == 200
    for each in connections:
        each.socket.close()
    with RawConnection(one.port) as connection:
        connection.send(request_bytes("POST", CHATGPT, key, b" " * (BODY * MEBIBYTE - 1)))
        assert connection.answer().status == 400
    assert one.ask(key).status_code == 200


@pytest.mark.skipif(not IS_LONG, reason="HARDENING=long: a gigabyte of answers")
def test_unread_answers_are_bounded_all_together(double):
    one = double("--log-level", "warning", "--journal-bytes", "67108864")
    key = one.minted(requestsPerSecond=10**6, concurrency=1000, credits=10**7)
    body = json.dumps(question("chatgpt", "x") | {"padding": "y" * 60_000}).encode()
    for _ in range(700):
        post(one, key, body)
    length = len(one.http.get("/_mock/journal", params={"limit": 10_000}).content)
    assert length > 30 * MEBIBYTE
    size = resident(one)
    connections = []
    for _ in range(HELD * MEBIBYTE // length + 6):
        connection = RawConnection(one.port, seconds=20)
        connection.send(request_bytes("GET", "/_mock/journal?limit=10000"))
        # The beginning is there: the rest is kept or given up.
        connection.until(b"\r\n\r\n")
        connections.append(connection)
    grown = resident(one) - size
    print(f"{len(connections)} × {length / MEBIBYTE:.0f} MiB unread: {grown:.0f} MiB more")
    assert grown < HELD * 1.4 + 4 * length / MEBIBYTE
    with pytest.raises((ConnectionError, AssertionError)):
        while True:
            connections[-1].until(b"no such bytes")
    assert one.ask(key).status_code == 200
    for each in connections:
        each.socket.close()
    assert one.http.get("/_mock/journal", params={"limit": 1}).status_code == 200


@pytest.mark.parametrize("mebibytes", [1024, 2048] if IS_LONG else [1024])
def test_a_memory_limit(double, mebibytes):
    """`ulimit -v`: the bound on bodies keeps away from the limit, and the double goes on."""
    arguments, options = limited({"v": mebibytes * 1024})
    one = double(*arguments, "--log-level", "warning", **options)
    key = one.minted(requestsPerSecond=10**6, concurrency=1000)
    connections = [sending(one, BODY) for _ in range(mebibytes // BODY + 4)]
    assert one.process.poll() is None, one.stderr
    assert connections[-1].answer().status == 503
    statuses = {one.ask(key).status_code for _ in range(100)}
    assert statuses == {200}
    for each in connections:
        each.socket.close()
    assert one.ask(key).status_code == 200


def test_too_little_memory_ends_the_double_with_a_reason(double, tmp_path):
    """Less than the gigabyte that it asks for, and bodies that don't fit."""
    file = tmp_path / "ledger.db"
    arguments, options = limited({"v": 512 * 1024})
    one = double(*arguments, "--database", file, **options)
    key = one.minted(requestsPerSecond=10**6)
    assert one.ask(key).status_code == 200
    balance = one.balance(key)
    kept = []
    with pytest.raises(OSError):
        while len(kept) < 64:
            kept.append(sending(one, BODY))
    # Swift writes its trace first.
    assert one.wait(60) < 0
    eventually(lambda: any("failed to allocate" in line for line in one.stderr), "the reason")
    # What was acknowledged is safe.
    right_books(file)
    again = double("--database", file)
    assert again.balance(key) == balance
