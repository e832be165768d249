"""Server-sent events of the journal, on the wire."""

import json
import re
import socket
from pathlib import Path

import pytest

from control_support import (
    CHATGPT, CREDITS, ENTRY, Background, Events, entries, sockets, start_of_stream,
)  # fmt: skip
from support import UNKNOWN_KEY, eventually, question
from wire import RawConnection, flood, request_bytes, run

RETRY = b"retry: 1000\n\n"


def resident(double):
    """The memory that the double takes, in MiB."""
    status = Path(f"/proc/{double.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def newest(double):
    found = entries(double, limit=1)
    return found[0]["sequence"] if found else 0


def asks(key, count):
    body = json.dumps(question("chatgpt")).encode()
    return [("POST", CHATGPT, key, body)] * count


def test_each_request_is_one_event_as_the_journal_has_it(frozen):
    key = frozen.minted()
    with Events(frozen, f"?key={key}") as stream:
        assert stream.head.startswith("HTTP/1.1 200 ")
        assert "Content-Type: text/event-stream; charset=utf-8\r\n" in stream.head
        assert "Cache-Control: no-store\r\n" in stream.head and stream.chunked
        frozen.ask(key, text="Grüße\nund \x7f")
        frozen.get(key, "/v1/x")
        frozen.http.get("/v1/credits")
        frozen.get(key, CREDITS)
        seen = stream.entries(3)
    assert seen == entries(frozen, key)
    assert [list(entry) for entry in seen] == [ENTRY] * 3


def test_the_control_api_s_own_calls_are_no_events(frozen):
    key = frozen.minted()
    with Events(frozen) as stream:
        frozen.control("GET", "clock", status=200)
        frozen.get(key, CREDITS)
        assert stream.entry()["path"] == CREDITS


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("?since={}", ""), ("", "Last-Event-ID: {}\r\n"), ("", "last-event-id: {}\r\n"),
        ("?since={}", "Last-Event-ID: 0\r\n"),
    ],
)  # fmt: skip
def test_what_was_missed_is_sent_again(frozen, query, fields):
    key = frozen.minted()
    start = newest(frozen)
    for _ in range(5):
        frozen.get(key, CREDITS)
    seen = start + 2
    with Events(frozen, query.format(seen), fields.format(seen)) as stream:
        frozen.get(key, "/v1/countries")
        found = stream.entries(4)
    assert [entry["sequence"] for entry in found] == list(range(start + 3, start + 7))


def test_without_a_beginning_it_begins_with_the_next_one(frozen):
    key = frozen.minted()
    frozen.get(key, CREDITS)
    with Events(frozen) as stream:
        frozen.get(key, "/v1/countries")
        assert stream.entry()["path"] == "/v1/countries"


@pytest.mark.parametrize("value", ["x", "", "-3", "1.5", "9" * 30])
def test_an_unreadable_last_event_is_as_none(frozen, value):
    key = frozen.minted()
    frozen.get(key, CREDITS)
    with Events(frozen, fields=f"Last-Event-ID: {value}\r\n") as stream:
        frozen.get(key, "/v1/countries")
        name, _, data = stream.next()
        assert (name, data["path"]) == ("message", "/v1/countries")


def test_a_last_event_of_an_earlier_process_does_not_silence_the_stream(double):
    # A browser comes back to a double that was started anew, and counts from 1 again.
    one = double()
    with Events(one, fields="Last-Event-ID: 5000\r\n") as stream:
        one.get(one.minted(), CREDITS)
        assert stream.entry()["sequence"] == 1


def test_filters_narrow_the_stream(frozen):
    first, second = frozen.minted(), frozen.minted()
    queries = [f"?key={first}", f"?path={CREDITS}&key={second}", f"?status=404&key={first}"]
    streams = [Events(frozen, query) for query in queries]
    for key in (first, second):
        frozen.get(key, CREDITS)
        frozen.get(key, "/v1/x")
    found = [[stream.entry()] for stream in streams]
    found[0].append(streams[0].entry())
    assert found[0] == entries(frozen, first)
    assert found[1] == entries(frozen, second)[:1] and found[2] == entries(frozen, first)[1:]
    for stream in streams:
        stream.connection.socket.close()


def test_bodies_may_be_left_out(frozen):
    key = frozen.minted()
    with Events(frozen, f"?key={key}&bodies=false") as stream:
        frozen.ask(key)
        seen = stream.entry()
    (entry,) = entries(frozen, key)
    del entry["request"]["body"], entry["response"]["body"]
    # What was asked is part of the bodies, and named without them.
    assert seen == entry | {"questions": ["What is the best laptop?"]}


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("?bodies=no", 400, "bodies: expected true or false"),
        ("?since=-1", 400, "since: expected a whole number"),
        ("?status=ok", 400, "status: expected a whole number"),
        (f"?key={UNKNOWN_KEY}", 404, "no such key"),
        ("?sinse=1", 400, "since"),
    ],
)
def test_what_is_wrong_with_a_stream_is_said(frozen, query, status, message):
    with start_of_stream(frozen, query, "Connection: close\r\n") as connection:
        head = connection.until(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} ".encode()), head
        connection.inbox = head + connection.inbox
        answer = connection.answer()
    assert message in answer.json()["error"]["message"]


def test_it_needs_the_admin_token(double):
    one = double("--admin-token", "let-me-in")
    with start_of_stream(one) as connection:
        assert connection.answer().status == 401
    with Events(one, fields="Authorization: Bearer let-me-in\r\n") as stream:
        one.http.get(CREDITS)
        assert stream.entry()["status"] == 401


