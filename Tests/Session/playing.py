"""A double that is played a script: each call is sent as bytes, and each answer kept as it came."""

import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import traceback
from pathlib import Path

from normalising import Normaliser

# Seconds without a byte after which an answer is taken for missing: a head may take 10.
DEADLINE = 15.0
# What clients call the double: a fixed name, so that no answer depends on the port.
HOST = "double.test:8080"
# Later than any day on which this is run: time only goes forward.
START = "2045-03-01T10:00:00.000Z"
BUILT_IN_KEY = "sk_live_0000000000000000000000000000c10a"
READY = re.compile(r"cloro-mock listening on http://\S+:(\d+)\n")
TEXT = "utf-8", "surrogateescape"


def environment(more=None):
    """The environment without anything that the double reads."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CLORO_") and name not in ("PORT", "NO_COLOR", "COLUMNS")
    }
    return kept | {"COLUMNS": "100"} | (more or {})


class Tape:
    """Everything that was asked and answered, in order."""

    def __init__(self):
        self.records = []
        # How many records each section has.
        self.counts = {}

    def add(self, section, name, sent, got):
        # Identifiers follow from the seed; a call's name must not.
        name = re.sub(r"sk_(live|test)_[0-9a-f]{32}", "{key}", name)
        name = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "{id}", name)
        number = self.counts[section] = self.counts.get(section, 0) + 1
        self.records.append(
            {
                "call": f"{section}/{number} {name}",
                "sent": sent.decode(*TEXT) if isinstance(sent, bytes) else sent,
                "got": got.decode(*TEXT) if isinstance(got, bytes) else got,
            }
        )


class Connection:
    """A connection that gives answers as bytes."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self.inbox = b""
        # How the connection ended, once it has.
        self.end = b""

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # What came before says why.

    def close(self):
        self.socket.close()

    def _more(self):
        """Takes what has come; false at the end."""
        try:
            data = self.socket.recv(1 << 20)
        except ConnectionResetError:
            self.end = b"<connection reset>"
            return False
        except TimeoutError:
            self.end = b"<nothing more within %d s>" % DEADLINE
            return False
        if not data:
            self.end = b"<connection closed>"
        self.inbox += data
        return bool(data)

    def until(self, mark):
        """Up to and with a mark; what there is when the connection ends before it."""
        while mark not in self.inbox:
            if not self._more():
                rest, self.inbox = self.inbox, b""
                return rest
        found, self.inbox = self.inbox.split(mark, 1)
        return found + mark

    def exactly(self, count):
        while len(self.inbox) < count and self._more():
            pass
        found, self.inbox = self.inbox[:count], self.inbox[count:]
        return found

    def rest(self):
        """All up to the end."""
        while self._more():
            pass
        rest, self.inbox = self.inbox, b""
        return rest + self.end

    def answer(self, method="POST"):
        """One whole answer, and how the connection ended if it did."""
        head = self.until(b"\r\n\r\n")
        if self.end:
            return head + self.end
        fields = head.lower()
        body = b""
        if method != "HEAD" and b"\r\ntransfer-encoding: chunked" in fields:
            while not self.end:
                size = self.until(b"\r\n")
                body += size + self.exactly(int(size or b"0", 16) + 2)
                if size == b"0\r\n":
                    break
        elif method != "HEAD" and (length := re.search(rb"\r\ncontent-length: (\d+)\r\n", fields)):
            body = self.exactly(int(length[1]))
        elif method != "HEAD" and not re.match(rb"http/1.1 (1..|204|304) ", fields):
            body = self.rest()
        if b"\r\nconnection: close\r\n" in fields and not self.end:
            body += self.rest()
        elif self.end and not body.endswith(self.end):
            body += self.end
        return head + body


