"""Doubles that the tests of a run share."""

import ssl

import pytest

from doubles import (  # noqa: F401
    double,
    fixture_file,
    no_double_outlives_its_test,
    pytest_sessionfinish,
    pytest_sessionstart,
)
from support import Double


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """One double for all tests that only need a key of their own. Time is real, latency is zero. It
    speaks https too."""
    one = Double("--tls-port", "0", "--ca-file", tmp_path_factory.mktemp("ca") / "ca.pem")
    yield one
    assert one.stop() == 0, one.stderr


@pytest.fixture(scope="session")
def trusting(shared):
    """What a client of the shared double's https needs, as Python makes it."""
    file = shared.arguments[shared.arguments.index("--ca-file") + 1]
    return ssl.create_default_context(cafile=file)


@pytest.fixture(scope="session")
def frozen():
    """One double whose time moves only when told to. Whatever a test leaves to happen happens in a
    later one: what asks for all that fell due takes `clock`."""
    one = Double("--clock", "manual")
    yield one
    assert one.stop() == 0, one.stderr


@pytest.fixture
def clock(double):
    """A double of the test's own whose time moves only when told to."""
    return double("--clock", "manual")
