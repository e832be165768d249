"""Agents: PyPI's official client of the Model Context Protocol, over both transports."""

import os
from contextlib import asynccontextmanager

import pytest
from mcp import Client, StdioServerParameters

from doubles import (  # noqa: F401
    double,
    no_double_outlives_its_test,
    pytest_sessionfinish,
    pytest_sessionstart,
)
from support import BINARY

SECONDS = 60


# The client's two ways to begin, and the revision that each leads to. "auto" asks what the server
# speaks (`server/discover`), and needs no session then.
MODES = {"auto": "2026-07-28", "legacy": "2025-11-25"}


@pytest.fixture(params=MODES)
def mode(request):
    return request.param


@pytest.fixture(params=["http", "stdio", "stdio of a running double"])
def agent(request, double, mode):
    """`async with agent() as client`: a double with a manual clock, as an agent sees it."""

    @asynccontextmanager
    async def connect(**options):
        program = [str(BINARY), "mcp"]
        environment = {"PATH": os.environ["PATH"]}
        if request.param == "http":
            server = double("--clock", "manual").url + "/_mock/mcp"
        elif request.param == "stdio":
            server = StdioServerParameters(
                command=program[0], args=[*program[1:], "--clock", "manual"], env=environment
            )
        else:
            one = double("--clock", "manual", "--admin-token", "secret")
            environment["CLORO_MOCK_ADMIN_TOKEN"] = "secret"
            server = StdioServerParameters(
                command=program[0], args=[*program[1:], "--url", one.url], env=environment
            )
        options = {"mode": mode, **options}
        async with Client(server, read_timeout_seconds=SECONDS, **options) as client:
            assert client.session.protocol_version == MODES.get(options["mode"], options["mode"])
            yield client

    return connect
