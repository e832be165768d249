"""https: questions a second, full handshakes a second, and what idle connections take."""

import resource
import socket
import ssl
import subprocess
import sys
from statistics import median

from .. import sample, table
from ..double import BODY, KEY, PATH, Double
from ..peers import Nginx
from ..processes import free_port
from ..settings import ratio
from ..tools import Wrk, handshakes

IDLE = 10_000
WARM_UP = 1


def certified(settings):
    """A certificate and its key for 127.0.0.1, of the kind that the double makes itself."""
    certificate, key = settings.folder / "tls.pem", settings.folder / "tls.key"
    if not certificate.exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
    return certificate, key


def servers(settings, answer):
    """How each contender is started; its port of https is `tls_port`."""
    certificate, key = certified(settings)

    def double():
        port = free_port()
        flags = ["--tls-port", port, "--tls-cert", certificate, "--tls-key", key]
        started = Double(settings, *flags)
        started.tls_port = port
        return started

    return {"Double": double, "Nginx": lambda: Nginx(settings.folder, answer, certificate, key)}


def throughput(settings, _names):
    Nginx.installed()
    wrk = Wrk(settings.folder, BODY, KEY)

    def measure(server):
        url = f"https://127.0.0.1:{server.tls_port}{PATH}"
        wrk.run(url, WARM_UP)
        load = wrk.run(url, settings.seconds)
        if load["statuses"] or load["sockets"]:
            raise RuntimeError(f"answers other than 200: {load}")
        return load["requests"], load["rate"]

    return [compared(settings, "tls", "throughput over TLS, connections kept", measure)]


def full_handshakes(settings, _names):
    Nginx.installed()

    def measure(server):
        count = handshakes(server.tls_port, settings.seconds)
        return count, count / settings.seconds

    return [compared(settings, "handshakes", "full handshakes", measure)]


def compared(settings, name, what, measure):
    rates, costs = {"Double": [], "Nginx": []}, {"Double": [], "Nginx": []}
    start = servers(settings, sample.of_the_double(settings))
    for order in settings.alternating(list(start)):
        for contender in order:
            with start[contender]() as server:
                before = server.processor_seconds()
                count, rate = measure(server)
                cost = (server.processor_seconds() - before) * 1e6 / count
            rates[contender].append(rate)
            costs[contender].append(cost)
            print(f"  {contender} {rate:,.0f}/s, {cost:.1f} µs", file=sys.stderr, flush=True)
    ours, theirs = rates["Double"], rates["Nginx"]
    note = " to ".join(f"{median(costs[each]):.1f}" for each in rates)
    return table.at_least(
        name, f"{what}, to Nginx", f"{median(ours):,.0f}/s to {median(theirs):,.0f}/s",
        ratio(ours, theirs), 0.7, f"processor time {note} µs each",
    )  # fmt: skip


def idle(settings, _names):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit < IDLE + 200:
        raise RuntimeError(f"the system allows {limit} descriptors (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    request = b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with servers(settings, None)["Double"]() as double:
        before = double.resident()
        held = []
        for _ in range(IDLE):
            plain = socket.create_connection(("127.0.0.1", double.tls_port), 30)
            held.append(context.wrap_socket(plain, server_hostname="localhost"))
            held[-1].sendall(request)
            if not held[-1].recv(4096).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("not answered")
        size = double.resident()
        for each in held:
            each.close()
    return [
        table.within(
            "idle-tls", f"memory with {IDLE:,} idle connections of TLS", size, 400, "MiB",
            f"{(size - before) * 1024 / IDLE:.1f} KiB each",
        )
    ]  # fmt: skip
