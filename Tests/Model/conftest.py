"""The double that all sequences are played against, one after the other."""

import pytest

from doubles import (  # noqa: F401
    no_double_outlives_its_test,
    pytest_sessionfinish,
    pytest_sessionstart,
)
from support import Double


@pytest.fixture(scope="session")
def double():
    one = Double("--clock", "manual")
    yield one
    assert one.stop() == 0, one.stderr
