"""Doubles that the tests of a run share."""

import pytest

from doubles import double, fixture_file, pytest_sessionstart  # noqa: F401
from support import Double


@pytest.fixture(scope="session")
def shared():
    """One double for all tests that only need a key of their own. Time is real, latency is zero."""
    one = Double()
    yield one
    assert one.stop() == 0, one.stderr


@pytest.fixture(scope="session")
def frozen():
    """One double whose time moves only when told to."""
    one = Double("--clock", "manual")
    yield one
    assert one.stop() == 0, one.stderr
