"""A webhook receiver on raw sockets: it keeps what it is sent and answers as badly as one likes."""

import hashlib
import hmac
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass

from support import DEADLINE, eventually


@dataclass
class Hit:
    """One request that arrived."""

    path: str
    headers: dict  # by lower-case name
    body: bytes
    at: float  # wall time

    def json(self):
        return json.loads(self.body)

    @property
    def task(self):
        return self.json()["task"]["id"]


def answer_of(status, body=b"", *fields):
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def close_hard(connection):
    """Ends the connection by a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Receiver:
    """Answers with each of `answers` in turn, then with `default`. An answer is a status, bytes as
    they go out before the end of the stream, or a function of the hit and the socket, which may
    return one of these. With a context for TLS it is an `https` one."""

    def __init__(self, *answers, default=200, host="127.0.0.1", tls=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, 0), family=family, backlog=512)
        self.port = self.listener.getsockname()[1]
        self.tls = tls
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}/hook"
        self.answers, self.default = list(answers), default
        self.hits, self.connections = [], []
        self.lock = threading.Lock()
        self.most_at_once = self.at_once = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Closing alone would leave a blocked `accept` listening.
        for each in [self.listener, *self.connections]:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        inbox = b""
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
                self.connections.append(connection)
            while True:
                while b"\r\n\r\n" not in inbox:
                    if not (data := connection.recv(65536)):
                        return
                    inbox += data
                head, inbox = inbox.split(b"\r\n\r\n", 1)
                lines = head.decode("latin-1").split("\r\n")
                headers = {
                    name.lower(): value
                    for name, value in (line.split(": ", 1) for line in lines[1:])
                }
                length = int(headers["content-length"])
                while len(inbox) < length:
                    if not (data := connection.recv(65536)):
                        return
                    inbox += data
                body, inbox = inbox[:length], inbox[length:]
                assert lines[0].startswith("POST ") and lines[0].endswith(" HTTP/1.1"), lines[0]
                hit = Hit(lines[0].split(" ")[1], headers, body, time.time())
                with self.lock:
                    self.hits.append(hit)
                    answer = self.answers.pop(0) if self.answers else self.default
                    self.at_once += 1
                    self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    while callable(answer):
                        answer = answer(hit, connection)
                finally:
                    # Before its answer goes out: who has it may send the next one at once.
                    with self.lock:
                        self.at_once -= 1
                if not isinstance(answer, int):
                    return connection.sendall(answer or b"")
                connection.sendall(answer_of(answer))
        except OSError:
            pass
        finally:
            connection.close()

    def wait(self, count, seconds=DEADLINE):
        """The first `count` hits, once they are there."""
        eventually(lambda: len(self.hits) >= count, f"{count} webhooks", seconds)
        return self.hits[:count]


class Gate:
    """An answer that waits until it is opened."""

    def __init__(self, status=200):
        self.event, self.status = threading.Event(), status

    def __call__(self, *_):
        self.event.wait(DEADLINE)
        return answer_of(self.status, b"", "Connection: close")

    def open(self):
        self.event.set()


def never(_, connection):
    """No answer, ever; ends when the sender goes away."""
    connection.settimeout(DEADLINE)
    connection.recv(1)


def verify(secret, hit, tolerance=300):
    """The usual verification of a receiver."""
    timestamp = hit.headers["x-cloro-timestamp"]
    if abs(time.time() - int(timestamp)) > tolerance:
        return False
    signed = timestamp.encode() + b"." + hit.body
    expected = "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, hit.headers["x-cloro-signature"])
