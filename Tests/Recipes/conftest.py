"""The double as a process."""

from doubles import double, fixture_file, pytest_sessionstart  # noqa: F401
