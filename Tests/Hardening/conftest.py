"""Fixtures of the hardening suite."""

from doubles import double, fixture_file, pytest_sessionstart  # noqa: F401
