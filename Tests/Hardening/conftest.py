"""Fixtures of the hardening suite."""

from doubles import (  # noqa: F401
    double,
    fixture_file,
    no_double_outlives_its_test,
    pytest_sessionfinish,
    pytest_sessionstart,
)
