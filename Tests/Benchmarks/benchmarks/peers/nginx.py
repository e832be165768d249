"""nginx that returns constant bytes: what this machine can do at most."""

import shutil

from ..processes import Server, free_port
from ..sample import asked

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"

CONFIGURATION = """
worker_processes {workers};
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  server_tokens off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  variables_hash_max_size 4096;
{parts}
  server {{
    listen 127.0.0.1:{port};
{secure}
    default_type application/json;
{fields}
    location / {{ return 200 {body}; }}
  }}
}}
"""
SECURE = """
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
"""
# Of a part of the body, in characters: nginx reads no word over 4,096 bytes.
LONGEST_PART = 1_000
# nginx writes Content-Type, Content-Length and Date, as the double does, and these.
OWN_FIELDS = len("Server: nginx\r\n") + len("Connection: keep-alive\r\n")


class Nginx(Server):
    """By default one worker; as many header fields and bytes in them as the double sends. With a
    certificate it has a second port, of https."""

    @staticmethod
    def installed():
        if shutil.which(NGINX) is None:
            raise RuntimeError("nginx isn't installed")

    def __init__(self, folder, answer, certificate=None, key=None, workers=1):
        port = free_port()
        self.tls_port = free_port()
        secure = SECURE.format(port=self.tls_port, certificate=certificate, key=key)
        folder = folder / "nginx"
        folder.mkdir(exist_ok=True)
        configuration = folder / "nginx.conf"
        # A $ would be a variable's.
        body = answer.body.replace(b"$", b"S")
        parts = _parts(body.decode())
        configuration.write_text(
            CONFIGURATION.format(
                folder=folder, port=port, workers=workers, body="".join(name for name, _ in parts),
                parts="".join(f"  map '' {name} {{ default '{part}'; }}\n" for name, part in parts),
                fields="".join(map(_line, _fields(answer))), secure=secure if certificate else "",
            )
        )  # fmt: skip
        super().__init__([NGINX, "-p", folder, "-c", configuration], port)
        same = asked(port)
        is_filled = bool(_fields(answer))
        if same.body != body or is_filled and len(same.head) != len(answer.head):
            self.stop()
            raise RuntimeError(f"not the double's answer: {same.head!r}")


def _fields(answer):
    """The double's own fields without two, whose bytes are nginx's own two or fill up a value."""
    own = [field for field in answer.fields() if field[0].lower() != "content-type"]
    kept, left_out = own[:-2], own[-2:]
    spare = sum(len(name) + len(value) + 4 for name, value in left_out) - OWN_FIELDS
    if not kept or spare < 0:
        # The double's header is smaller than nginx's own.
        return []
    name, value = kept[-1]
    return [*kept[:-1], (name, value + "0" * spare)]


def _parts(text):
    """The text in parts that nginx reads, each with the name of a variable."""
    parts = [text[start : start + LONGEST_PART] for start in range(0, len(text), LONGEST_PART)]
    return [(f"$part{number}", _quoted(part)) for number, part in enumerate(parts)]


def _line(field):
    return f"    add_header {field[0]} '{_quoted(field[1])}';\n"


def _quoted(text):
    if "$" in text:
        raise RuntimeError("nginx would take the $ for a variable")
    return text.replace("\\", "\\\\").replace("'", "\\'")
