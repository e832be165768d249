"""Fixtures of the conformance suite. The double as a process is the black-box suite's."""

import importlib.util
import sys
from pathlib import Path

import pytest

BLACK_BOX = Path(__file__).resolve().parent.parent / "BlackBox"
sys.path.insert(1, str(BLACK_BOX))

spec = importlib.util.spec_from_file_location("black_box_conftest", BLACK_BOX / "conftest.py")
black_box = importlib.util.module_from_spec(spec)
spec.loader.exec_module(black_box)
pytest_sessionstart = black_box.pytest_sessionstart
double, fixture_file = black_box.double, black_box.fixture_file

from support import Double  # noqa: E402

from api import Api  # noqa: E402
from description import Description  # noqa: E402
from receiver import Receiver  # noqa: E402
from rules import REVISIONS  # noqa: E402


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