class Receiver:
    """Receives webhooks on the loopback interface and keeps their bytes."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.statuses, self.seen = [], []
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(DEADLINE)
                received = b""
                while b"\r\n\r\n" not in received:
                    received += connection.recv(65536)
                length = int(re.search(rb"\r\nContent-Length: (\d+)\r\n", received)[1])
                whole = received.index(b"\r\n\r\n") + 4 + length
                while len(received) < whole:
                    received += connection.recv(65536)
                self.seen.append(received)
                status = self.statuses.pop(0) if self.statuses else 200
                connection.sendall(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Player:
    """A running double and the section of the tape that its calls are kept in."""

    def __init__(self, tape, section, binary, seed, *flags, token=None, files=()):
        self.tape, self.section, self.token = tape, section, token
        self.folder = tempfile.TemporaryDirectory()
        for name, content in files:
            (Path(self.folder.name) / name).write_text(content)
        arguments = [
            str(binary), "--port", "0", "--seed", str(seed), "--clock", "manual", *flags,
        ]  # fmt: skip
        self.normaliser = Normaliser()
        self.process = subprocess.Popen(
            arguments, env=environment(), cwd=self.folder.name, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.stderr = []
        self._pump = threading.Thread(target=self._read_errors, daemon=True)
        self._pump.start()
        ready = self.process.stdout.readline().decode()
        if not READY.fullmatch(ready):
            self.process.kill()
            raise SystemExit(f"no ready line: {ready!r} {b''.join(self.stderr).decode()}")
        self.ready = ready
        self.port = int(READY.fullmatch(ready)[1])
        self.normaliser.name_port(self.port, "double")
        self.connection = None

    def _read_errors(self):
        for line in self.process.stderr:
            self.stderr.append(line)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        """Ends the double; what it wrote and its exit code are the section's last record.

        An answer that lacks what the script goes on with ends the section, and is a difference."""
        if self.connection:
            self.connection.close()
        lacks = kind is not None and issubclass(kind, (LookupError, TypeError, ValueError))
        if lacks:
            where = "".join(traceback.format_exception(error)[-2:])
            self.keep("the script can't go on", b"", where.encode())
        if kind and not lacks:
            self.process.kill()
        else:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._pump.join(DEADLINE)
        output = self.ready.encode() + self.process.stdout.read()
        self.process.stdout.close()
        self.process.stderr.close()
        self.folder.cleanup()
        written = b"stdout:\n%sstderr:\n%s" % (output, b"".join(self.stderr))
        self.keep("the process", b"", b"%sexit code %d" % (written, code))
        return lacks

    def start_anew(self, *keys):
        """Sets the clock to the session's beginning and lets the loaded keys come again there.

        They were made when the process started, and their ledger and cycles go by that moment."""
        for key in keys or (BUILT_IN_KEY,):
            self.control("DELETE", f"keys/{key}", unseen=True)
        self.control("PUT", "clock", {"now": START})
        self.control("POST", "reset")

    # MARK: Calls

    def keep(self, name, sent, got):
        """Adds a record."""
        normaliser = self.normaliser
        self.tape.add(self.section, name, normaliser.with_names(sent), normaliser.normalise(got))

    def request(self, method, target, body=None, key=None, fields=(), host=HOST):
        """The bytes of a request; `body` is bytes, or a value to be sent as JSON."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
        if key is not None:
            lines.append(f"Authorization: Bearer {key}")
        content = b""
        if body is not None:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in fields]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content

    def call(
        self, method, target, body=None, key=None, note="", fields=(), unseen=False, host=HOST
    ):
        """Sends a request on the kept connection and keeps the answer; returns it as bytes."""
        request = self.request(method, target, body, key, fields, host)
        self.connection = self.connection or Connection(self.port)
        self.connection.send(request)
        answer = self.connection.answer(method)
        if self.connection.end:
            self.connection.close()
            self.connection = None
        if not unseen:
            self.keep(f"{method} {target[:100]} {note}".strip(), request, answer)
        return answer

    def get(self, target, key=None, note="", **more):
        return self.call("GET", target, None, key, note, **more)

    def post(self, target, body, key=None, note="", **more):
        return self.call("POST", target, body, key, note, **more)

    def control(self, method, path, body=None, note="", **more):
        """A call of the control API; returns the body's value when it is JSON."""
        return value_of(self.call(method, f"/_mock/{path}", body, self.token, note, **more))

    def mint(self, **settings):
        """A new key."""
        return self.control("POST", "keys", settings)["key"]

    def advance(self, seconds, **more):
        return self.control("POST", "clock/advance", {"seconds": seconds}, **more)

    def settle(self):
        """Returns when all that has arrived was looked at and what follows from it is done."""
        self.advance(0, unseen=True)

    def raw(self, note, data, half_closes=False):
        """Sends bytes on a connection of their own and keeps all that comes until its end."""
        connection = Connection(self.port)
        connection.send(data)
        if half_closes:
            connection.socket.shutdown(socket.SHUT_WR)
        shown = data if len(data) < 2000 else data[:200] + b"... %d bytes" % len(data)
        self.keep(note, shown, connection.rest())
        connection.close()

    def begin(self, method, target, body=None, key=None, note="", slots=None, fields=()):
        """Sends a request that the clock holds back. Returns what ends it.

        With `slots` it waits until the key's organization has that many slots in use."""
        request = self.request(method, target, body, key, fields)
        connection = Connection(self.port)
        connection.send(request)
        self.settle()
        if slots is not None:
            end = time.monotonic() + DEADLINE
            while self._slots(key) != slots:
                if time.monotonic() > end:
                    raise SystemExit(f"never {slots} slots in use: {note}")
        return Pending(self, connection, f"{method} {target[:100]} {note} (begun before)", request)

    def _slots(self, key):
        found = self.control("GET", f"organizations?key={key}", unseen=True)
        return found["organizations"][0]["slots"]["used"]

    def hooks(self, receiver, note):
        """Keeps what a receiver was sent since it was last asked, in order."""
        self.settle()
        seen, receiver.seen = receiver.seen, []
        if not seen:
            self.keep(f"webhooks: {note}", b"", b"<none>")
        for number, each in enumerate(seen, 1):
            self.keep(f"webhook {number}: {note}", b"", each)

    def events(self, query="", fields=(), version="1.1"):
        return EventStream(self, query, fields, version)


