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
def all_available(tmp_path_factory):
    """A fixture in which no provider is switched off, so that Grok's answers are seen too."""
    file = tmp_path_factory.mktemp("fixtures") / "all.json"
    file.write_text('{"plan": "hobby", "unavailable": []}')
    return file


@pytest.fixture(scope="session")
def doubles(all_available):
    """One double for each revision, whose time moves only when told to."""
    flags = ("--clock", "manual", "--fixture", all_available)
    running = {each: Double(*flags, "--contract", each) for each in REVISIONS}
    yield running
    assert [each.stop() for each in running.values()] == [0] * len(running)


@pytest.fixture(scope="session")
def api(doubles, revision):
    return Api(doubles[revision], revision)


@pytest.fixture(scope="session")
def description(doubles, revision):
    return Description.of(doubles[revision], revision)


@pytest.fixture
def start(double, revision, all_available):
    """`start(*flags)` gives the API of a double of one's own, its time under control.

    Without a fixture among the flags it has the one in which no provider is switched off.
    """

    def begin(*flags):
        if "--fixture" not in flags:
            flags = (*flags, "--fixture", all_available)
        return Api(double("--clock", "manual", "--contract", revision, *flags), revision)

    return begin


@pytest.fixture
def receiver():
    with Receiver() as one:
        yield one
