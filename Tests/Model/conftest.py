"""The double that all sequences are played against, one after the other."""

import pytest

from doubles import pytest_sessionstart  # noqa: F401
from support import Double


@pytest.fixture(scope="session")
def double():
    one = Double("--clock", "manual")
    yield one
    assert one.stop() == 0, one.stderr
