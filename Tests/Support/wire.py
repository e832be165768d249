"""A small HTTP/1.1 client on asyncio streams: it shows the bytes as they are, and thousands of
connections cost little."""

import asyncio
import json
import socket
from dataclasses import dataclass, field


@dataclass
class Answer:
    status: int
    fields: list  # (name, value) as sent
    body: bytes
    head: bytes = b""
    headers: dict = field(default_factory=dict)  # by lower-case name

    def __post_init__(self):
        self.headers = {name.lower(): value for name, value in self.fields}

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    def number(self, name):
        value = self.headers.get(name.lower())
        return None if value is None else int(value)


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    version, status = lines[0].split(" ")[:2]
    assert version == "HTTP/1.1", lines[0]
    return int(status), [tuple(line.split(": ", 1)) for line in lines[1:] if line]


def request_bytes(method, path, key=None, body=None, host="127.0.0.1", fields=()):
    """The bytes of a request; `body` may be bytes, or a value to encode as JSON."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    content = b""
    if body is not None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


class Wire:
    """One connection in asyncio."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port, host="127.0.0.1", tls=None):
        """Speaks TLS if there is a context for it."""
        name = "localhost" if tls else None
        return cls(*await asyncio.open_connection(host, port, ssl=tls, server_hostname=name))

    async def tunnel(self, target):
        """Asks for a tunnel to a host and port; what follows goes through it."""
        self.writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        status, _ = parse_head((await self.reader.readuntil(b"\r\n\r\n"))[:-4])
        assert status == 200, status

    def send(self, method, path, key=None, body=None, fields=()):
        self.writer.write(request_bytes(method, path, key, body, fields=fields))

    async def answer(self, to="POST"):
        head = await self.reader.readuntil(b"\r\n\r\n")
        status, fields = parse_head(head[:-4])
        answer = Answer(status, fields, b"", head)
        length = answer.number("content-length") or 0
        if to != "HEAD" and length:
            answer.body = await self.reader.readexactly(length)
        return answer

    async def ask(self, method, path, key=None, body=None, fields=()):
        self.send(method, path, key, body, fields)
        return await self.answer(method)

    def close(self):
        self.writer.close()


async def flood(port, requests, connections):
    """Sends all requests over that many connections; the answers in no particular order."""
    waiting = iter(requests)
    answers = []

    async def work():
        wire = await Wire.open(port)
        for request in waiting:  # shared: each request goes out once
            answers.append(await wire.ask(*request))
        wire.close()

    await asyncio.gather(*[work() for _ in range(connections)])
    return answers


def run(coroutine, seconds=60):
    """Runs a coroutine with a bound on its time."""

    async def bounded():
        return await asyncio.wait_for(coroutine, seconds)

    return asyncio.run(bounded())


class RawConnection:
    """A blocking socket for requests that no client library would send, over TLS if there is a
    context for it. An end of which TLS hasn't been told is an error."""

    def __init__(self, port, seconds=5, tls=None, name="localhost", host="127.0.0.1"):
        self.socket = socket.create_connection((host, port), timeout=seconds)
        if tls:
            self.socket = tls.wrap_socket(
                self.socket, server_hostname=name, suppress_ragged_eofs=False
            )
        self.inbox = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def until(self, mark):
        while mark not in self.inbox:
            data = self.socket.recv(65536)
            assert data, f"closed before {mark!r}: {self.inbox!r}"
            self.inbox += data
        found, self.inbox = self.inbox.split(mark, 1)
        return found + mark

    def answer(self, to="POST"):
        head = self.until(b"\r\n\r\n")
        status, fields = parse_head(head[:-4])
        answer = Answer(status, fields, b"", head)
        length = 0 if to == "HEAD" else answer.number("content-length") or 0
        while len(self.inbox) < length:
            data = self.socket.recv(65536)
            assert data, "closed within the body"
            self.inbox += data
        answer.body, self.inbox = self.inbox[:length], self.inbox[length:]
        return answer

    def rest(self):
        """Everything up to the end of the stream."""
        while data := self.socket.recv(65536):
            self.inbox += data
        rest, self.inbox = self.inbox, b""
        return rest
