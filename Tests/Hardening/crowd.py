"""Thousands of connections as a process of its own.

    python crowd.py PORT COUNT ADDRESS MODE [BYTES]

The process has its own limit of descriptors, and its own source address, so that neither that limit
nor the system's ports for one address bound the crowd. It says in lines of JSON on standard output
how it goes, and obeys lines on standard input. Modes:

- `ask`: each connection sends one request and waits. Lines: `{"open", "answered"}` when asked by
  `count`; `leave N` closes N of the answered ones; `again N` asks on N answered ones once more.
- `drip`: each sends the beginning of a head, then a byte a second, and notes the status that ends
  it.
- `body`: each sends a head with a length and nothing after it.
- `deaf`: each asks for PATH with the smallest of receive buffers, and never reads.
"""

import json
import select
import socket
import sys
import time

REQUEST = b"GET /_mock/health HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"POST /v1/monitor/chatgpt HTTP/1.1\r\nHost: x\r\nX-Slow: "
BODY = b"POST /v1/monitor/chatgpt HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"
BURST = 200


class Crowd:
    def __init__(self, port, count, address, mode, path):
        self.port, self.count, self.address, self.mode = port, count, address, mode
        self.first = {
            "ask": REQUEST, "drip": HEAD, "body": BODY,
            "deaf": f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        }[mode]  # fmt: skip
        self.poll = select.epoll()
        self.sockets, self.inboxes = {}, {}
        self.answered, self.statuses, self.times = [], {}, []
        self.ended = 0

    def open(self):
        while len(self.sockets) < self.count:
            for _ in range(min(BURST, self.count - len(self.sockets))):
                one = socket.socket()
                if self.mode == "deaf":
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
                one.bind((self.address, 0))
                since = time.monotonic()
                one.connect(("127.0.0.1", self.port))
                one.setblocking(False)
                one.send(self.first)
                self.sockets[one.fileno()] = (one, since)
                self.inboxes[one.fileno()] = b""
                if self.mode != "deaf":
                    self.poll.register(one, select.EPOLLIN)
                else:
                    self.poll.register(one, select.EPOLLHUP | select.EPOLLERR)
            self.look(0)

    def look(self, seconds):
        for number, events in self.poll.poll(seconds, 4096):
            if number == sys.stdin.fileno():
                self.obey(sys.stdin.readline())
            else:
                self.news(number, events)

    def news(self, number, events):
        one, since = self.sockets[number]
        data = b""
        try:
            if events & select.EPOLLIN:
                data = one.recv(65536)
        except OSError:
            pass
        if data:
            self.inboxes[number] += data
            if b"\r\n\r\n" in self.inboxes[number]:
                status = self.inboxes[number].split(b" ", 2)[1].decode()
                self.statuses[status] = self.statuses.get(status, 0) + 1
                self.times.append(time.monotonic() - since)
                self.inboxes[number] = b""
                self.answered.append(number)
            return
        self.ended += 1
        self.close(number)

    def close(self, number):
        one, _ = self.sockets.pop(number)
        self.poll.unregister(one)
        one.close()

    def obey(self, line):
        words = line.split()
        if not words:
            sys.exit(0)
        number = int(words[1]) if len(words) > 1 else 0
        if words[0] == "leave":
            for _ in range(number):
                self.close(self.answered.pop(0))
        elif words[0] == "again":
            for each in self.answered[:number]:
                self.sockets[each][0].send(REQUEST)
            del self.answered[:number]
        print(
            json.dumps({
                "open": len(self.sockets), "answered": len(self.answered), "ended": self.ended,
                "statuses": self.statuses, "shortest": min(self.times, default=None),
                "longest": max(self.times, default=None),
            }), flush=True,
        )  # fmt: skip

    def drip(self):
        for one, _ in list(self.sockets.values()):
            try:
                one.send(b"x")
            except OSError:
                pass

    def run(self):
        self.open()
        self.poll.register(sys.stdin, select.EPOLLIN)
        print(json.dumps({"open": len(self.sockets)}), flush=True)
        next_drip = time.monotonic() + 1
        while True:
            self.look(0.2)
            if self.mode == "drip" and time.monotonic() >= next_drip:
                next_drip += 1
                self.drip()


if __name__ == "__main__":
    port, count, address, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    Crowd(port, count, address, mode, sys.argv[5] if len(sys.argv) > 5 else "/").run()
