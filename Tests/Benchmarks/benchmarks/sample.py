"""The double's answer, which every peer gives too."""

import socket
from dataclasses import dataclass

from .double import BODY, PATH, Double, request


@dataclass(frozen=True)
class Answer:
    head: bytes
    body: bytes

    def fields(self, without=("date", "content-length")):
        """Names and values, but for those that every server writes itself."""
        lines = self.head.decode().split("\r\n")[1:]
        pairs = (line.split(": ", 1) for line in lines if line)
        return [(name, value) for name, value in pairs if name.lower() not in without]


def asked(port, text=None):
    """What a server on this port answers to a request, as it goes over the wire; by default to the
    one question."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(text or request("POST", PATH, BODY))
        with connection.makefile("rb") as stream:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = stream.readline()
                if not line:
                    raise RuntimeError(f"no answer: {head!r}")
                head += line
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            answer = Answer(head, stream.read(length))
    if not head.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"{head!r}{answer.body[:200]!r}")
    return answer


def of_the_double(settings):
    with Double(settings) as double:
        return asked(double.port)
