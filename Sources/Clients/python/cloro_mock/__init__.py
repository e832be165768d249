"""cloro's API on this machine, for tests: the double ``cloro-mock``, from Python.

    from cloro_mock import Mock

    with Mock.start(plan="free") as mock:
        key = mock.mint(credits=20, latency="2s")
        client = Cloro(api_key=key, base_url=mock.url)

:class:`AsyncMock` is the same with ``await``. Under pytest the fixtures ``cloro_mock`` and
``cloro_key`` do it all.
"""

from ._async_mock import AsyncKey, AsyncMock, AsyncWebhooks
from ._errors import (
    CloroMockError,
    ControlError,
    NoAnswer,
    NotInTime,
    ProgramNotFound,
    StartFailed,
)
from ._mock import Key, Mock, Webhooks
from ._types import Advance, Clock, JournalEntry, KeySettings, Ledger, LedgerEntry

__all__ = [
    "Advance",
    "AsyncKey",
    "AsyncMock",
    "AsyncWebhooks",
    "Clock",
    "CloroMockError",
    "ControlError",
    "JournalEntry",
    "Key",
    "KeySettings",
    "Ledger",
    "LedgerEntry",
    "Mock",
    "NoAnswer",
    "NotInTime",
    "ProgramNotFound",
    "StartFailed",
    "Webhooks",
]
