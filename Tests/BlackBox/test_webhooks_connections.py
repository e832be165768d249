"""Reports that wait for the same receiver share connections, and no idle one is kept."""

import os
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from async_support import hooked, settled, submit, submit_batch
from receiver import Receiver, answer_of
from support import eventually


def sockets(double):
    """How many sockets the double has open."""
    found = 0
    for each in Path(f"/proc/{double.process.pid}/fd").iterdir():
        try:
            found += os.readlink(each).startswith("socket:")
        except FileNotFoundError:
            pass
    return found


def sent(double, receiver, count):
    """Sends so many reports, and checks that each is delivered by its first attempt."""
    key = double.minted(requestsPerSecond=10**6)
    tasks = submit_batch(double, key, [hooked(receiver)] * count)
    rows = settled(double, key, count, seconds=30)
    assert [row["status"] for row in rows] == [200] * count, [row["error"] for row in rows]
    return tasks


def test_many_reports_take_few_connections(frozen):
    with Receiver() as receiver:
        tasks = sent(frozen, receiver, 400)
        assert Counter(hit.task for hit in receiver.hits) == Counter(tasks)
        # Fewer on a fast machine: a connection is used for a tenth of a second.
        assert len(receiver.connections) < 400
        assert {hit.headers.get("connection") for hit in receiver.hits} == {None, "close"}


def test_a_single_report_announces_its_end(frozen):
    with Receiver() as receiver:
        submit(frozen, frozen.minted(), hooked(receiver))
        (hit,) = receiver.wait(1)
        assert hit.headers["connection"] == "close"


def test_no_idle_connection_is_kept(frozen):
    before = sockets(frozen)
    with Receiver() as receiver:
        sent(frozen, receiver, 100)
        # The receiver closes none itself.
        eventually(lambda: sockets(frozen) <= before + 1, "closed connections")


@pytest.mark.parametrize("split", [False, True])
def test_a_receiver_that_serves_one_connection_at_a_time(frozen, split):
    hits = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            hits.append(self.client_address)
            if split:  # head and body in two packets
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")
            else:
                self.wfile.write(answer_of(200, b"ok"))

        def log_message(self, *_):
            pass

    class OneByOne(HTTPServer):
        request_queue_size = 64

    with OneByOne(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sent(frozen, f"http://127.0.0.1:{server.server_port}/hook", 300)
        server.shutdown()
    assert len(hits) == 300
    assert split or len(set(hits)) < 300


def test_a_receiver_that_closes_after_each_answer(frozen):
    def answer(*_):
        return answer_of(200)  # and the end, which isn't announced

    with Receiver(default=answer) as receiver:
        tasks = sent(frozen, receiver, 100)
        assert Counter(hit.task for hit in receiver.hits) == Counter(tasks)


def test_a_receiver_that_closes_when_the_next_report_comes(frozen):
    """What a kept connection ended before any byte of an answer is sent again, uncounted."""
    known, answered, refused = set(), [], []

    def answer(hit, connection):
        if connection in known:
            refused.append(hit.task)
            return b""  # the end
        known.add(connection)
        answered.append(hit.task)
        return 200

    with Receiver(default=answer) as receiver:
        tasks = sent(frozen, receiver, 200)
    assert Counter(answered) == Counter(tasks) and refused


EXTRA = {
    "at once": answer_of(200) + b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n",
    "a body too long": b"HTTP/1.1 200 X\r\nContent-Length: 1\r\n\r\nabc",
    "no length": b"HTTP/1.1 200 X\r\n\r\nrest",
}


@pytest.mark.parametrize("name", EXTRA)
def test_bytes_after_an_answer_are_nobodys_answer(frozen, name):
    def answer(_, connection):
        connection.sendall(EXTRA[name])
        connection.settimeout(5)
        return b"" if connection.recv(1) == b"" else b"HTTP/1.1 500 X\r\n\r\n"

    with Receiver(default=answer) as receiver:
        sent(frozen, receiver, 40)
        assert len(receiver.connections) == 40
