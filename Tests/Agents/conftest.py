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


@pytest.fixture(params=["http", "stdio", "stdio of a running double"])
def agent(request, double):
    """`async with agent() as client`: a double with a manual clock, as an agent sees it."""

    @asynccontextmanager
    async def connect():
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
        async with Client(server, read_timeout_seconds=SECONDS) as client:
            yield client

    return connect