def test_to_head_the_head_is_all(frozen):
    with RawConnection(frozen.port) as connection:
        connection.send(b"HEAD /_mock/events HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = connection.answer("HEAD")
        assert (answer.status, answer.headers["content-type"].split(";")[0]) == (
            200, "text/event-stream",
        )  # fmt: skip
        frozen.http.get(CREDITS)
        connection.send(b"GET /_mock/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.answer().json() == {"status": "ok"}


def test_http_1_0_gets_the_stream_without_chunks(frozen):
    key = frozen.minted()
    with Events(frozen, f"?key={key}", version="1.0") as stream:
        assert not stream.chunked and "Connection: close" in stream.head
        for _ in range(3):
            frozen.get(key, CREDITS)
        assert stream.entries(3) == entries(frozen, key)


def test_who_has_seen_the_head_misses_nothing_after_it(double):
    one = double()
    key = one.minted(requestsPerSecond=10**6)
    # Connections are served by several threads: a request on another one comes as early as it can.
    with RawConnection(one.port) as other:
        for _ in range(500):
            with Events(one, f"?key={key}&bodies=false") as stream:
                other.send(request_bytes("GET", CREDITS, key))
                assert other.answer().status == 200
                assert stream.entry()["path"] == CREDITS


# MARK: Many, slow, and gone


def test_fifty_subscribers_all_see_all_in_order(double):
    one = double()
    key = one.minted(concurrency=100, requestsPerSecond=10**6)
    streams = [Events(one, "?bodies=false") for _ in range(50)]
    answers = run(flood(one.port, asks(key, 100), 16))
    assert {answer.status for answer in answers} == {200}
    for stream in streams:
        assert [entry["sequence"] for entry in stream.entries(100)] == list(range(1, 101))
        stream.connection.socket.close()


def test_a_slow_reader_misses_entries_and_is_told_how_many(double):
    one = double("--journal-entries", "500")
    key = one.minted(concurrency=100, requestsPerSecond=10**6)
    with Events(one) as stream:
        # Nobody reads: what the two sockets take is full after some of them.
        run(flood(one.port, asks(key, 8000), 32))
        seen, dropped = [], 0
        while not seen or seen[-1] < 8000:
            name, _, data = stream.next()
            if name == "dropped":
                assert list(data) == ["dropped"] and data["dropped"] > 0
                dropped += data["dropped"]
            else:
                seen.append(data["sequence"])
        assert dropped > 0 and dropped + len(seen) == 8000
        assert seen == sorted(set(seen))
        # It goes on in order.
        one.get(key, CREDITS)
        assert stream.entry()["sequence"] == 8001


def test_what_others_lose_is_not_told_to_one_who_sees_only_its_own(double):
    one = double("--journal-entries", "3")
    key, other = one.minted(), one.minted(concurrency=100, requestsPerSecond=10**6)
    with Events(one, f"?key={key}") as stream:
        for _ in range(3):
            run(flood(one.port, asks(other, 700), 32))
            one.get(key, CREDITS)
            assert stream.next()[0] == "message"


def test_slow_readers_cost_little_memory(double):
    one = double()
    key = one.minted(requestsPerSecond=10**6)
    for _ in range(150):
        one.http.post(CREDITS, content=b"\x01" * 65_536, headers={"Authorization": f"Bearer {key}"})
    before = resident(one)
    streams = []
    for _ in range(6):
        connection = start_of_stream(one, "?since=0")
        connection.until(b"data: ")  # the first piece is made and under way
        streams.append(connection)
    assert resident(one) - before < 100, (before, resident(one))
    for connection in streams:
        connection.socket.close()


def test_a_slow_reader_holds_up_nobody(double):
    one = double()
    key = one.minted(concurrency=100, requestsPerSecond=10**6)
    slow = Events(one)
    with Events(one, "?bodies=false") as stream:
        reading = Background(stream.entries, 4000)
        run(flood(one.port, asks(key, 4000), 16))
        assert [entry["sequence"] for entry in reading.result()] == list(range(1, 4001))
    slow.connection.socket.close()


@pytest.mark.parametrize("resets", [False, True])
def test_a_subscriber_that_leaves_leaves_nothing_behind(double, resets):
    one = double()
    key = one.minted()
    one.get(key, CREDITS)
    before = sockets(one)
    streams = [start_of_stream(one, "?since=0") for _ in range(50)]
    for connection in streams:
        connection.until(b"data: ")
    assert sockets(one) >= before + 50
    for connection in streams:
        if resets:
            linger = b"\1\0\0\0\0\0\0\0"
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.socket.close()
    eventually(lambda: sockets(one) <= before, "sockets given back", seconds=5)
    assert one.get(key, CREDITS).status_code == 200


def test_a_half_closed_subscriber_is_let_go(double):
    one = double()
    with start_of_stream(one) as connection:
        connection.until(RETRY)
        connection.half_close()
        assert connection.rest().endswith(b"0\r\n\r\n")


def test_open_streams_do_not_hold_up_the_stop(double):
    one = double()
    key = one.minted(concurrency=100, requestsPerSecond=10**6)
    read = [Events(one) for _ in range(10)]
    unread = [start_of_stream(one) for _ in range(10)]
    run(flood(one.port, asks(key, 3000), 16))
    assert Background(one.stop).result(3) == 0
    for stream in read:
        stream.connection.socket.close()
    for connection in unread:
        connection.socket.close()
