"""What can go wrong, each with a text that says what to do."""

from __future__ import annotations

from typing import Any


class CloroMockError(Exception):
    """Any error of this package."""


class ProgramNotFound(CloroMockError):
    """There is no cloro-mock program where it is looked for."""


class StartFailed(CloroMockError):
    """The double has ended before it was ready; the text has what it said, for example that its
    port is taken."""


class NoAnswer(CloroMockError):
    """The double can't be reached, or didn't answer in time."""


class ControlError(CloroMockError):
    """The control API has refused a call."""

    def __init__(self, status: int, code: str, message: str, details: Any = None):
        super().__init__(f"{status} {code}: {message}")
        #: The answer's status, for example 404.
        self.status = status
        #: The error's code, for example ``NOT_FOUND``.
        self.code = code
        self.message = message
        #: What the answer says beyond that, such as each field that can't be used.
        self.details = details


class NotInTime(ControlError):
    """What was waited for didn't happen in time; ``details`` has what came nearest."""
