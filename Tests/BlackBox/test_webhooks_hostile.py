"""Receivers that misbehave harm no other delivery and no request."""

import socket
import threading
import time
from signal import SIGTERM

import pytest

from async_support import (
    deliveries,
    hooked,
    moment,
    post,
    settled,
    start_of,
    submit,
    submit_batch,
)
from receiver import Receiver, answer_of, close_hard, never
from support import eventually

CHUNK = b"x" * 65536


def five_megabytes(_, connection):
    connection.sendall(answer_of(200, b"").replace(b"Length: 0", b"Length: 5242880"))
    for _ in range(80):
        connection.sendall(CHUNK)


def endless_chunks(_, connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:  # until the double hangs up
        connection.sendall(b"10000\r\n" + CHUNK + b"\r\n")


def endless_head(_, connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Filler: " + b"y" * 1000 + b"\r\n")


def reset(_, connection):
    close_hard(connection)


def reset_within(_, connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    close_hard(connection)


# The answer, and the statuses that may come of it; None is an error.
ANSWERS = {
    "5 MB": (five_megabytes, [200]),
    "endless body": (endless_chunks, [200]),
    "endless head": (endless_head, [None, 200]),
    "reset": (reset, [None]),
    "reset within the body": (reset_within, [None, 200]),
    "nothing": (b"", [None]),
    "half a status line": (b"HTTP/1.1 20", [None]),
    "no head's end": (b"HTTP/1.1 200 OK\r\nX: y\r\n", [None, 200]),
    "garbage": (b"\x00\xff\x16\x03\x01garbage\r\n\r\n", [None, 0]),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", [None, 0]),
    "bad status": (b"HTTP/1.1 abc OK\r\n\r\n", [None, 0]),
    "status 999": (b"HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n", [999, None]),
    "status 000": (b"HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n", [None, 0]),
    "status 1": (b"HTTP/1.1 1 X\r\n\r\n", [None, 1]),
    "a lone 100": (b"HTTP/1.1 100 Continue\r\n\r\n", [None, 100]),
    "100, then 200": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", [200]),
    "103, then 500": (b"HTTP/1.1 103 X\r\n\r\nHTTP/1.1 500 X\r\n\r\n", [500]),
    "101": (b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", [101, None]),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nhello", [200]),
    "HTTP/2": (b"HTTP/2 200\r\n\r\n", [None, 200]),
    "204 with a body": (b"HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\nhello", [204]),
    "negative length": (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", [None, 200]),
    "huge length": (b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n", [None, 200]),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                    [None, 200]),
    "bad chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", [None, 200]),
    "bad gzip": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnogzip", [None, 200]),
    "odd fields": (b"HTTP/1.1 200 OK\r\n: x\r\nno colon\r\n\xff\xfe: \x80\r\n\r\n", [None, 200]),
    "folded fields": (b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n", [None, 200]),
    "200 without fields": (b"HTTP/1.1 200\r\n\r\n", [200, None]),
    "301 without a place": (b"HTTP/1.1 301 X\r\nContent-Length: 0\r\n\r\n", [301]),
    "302 to nonsense": (b"HTTP/1.1 302 X\r\nLocation: \x01 :\r\nContent-Length: 0\r\n\r\n", [302]),
    "302 to a file": (b"HTTP/1.1 302 X\r\nLocation: file:///etc/passwd\r\n\r\n", [302]),
    "401": (b'HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n',
            [401]),
    "401 without a challenge": (b"HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n", [401]),
    "401, odd challenge": (b"HTTP/1.1 401 X\r\nWWW-Authenticate: \r\nContent-Length: 0\r\n\r\n",
                           [401]),
    "401, digest": (b'HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm="x", nonce="y"\r\n'
                    b"Content-Length: 0\r\n\r\n", [401]),
    "407": (b'HTTP/1.1 407 X\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n',
            [407, None]),
    "cookies": (b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n", [200]),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_a_bad_answer_harms_nobody(double, name):
    answer, statuses = ANSWERS[name]
    frozen = double("--clock", "manual")  # of its own: it may be the last that it hears
    key = frozen.minted()
    with Receiver(answer) as bad, Receiver() as good:
        submit(frozen, key, hooked(bad))
        submit(frozen, key, hooked(good))
        good.wait(1, seconds=5)
        rows = settled(frozen, key, 2, seconds=3)
        (row,) = [row for row in rows if row["url"] == bad.url]
        assert row["status"] in statuses, row["error"]
        assert (row["status"] is None) == (row["error"] is not None)
        # And the same receiver is served again, whatever its connection came to.
        submit(frozen, key, hooked(bad))
        bad.wait(2)
        assert "cookie" not in bad.hits[1].headers


def test_a_receiver_that_is_slow_holds_up_nobody_else(frozen):
    slow = threading.Event()

    def answer(*_):
        slow.wait(8)
        return answer_of(200, b"", "Connection: close")

    key = frozen.minted(requestsPerSecond=10**6)
    with Receiver(default=answer) as bad, Receiver() as good:
        submit_batch(frozen, key, [hooked(bad)] * 100)
        bad.wait(1)
        start = time.monotonic()
        for _ in range(5):
            submit_batch(frozen, key, [hooked(good)] * 20)
            assert frozen.ask(key).status_code in (200, 429)
        good.wait(100, seconds=5)
        assert time.monotonic() - start < 5 and bad.most_at_once <= 8
        slow.set()
        bad.wait(100)


def test_receivers_that_never_answer(double):
    """Ten seconds of real time: everything that must wait for them waits here."""
    clock = double("--clock", "manual")
    key = clock.minted(contract="2026-10")
    tick = threading.Event()

    def drip(_, connection):
        # Never silent, and after half a minute not done with the status line.
        for byte in b"HTTP/1.1 200 Okay, wait a little\r\n\r\n":
            if tick.wait(1):
                return
            connection.sendall(bytes([byte]))

    def drip_body(_, connection):
        connection.sendall(b"HTTP/1.1 500 X\r\nContent-Length: 1000\r\n\r\n")
        while not tick.wait(1):
            connection.sendall(b"y")

    # Sockets that nobody accepts: the connection stands, and that is all.
    deaf = [socket.create_server(("127.0.0.1", 0)) for _ in range(40)]
    start = start_of(clock)
    with Receiver(default=never) as silent, Receiver(default=drip) as dripping, \
            Receiver(default=drip_body) as body, Receiver() as good:  # fmt: skip
        began = time.monotonic()
        bad = [silent.url, dripping.url, body.url]
        bad += [f"http://127.0.0.1:{each.getsockname()[1]}/" for each in deaf]
        submit_batch(clock, key, [hooked(url) for url in bad])
        silent.wait(1), dripping.wait(1), body.wait(1)
        submit_batch(clock, key, [hooked(good)] * 50)
        good.wait(50, seconds=5)
        assert clock.ask(key).status_code == 200
        assert time.monotonic() - began < 5
        rows = {row["url"]: row for row in settled(clock, key, len(bad) + 50)}
        assert 9 < time.monotonic() - began < 14
        assert all(rows[url]["error"] for url in bad if url != body.url)
        assert rows[body.url]["status"] == 500 or rows[body.url]["error"]
        assert {(moment(row["at"]) - start).total_seconds() for row in rows.values()} == {0}
        tick.set()
    for each in deaf:
        each.close()


@pytest.mark.parametrize("kind", ["silent", "deaf", "queued"])
def test_a_stop_waits_for_no_receiver(double, kind):
    one = double("--clock", "manual")
    deaf = socket.create_server(("127.0.0.1", 0))
    with Receiver(default=never) as silent:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/" if kind == "deaf" else silent.url
        count = 200 if kind == "queued" else 1
        submit_batch(one, one.first_key, [hooked(url)] * count)
        eventually(lambda: deliveries(one, one.first_key), "an attempt")
        start = time.monotonic()
        assert one.stop(SIGTERM) == 0
        assert time.monotonic() - start < 6 and one.stderr == []
    deaf.close()


def test_a_refused_connection(frozen):
    key = frozen.minted()
    with Receiver() as gone:
        pass
    submit(frozen, key, hooked(gone))
    (row,) = settled(frozen, key, 1)
    assert row["status"] is None and "connect" in row["error"].lower()
    assert post(frozen, key).status_code == 200
