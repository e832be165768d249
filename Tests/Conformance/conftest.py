"""Fixtures of the conformance suite."""

import pytest

from api import Api
from description import Description
from doubles import (  # noqa: F401
    double,
    fixture_file,
    no_double_outlives_its_test,
    pytest_sessionfinish,
    pytest_sessionstart,
)
from receiver import Receiver
from rules import REVISIONS
from support import Double


def pytest_generate_tests(metafunc):
    if "revision" in metafunc.fixturenames:
        revisions = getattr(metafunc.function, "revisions", REVISIONS)
        metafunc.parametrize("revision", revisions, scope="session")


def pytest_collection_modifyitems(items):
    """A test that names rules must run in the revisions that it names them for."""
    for item in items:
        if getattr(item.function, "rules", None):
            assert "revision" in item.fixturenames, f"{item.nodeid} names rules without `revision`"


@pytest.fixture(scope="session")
def doubles():
    """One double for each revision, whose time moves only when told to."""
    running = {each: Double("--clock", "manual", "--contract", each) for each in REVISIONS}
    yield running
    assert [each.stop() for each in running.values()] == [0] * len(running)


@pytest.fixture(scope="session")
def api(doubles, revision):
    return Api(doubles[revision], revision)


@pytest.fixture(scope="session")
def description(doubles, revision):
    return Description.of(doubles[revision], revision)


@pytest.fixture
def start(double, revision):
    """`start(*flags)` gives the API of a double of one's own, its time under control."""

    def begin(*flags):
        return Api(double("--clock", "manual", "--contract", revision, *flags), revision)

    return begin


@pytest.fixture
def receiver():
    with Receiver() as one:
        yield one
