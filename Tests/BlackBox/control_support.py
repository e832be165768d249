"""What the tests of the control API share."""

import json
import os
import threading
from datetime import datetime

from support import path_of, question
from wire import RawConnection, request_bytes

CREDITS = "/v1/credits"
CHATGPT = path_of("chatgpt")
ENTRY = [
    "sequence", "at", "requestId", "taskId", "key", "organization", "label", "method",
    "path", "status", "reason", "latencyMs", "creditsCharged", "notes", "request", "response",
]  # fmt: skip


def page(double, **query):
    """What `GET /_mock/journal` answers."""
    answer = double.http.get("/_mock/journal", params=query or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def entries(double, key=None, **query):
    return page(double, **({"key": key} if key else {}) | query)["entries"]


def last(double, key=None, **query):
    return entries(double, key, **query)[-1]


def awaiting(double, match, count=1, milliseconds=10_000):
    """`POST /_mock/journal/await` as it answers."""
    body = {"match": match, "count": count, "timeoutMs": milliseconds}
    return double.control("POST", "journal/await", body)


def fault(double, kind, key=None, match=None, **members):
    kind = {"kind": kind} if isinstance(kind, str) else kind
    match = (match or {}) | ({"key": key} if key else {})
    body = {"match": match, "fault": kind, **members}
    return double.control("POST", "faults", body, status=201).json()


def stub(double, key=None, match=None, **members):
    match = (match or {}) | ({"key": key} if key else {})
    return double.control("POST", "responses", {"match": match, **members}, status=201).json()


def organization(double, key):
    return double.control("GET", f"keys/{key}", status=200).json()["organization"]


def slots(double, key):
    """The slots in use, without a request that a fault could strike."""
    name = f'cloro_mock_slots_used{{organization="{organization(double, key)}"}} '
    (line,) = [each for each in metrics(double).splitlines() if each.startswith(name)]
    return int(line.rsplit(" ", 1)[1])


def metrics(double):
    answer = double.control("GET", "metrics", status=200)
    return answer.text


def sockets(double):
    """How many sockets the double holds."""
    folder = f"/proc/{double.process.pid}/fd"
    count = 0
    for name in os.listdir(folder):
        try:
            count += os.readlink(f"{folder}/{name}").startswith("socket:")
        except FileNotFoundError:
            pass  # closed in the meantime
    return count


def snapshot(double, name, **query):
    return double.control("POST", f"snapshots/{name}", status=201, **query).json()


def restore(double, name, **query):
    return double.control("POST", f"snapshots/{name}/restore", status=200, **query).json()


def asking(double, key, provider="chatgpt", text="What is the best laptop?"):
    """A connection on which a question is under way."""
    connection = RawConnection(double.port)
    connection.send(request_bytes("POST", path_of(provider), key, question(provider, text)))
    return connection


def start_of_stream(double, query="", fields="", version="1.1"):
    """A connection that receives events."""
    connection = RawConnection(double.port)
    head = f"GET /_mock/events{query} HTTP/{version}\r\nHost: x\r\n{fields}\r\n"
    connection.send(head.encode())
    return connection


class Events:
    """A tiny reader of server-sent events, whether chunked or not."""

    def __init__(self, double, query="", fields="", version="1.1"):
        self.connection = start_of_stream(double, query, fields, version)
        self.head = self.connection.until(b"\r\n\r\n").decode()
        self.chunked = "Transfer-Encoding: chunked" in self.head
        self.text = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.socket.close()

    def next(self):
        """The next event as (name, id, data)."""
        while b"\n\n" not in self.text:
            self.text += self._piece()
        block, self.text = self.text.split(b"\n\n", 1)
        lines = [line.split(": ", 1) for line in block.decode().split("\n")]
        if lines[0][0] == "retry":
            return self.next()
        found = dict(lines)
        assert len(found) == len(lines) and set(found) <= {"event", "id", "data"}, block
        return found.get("event", "message"), found.get("id"), json.loads(found["data"])

    def entry(self):
        name, identifier, data = self.next()
        assert name == "message" and identifier == str(data["sequence"])
        return data

    def entries(self, count):
        return [self.entry() for _ in range(count)]

    def _piece(self):
        if not self.chunked:
            if not self.connection.inbox:
                data = self.connection.socket.recv(65536)
                assert data, "the stream ended"
                return data
            piece, self.connection.inbox = self.connection.inbox, b""
            return piece
        size = int(self.connection.until(b"\r\n"), 16)
        assert size > 0, "the stream ended"
        while len(self.connection.inbox) < size + 2:
            data = self.connection.socket.recv(1 << 20)
            assert data, "the stream ended in a chunk"
            self.connection.inbox += data
        piece, rest = self.connection.inbox[:size], self.connection.inbox[size:]
        assert rest[:2] == b"\r\n"
        self.connection.inbox = rest[2:]
        return piece


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class Background:
    """A call in a thread; `result()` waits for it, and passes on what it raised."""

    def __init__(self, call, *arguments, **named):
        def work():
            try:
                self.value = call(*arguments, **named)
            except BaseException as error:
                self.error = error

        self.value = self.error = None
        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()

    def result(self, seconds=30):
        self.thread.join(seconds)
        assert not self.thread.is_alive(), f"not over within {seconds} s"
        if self.error:
            raise self.error
        return self.value
