"""A service that a recorder asks and that is no double: it answers whatever a test wants."""

import base64
import json
import socket
import ssl
import subprocess
import threading
import urllib.parse
from dataclasses import dataclass

from support import eventually


@dataclass
class Seen:
    """One request that arrived."""

    method: str
    path: str
    headers: dict  # by lower-case name
    body: bytes

    @property
    def text(self):
        """The question, or the path of a request that has none."""
        value = json.loads(self.body) if self.body else {}
        value = value.get("payload", value)
        return value.get("prompt") or value.get("query") or self.path


def answer(body, status=200, *fields, length=None):
    """An answer's bytes. A body that is no bytes is written as JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}",
             "Content-Type: application/json", "Connection: close", *fields]  # fmt: skip
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def success(result, *fields):
    """A 200 with a result, which is a value or JSON text."""
    text = result if isinstance(result, bytes) else json.dumps(result).encode()
    return answer(b'{"success":true,"result":' + text + b"}", 200, *fields)


def chunked(body, *fields, size=1):
    """An answer in chunks, each in a piece of its own."""
    lines = ["HTTP/1.1 200 X", "Transfer-Encoding: chunked", "Content-Type: application/json",
             "Connection: close", *fields]  # fmt: skip
    yield "\r\n".join(lines).encode() + b"\r\n\r\n"
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


class Service:
    """Answers each request with what `answers` makes of it: bytes, or pieces of them that go out
    one after the other. Then it closes the connection."""

    def __init__(self, answers, tls=None):
        self.answers, self.tls, self.seen = answers, tls, []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Closing alone would leave a blocked `accept` listening.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            connection.settimeout(30)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            if (one := self._read(connection)) is None:
                return
            self.seen.append(one)
            made = self.answers(one)
            for piece in [made] if isinstance(made, bytes) else made:
                connection.sendall(piece)
        except OSError:
            pass
        finally:
            connection.close()

    @staticmethod
    def _read(connection):
        inbox = b""
        while b"\r\n\r\n" not in inbox:
            if not (data := connection.recv(65536)):
                return None
            inbox += data
        head, body = inbox.split(b"\r\n\r\n", 1)
        start, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value for name, value in (line.split(": ", 1) for line in lines)
        }
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        method, path, _ = start.split(" ")
        return Seen(method, path, headers, body)


# MARK: Secrets in disguise


def escaped(text):
    """JSON's longest way to write a text."""
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def percent(text):
    return "".join(f"%{ord(letter):02x}" for letter in text)


def in_base64(text, before="", after=""):
    return base64.b64encode(f"{before}{text}{after}".encode()).decode()


DISGUISES = {
    "plain": lambda secret: secret,
    "within a word": lambda secret: f"x{secret}y",
    "before an accent": lambda secret: f"{secret}\u0301",
    "escaped": escaped,
    "escaped in part": lambda secret: secret[:5] + escaped(secret[5]) + secret[6:],
    "upper case": str.upper,
    "percent": percent,
    "percent, in upper case": lambda secret: percent(secret).upper(),
    "percent of what must be": urllib.parse.quote_plus,
    "base64": in_base64,
    "base64, moved by one": lambda secret: in_base64(secret, "a", "bc"),
    "base64, moved by two": lambda secret: in_base64(secret, "Bearer: "),
    "base64 for addresses": lambda secret: in_base64(secret, "?>?>").translate(
        str.maketrans("+/", "-_")),
    "hexadecimal": lambda secret: secret.encode().hex(),
    "JSON within JSON": lambda secret: json.dumps(json.dumps({"key": secret}))[1:-1],
}  # fmt: skip


def disguises(secret):
    """What stands in JSON text, between quotation marks, for each disguise."""
    return {name: made(secret) for name, made in DISGUISES.items()}


def traces(secret):
    """What gives a secret away wherever it stands, in lower case."""
    middles = [in_base64(secret, "\0" * shift)[4:-4] for shift in range(3)]
    found = [secret, escaped(secret), percent(secret), secret.encode().hex(), *middles]
    return {each.lower().encode() for each in found}


def given_away(secrets, text):
    """The secrets that a text has in it, in any disguise."""
    if isinstance(text, str):
        text = text.encode()
    versions = [text.lower()]
    try:
        # Whatever is escaped within it stands there as it is, too.
        versions.append(json.dumps(json.loads(text), ensure_ascii=False).encode().lower())
    except ValueError:
        pass
    return {
        secret for secret in secrets for version in versions
        if any(trace in version for trace in traces(secret))
    }  # fmt: skip


# MARK: Certificates


def certificate(folder, name, host="IP:127.0.0.1", days=2):
    """A certificate that nobody else has signed, and a context that shows it. One of no days has
    expired when it is returned."""
    file, key = folder / f"{name}.pem", folder / f"{name}.key"
    extensions = folder / f"{name}.extensions"
    extensions.write_text(f"subjectAltName={host}\nbasicConstraints=critical,CA:TRUE\n")
    request = run_openssl(
        "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", f"/CN={name}", "-keyout", key).stdout  # fmt: skip
    run_openssl("x509", "-req", "-signkey", key, "-days", days, "-extfile", extensions,
                "-out", file, input=request)  # fmt: skip
    if days == 0:
        look = ["x509", "-in", file, "-noout", "-checkend", 0]
        eventually(lambda: run_openssl(*look, check=False).returncode, "the certificate's end")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return file, context


def run_openssl(*arguments, check=True, **options):
    return subprocess.run(["openssl", *map(str, arguments)], check=check, capture_output=True,
                          timeout=90, **options)  # fmt: skip
