"""The wire: requests as no client library sends them, and many on one connection."""

from monitor_calls import path_of, question
from playing import BUILT_IN_KEY, HOST, Connection

HEALTH = b"GET /_mock/health HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /_mock/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
MALFORMED = [
    b"nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET /_mock/health\r\n\r\n",
    b"GET  /_mock/health HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /_mock/health HTTP/1.1\r\n\r\n",
    b"GET /_mock/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /_mock/health HTTP/1.1\nHost: x\n\n",
    b"GET /_mock/health HTTP/2.0\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA : c\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 33554433\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 70_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 250 + b"\r\n",
]  # fmt: skip


def all_of_it(player):
    late = Connection(player.port)
    late.send(b"GET /_mock/health HTTP/1.1\r\nHo")
    for number, data in enumerate(MALFORMED, 1):
        player.raw(f"malformed {number}", data)
    chatgpt, body = path_of("chatgpt"), b'{"prompt":"A?","country":"US"}'
    head = f"POST {chatgpt} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {BUILT_IN_KEY}\r\n"
    head = head.encode()
    length = b"Content-Length: %d\r\n" % len(body)
    chunks = b"Transfer-Encoding: chunked\r\n\r\n"
    chunks += b"5\r\n%s\r\n%x;a=b\r\n%s\r\n" % (body[:5], len(body) - 5, body[5:])
    chunks += b"0\r\nTrailer: x\r\n\r\n"
    for note, data in (
        ("three on one connection", HEALTH + head + length + b"\r\n" + body + LAST),
        ("chunks", head + chunks + LAST), ("an empty line before", b"\r\n" + LAST),
        ("100-continue", head + length + b"Expect: 100-continue\r\n\r\n" + body + LAST),
        ("HTTP/1.0", b"GET /_mock/health HTTP/1.0\r\n\r\n"),
        ("HTTP/1.0, kept", b"GET /_mock/health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + LAST),
        ("HTTP/1.0 without host, a link",
         head.replace(b"1.1\r\nHost: " + HOST.encode(), b"1.0") + length.replace(b"30", b"57")
         + b'\r\n{"prompt":"A?","country":"US","include":{"html":true}}   '),
        ("an address",
         b"GET http://other.test/_mock/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        ("an address without path",
         b"GET http://other.test HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        ("OPTIONS *", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n" + LAST),
        ("TRACE", b"TRACE /v1/credits HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        ("an empty host",
         b"GET /_mock/openapi.json HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"),
        ("HEAD, then GET", b"HEAD /v1/credits HTTP/1.1\r\nHost: x\r\n\r\n" + LAST),
    ):  # fmt: skip
        player.raw(note, data)
    player.raw("half closed", head + length + b"\r\n" + body, half_closes=True)
    player.raw("half closed within the head", head, half_closes=True)
    player.raw("half closed within the body", head + length + b"\r\n" + body[:9], half_closes=True)
    player.raw("half closed at once", b"", half_closes=True)
    kept = Connection(player.port)
    for number in range(3):
        request = player.request("POST", chatgpt, question("chatgpt", f"{number}?"), BUILT_IN_KEY)
        kept.send(request)
        player.keep(f"kept connection {number}", request, kept.answer())
    kept.close()
    player.get(
        "/v1/credits",
        BUILT_IN_KEY,
        fields=[("Origin", "http://a.test"), ("Accept-Encoding", "gzip")],
    )
    player.call("OPTIONS", chatgpt, None, None, fields=[("Access-Control-Request-Method", "POST")])
    player.control("GET", "journal")
    player.control("GET", "metrics")
    player.keep("a head that takes too long", b"", late.rest())
    late.close()
    player.control("GET", "journal?status=408")
