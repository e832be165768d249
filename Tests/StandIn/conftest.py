"""The stand-in, and a resolver that knows one name."""

import socket

import pytest

from doubles import pytest_sessionstart  # noqa: F401
from stand_in import HOST, StandIn


@pytest.fixture(scope="session")
def running():
    one = StandIn()
    yield one
    assert one.stop() == (0, "")


@pytest.fixture
def resolver(running, monkeypatch):
    """`api.cloro.dev`, port 443, is the stand-in's; there is no other name."""
    resolve = socket.getaddrinfo

    def lookup(host, port, *arguments, **options):
        if (host, port) == (HOST, 443):
            return resolve("127.0.0.1", running.port, *arguments, **options)
        assert host == "127.0.0.1", f"the client asks for {host}:{port}"
        return resolve(host, port, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


@pytest.fixture
def stand_in(running, resolver, monkeypatch):
    """The stand-in, in the place of https://api.cloro.dev for this test's process."""
    monkeypatch.setenv("SSL_CERT_FILE", str(running.authority))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_DIR", "CLORO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return running