class Pending:
    """A request that is under way."""

    def __init__(self, player, connection, name, request):
        self.player, self.connection, self.name, self.request = player, connection, name, request

    def end(self):
        """Keeps the answer."""
        answer = self.connection.answer()
        self.player.keep(self.name, self.request, answer)
        self.connection.close()
        return answer

    def hang_up(self):
        self.connection.close()
        self.player.settle()


class EventStream:
    """A stream of events that is open."""

    def __init__(self, player, query, fields, version):
        self.player = player
        lines = [f"GET /_mock/events{query} HTTP/{version}", f"Host: {HOST}", *fields]
        if player.token:
            lines.append(f"Authorization: Bearer {player.token}")
        self.request = "\r\n".join(lines).encode() + b"\r\n\r\n"
        self.connection = Connection(player.port)
        self.connection.send(self.request)
        self.head = self.connection.until(b"\r\n\r\n")
        self.text = b""
        self.is_chunked = b"transfer-encoding: chunked" in self.head.lower()

    def take(self, count):
        """Returns when so many events have come since the beginning."""
        while self.text.count(b"\n\n") < count and not self.connection.end:
            if self.is_chunked:
                size = int(self.connection.until(b"\r\n") or b"0", 16)
                self.text += self.connection.exactly(size + 2)[:size]
            else:
                self.text += self.connection.exactly(1)

    def read(self, count, note):
        """Keeps the head and so many events, without the bounds of chunks, and hangs up."""
        self.take(count)
        got = self.head + self.text + self.connection.end
        self.player.keep(f"GET /_mock/events {note}", self.request, got)
        self.connection.close()
        self.player.settle()


def value_of(answer):
    """An answer's body as JSON's value; None for anything else."""
    body = answer.split(b"\r\n\r\n", 1)[-1]
    try:
        return json.loads(body)
    except ValueError:
        return None
