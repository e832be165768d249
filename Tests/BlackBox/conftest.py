"""Doubles that the tests of a run share."""

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
def shared():
    """One double for all tests that only need a key of their own. Time is real, latency is zero."""
    one = Double()
    yield one
    assert one.stop() == 0, one.stderr


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
