"""What the control API answers. A newer double may answer more members than are named here."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, TypedDict, Union

#: Any JSON object.
Object = Dict[str, Any]
#: How a prompt is compared: the whole text, or one of ``equals``, ``contains`` and ``regex``.
Prompt = Union[str, Dict[str, str]]


class KeySettings(TypedDict, total=False):
    """A key with its organization's settings."""

    key: str
    organization: str
    plan: str
    credits: int
    concurrency: int
    requestsPerSecond: int
    contract: str
    seed: int
    holdSync: bool
    label: Optional[str]
    budget: Optional[int]
    weather: Union[None, str, Object]
    revoked: bool


class Message(TypedDict):
    """A request or an answer, as the journal keeps it."""

    headers: Dict[str, str]
    body: Optional[str]


class Traced(TypedDict, total=False):
    """The header ``traceparent`` of a request, when it had a valid one. (W3C Trace Context)"""

    traceparent: str


class JournalEntry(Traced):
    """A request, its answer, and the rule that has decided."""

    sequence: int
    at: str
    requestId: Optional[str]
    taskId: Optional[str]
    key: Optional[str]
    organization: Optional[str]
    label: Optional[str]
    method: str
    path: str
    status: Optional[int]
    reason: str
    latencyMs: Optional[int]
    creditsCharged: int
    request: Message
    response: Optional[Message]


class LedgerEntry(TypedDict, total=False):
    """A movement of credits; ``kind`` is grant, charge, adjustment or expiry."""

    id: int
    at: str
    kind: str
    amount: int
    balance: int
    endpoint: Optional[str]
    requestId: str
    taskId: str


class Ledger(TypedDict):
    """An organization's credits; ``consistent``: the entries' sum is the balance."""

    balance: int
    entries: List[LedgerEntry]
    consistent: bool


class Clock(TypedDict):
    """The double's clock; ``factor`` is 0 when it moves only by hand."""

    mode: str
    now: str
    factor: float


class Advance(TypedDict):
    """What has happened while the clock moved."""

    now: str
    fired: List[Object]
