"""The double as a proxy: CONNECT, absolute targets, tunnels, and who may use it."""

import base64
import hashlib
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from support import cli, eventually
from wire import RawConnection

MEBIBYTE = 1 << 20


def connect_to(target, *fields, version="1.1"):
    lines = [f"CONNECT {target} HTTP/{version}", f"Host: {target}", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


def absolute(address, *fields):
    return "\r\n".join([f"GET {address} HTTP/1.1", "Host: other", *fields, "", ""]).encode()


def asked(port, request, host="127.0.0.1"):
    """The answer to one request on a connection of its own."""
    with RawConnection(port, seconds=20, host=host) as wire:
        wire.send(request)
        return wire.answer()


@contextmanager
def listening(serve):
    """A port on which each connection is served on a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def hashed(connection):
    """Reads to the end, and answers with the hash of all."""
    digest = hashlib.sha256()
    with connection:
        while piece := connection.recv(MEBIBYTE):
            digest.update(piece)
        connection.sendall(digest.hexdigest().encode())


@contextmanager
def tunnel(port, target):
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(connect_to(f"127.0.0.1:{target}"))
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += connection.recv(1)
        assert answer == b"HTTP/1.1 200 Connection Established\r\n\r\n"
        yield connection


def entries(one, **narrowing):
    return one.control("GET", "journal", status=200, **narrowing).json()["entries"]


# MARK: Modes


def test_without_a_proxy_connect_is_no_method(double):
    for one in (double("--proxy", "off"), double(env={"CLORO_MOCK_PROXY": "off"})):
        for target in ("api.cloro.dev:443", "x:80", "/"):
            answer = asked(one.port, connect_to(target))
            assert answer.status == 405
            assert "CONNECT" not in answer.headers["allow"]
        # An absolute target is still taken, whatever host it names. (RFC 9112, section 3.2.2)
        assert asked(one.port, absolute("http://x/_mock/health")).status == 200


def test_another_host_is_refused_with_the_way_to_allow_it(shared):
    answer = asked(shared.port, connect_to("example.com:443"))
    assert answer.status == 403
    message = answer.json()["error"]["message"]
    assert "example.com:443" in message and "--proxy tunnel" in message
    assert answer.json()["error"]["code"] == "PROXY_REFUSED"


@pytest.mark.parametrize("mode", ["intercept", "tunnel"])
def test_another_port_of_the_api_is_refused(double, mode):
    one = double("--proxy", mode)
    assert asked(one.port, connect_to("api.cloro.dev:80")).status == 403


def test_a_target_that_is_no_host_with_a_port_is_malformed(shared):
    for target in ("api.cloro.dev", "/", ":443", "http://api.cloro.dev:443", "x:0", "x:65536"):
        assert asked(shared.port, connect_to(target)).status == 400


@pytest.mark.parametrize("text", ["", "on", "Tunnel", "1"])
def test_other_modes_refuse_to_start(text):
    done = cli("--proxy", text, "--port", "0")
    assert done.returncode == 64
    assert done.stderr == (
        f'cloro-mock: --proxy: "{text}" can\'t be used; allowed: off, intercept or tunnel\n'
    )


# MARK: Absolute targets


def test_an_absolute_target_is_answered_for_the_api(shared):
    key = shared.minted()
    for address in ("http://api.cloro.dev", "http://API.CLORO.DEV:80", "https://api.cloro.dev"):
        answer = asked(
            shared.port, absolute(f"{address}/v1/credits", f"Authorization: Bearer {key}")
        )
        assert answer.status == 200
    assert [each["via"] for each in entries(shared, key=key)] == ["proxy"] * 3
    # The target's host takes the place of the field's. (RFC 9112, section 3.2.2)
    assert entries(shared, key=key)[0]["request"]["headers"]["Host"] == "api.cloro.dev"


def test_an_absolute_target_at_the_double_is_no_proxys(shared):
    key = shared.minted()
    for host in ("127.0.0.1", "localhost"):
        address = f"http://{host}:{shared.port}/v1/credits"
        assert asked(shared.port, absolute(address, f"Authorization: Bearer {key}")).status == 200
    assert not any("via" in each for each in entries(shared, key=key))


@pytest.mark.parametrize("mode", ["intercept", "tunnel"])
def test_an_absolute_target_elsewhere_is_refused(double, mode):
    one = double("--proxy", mode)
    for address in ("http://example.com/", "http://127.0.0.1:1/", "http://localhost/"):
        answer = asked(one.port, absolute(address))
        assert answer.status == 403
        assert "HTTPS_PROXY" in answer.json()["error"]["message"]


# MARK: Who may


def own_address():
    """An address of this machine that isn't loopback's; None when there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
        return None if address.startswith("127.") else address


def test_another_machine_may_not_without_a_token(double):
    if not (address := own_address()):
        pytest.skip("this machine has no address but loopback's")
    one = double("--host", "0.0.0.0", "--proxy", "tunnel")
    for request in (
        connect_to("api.cloro.dev:443"),
        connect_to("127.0.0.1:1"),
        absolute("http://api.cloro.dev/v1/countries"),
    ):
        answer = asked(one.port, request, host=address)
        assert answer.status == 403
        assert "--admin-token" in answer.json()["error"]["message"]
    # This machine may; and what isn't for a proxy is answered to everybody.
    assert asked(one.port, connect_to("127.0.0.1:1")).status == 502
    assert one.http.get(f"http://{address}:{one.port}/v1/credits").status_code == 401


def test_a_token_is_asked_for(double):
    token = "geheim:42"
    one = double("--admin-token", token, "--proxy", "tunnel")
    with listening(hashed) as target:
        for request in (connect_to, lambda _, *fields: absolute("http://api.cloro.dev/x", *fields)):
            for credentials in (None, "Bearer other", "Basic " + base64.b64encode(b"a:b").decode()):
                fields = [f"Proxy-Authorization: {credentials}"] if credentials else []
                answer = asked(one.port, request(f"127.0.0.1:{target}", *fields))
                assert answer.status == 407
                challenges = [v for k, v in answer.fields if k.lower() == "proxy-authenticate"]
                assert [each.split()[0] for each in challenges] == ["Basic", "Bearer"]
        right = base64.b64encode(f"anybody:{token}".encode()).decode()
        for credentials in (f"Bearer {token}", f"Basic {right}"):
            with socket.create_connection(("127.0.0.1", one.port), timeout=90) as wire:
                wire.sendall(
                    connect_to(f"127.0.0.1:{target}", f"Proxy-Authorization: {credentials}")
                )
                assert wire.recv(100).startswith(b"HTTP/1.1 200 ")
    headers = {"Authorization": f"Bearer {token}"}
    journal = one.http.get("/_mock/journal", headers=headers).text
    assert "Proxy-Authorization" in journal
    for secret in (token, right, right[-4:], "geheim"):
        assert secret not in journal
        assert not any(secret in line for line in one.stderr)


# MARK: Tunnels


def test_a_tunnel_is_in_the_journal(double):
    one = double("--proxy", "tunnel")
    with listening(hashed) as target, tunnel(one.port, target) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == hashlib.sha256(b"").hexdigest().encode()
    asked(one.port, connect_to("127.0.0.1:1"))
    seen = [(each["method"], each["path"], each["status"]) for each in entries(one)]
    assert seen == [("CONNECT", f"127.0.0.1:{target}", 200), ("CONNECT", "127.0.0.1:1", 502)]
    assert not any("via" in each for each in entries(one))


def test_a_target_that_refuses_is_a_bad_gateway(double):
    one = double("--proxy", "tunnel")
    answer = asked(one.port, connect_to("127.0.0.1:1"))
    assert answer.status == 502
    assert answer.json()["error"] == {
        "code": "BAD_GATEWAY",
        "message": "127.0.0.1:1 can't be reached: Connection refused.",
    }
    answer = asked(one.port, connect_to("nobody.invalid:443"))
    assert answer.status == 502
    assert "nobody.invalid:443" in answer.json()["error"]["message"]


def test_no_tunnel_leads_to_the_double_itself(double):
    one = double("--proxy", "tunnel")
    for host in ("127.0.0.1", "localhost", "127.0.0.2"):
        answer = asked(one.port, connect_to(f"{host}:{one.port}"))
        assert answer.status in (403, 502), host
    assert asked(one.port, connect_to(f"127.0.0.1:{one.port}")).status == 403


def memory(process):
    """The resident memory in bytes."""
    with open(f"/proc/{process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def test_a_gibibyte_keeps_its_bytes_and_the_memory_flat(double):
    one = double("--proxy", "tunnel")
    blocks = [os.urandom(MEBIBYTE) for _ in range(8)]
    digest = hashlib.sha256()
    with listening(hashed) as target, tunnel(one.port, target) as connection:
        connection.sendall(blocks[0])
        digest.update(blocks[0])
        before = memory(one.process)
        for number in range(1, 1024):
            connection.sendall(blocks[number % 8])
            digest.update(blocks[number % 8])
        most = memory(one.process)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == digest.hexdigest().encode()
    assert most - before < 8 * MEBIBYTE


# Processes of their own, because threads of this one would hold each other up: where bytes go, and
# where they come from.
SINK = """
import socket

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection = listener.accept()[0]
    while connection.recv(1 << 20):
        pass
"""
SOURCE = """
import socket, sys

port, request = int(sys.argv[1]), sys.argv[2].encode()
connection = socket.create_connection(("127.0.0.1", port))
if request:
    connection.sendall(request)
    assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
print("pours", flush=True)
block = bytes(1 << 20)
while True:
    connection.sendall(block)
"""


@contextmanager
def program(code, *arguments):
    """A Python program, and the first line that it prints."""
    words = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_tunnel_holds_no_other_connection_up(double):
    one = double("--proxy", "tunnel")

    def slow(port, *arguments):
        """What 99 of 100 requests on a connection of their own take less than, in seconds, while
        bytes pour."""
        with program(SOURCE, port, *arguments), RawConnection(one.port, seconds=20) as wire:
            taken = []
            for _ in range(500):
                start = time.perf_counter()
                wire.send(b"GET /_mock/health HTTP/1.1\r\nHost: x\r\n\r\n")
                assert wire.answer().status == 200
                taken.append(time.perf_counter() - start)
        return statistics.quantiles(taken, n=100)[98]

    with program(SINK) as port:
        request = connect_to(f"127.0.0.1:{port}").decode()
        # The same bytes past the double, for the machine is as busy with them; in turn, and the
        # best of several rounds, because what else the machine does isn't the double's.
        rounds = [(slow(port, ""), slow(one.port, request)) for _ in range(8)]
    beside, through = (min(times) for times in zip(*rounds))
    assert through - beside < 0.005


def test_tunnels_are_bounded_and_leave_no_descriptor(double):
    one = double("--proxy", "tunnel")
    one.http.get("/_mock/health")
    before = descriptors(one.process)
    with listening(hashed) as target:
        held = []
        for _ in range(256):
            connection = socket.create_connection(("127.0.0.1", one.port), timeout=90)
            connection.sendall(connect_to(f"127.0.0.1:{target}"))
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
            held.append(connection)
        answer = asked(one.port, connect_to(f"127.0.0.1:{target}"))
        assert answer.status == 503
        assert answer.json()["error"]["code"] == "TOO_MANY_TUNNELS"
        for connection in held:
            connection.close()
        eventually(lambda: descriptors(one.process) <= before, "tunnels' descriptors are closed")
        with tunnel(one.port, target):
            pass


def test_a_stop_waits_for_no_tunnel(double):
    one = double("--proxy", "tunnel")
    with listening(hashed) as target, tunnel(one.port, target) as connection:
        start = time.monotonic()
        assert one.stop() == 0
        assert time.monotonic() - start < 4
        assert connection.recv(1) == b""
