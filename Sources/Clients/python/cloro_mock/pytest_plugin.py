"""The pytest plugin: fixtures ``cloro_mock`` and ``cloro_key``, the marker ``cloro``, the option
``--cloro-budget``, and what a run has taken."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import socket
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from ._errors import ControlError
from ._mock import Key, Mock
from ._types import JournalEntry

#: How many requests a failed test's report shows, the last ones.
SHOWN = 50
#: The most that a page of the control API has.
PAGE = 10_000
#: The most characters of a key's label.
LONGEST_LABEL = 200
#: What belongs to a test's result, and so reaches the process that reports: names of properties.
CREDITS, REQUESTS, REFUSALS = "cloro_credits", "cloro_requests", "cloro_refusals"

_KEY = pytest.StashKey[Key]()
_USAGE = pytest.StashKey["Usage"]()
_CONTROLLER = pytest.StashKey["Controller"]()


class Usage:
    """What was taken, summed up."""

    def __init__(self) -> None:
        self.credits = 0
        self.requests = 0
        self.refusals: collections.Counter[str] = collections.Counter()

    def add(self, credits: int, requests: int, refusals: dict[str, int]) -> None:
        self.credits += credits
        self.requests += requests
        self.refusals.update(refusals)

    def __str__(self) -> str:
        text = f"{self.credits} credits, {self.requests} requests"
        codes = ", ".join(f"{code} {count}" for code, count in self.refusals.most_common())
        return f"{text}, refused: {codes}" if codes else f"{text}, none refused"


class Session:
    """The double of this process, and what was taken of it beyond the keys of tests."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        #: Whether the double is shared with others: with a whole run, by ``cloro-mock run``.
        self.is_shared = bool(os.environ.get("CLORO_MOCK_URL"))
        #: Whether other processes of this run have tests too.
        self.is_worker = hasattr(config, "workerinput")
        #: Whether keys can have labels; None before that is known.
        self.takes_labels: bool | None = None
        self.mock: Mock | None = None

    def start(self) -> Mock:
        self.mock = Mock.connect() if self.is_shared else Mock.start()
        if self.is_worker and not self.is_shared:
            given: dict[str, Any] = getattr(self.config, "workerinput")
            end_with_controller(self.mock, given["cloro_mock"])
        return self.mock

    def mint(self, mock: Mock, label: str, settings: dict[str, Any]) -> Key:
        """A key of its own for a test, labelled with its identifier if this double knows labels."""
        if self.takes_labels is False:
            return mock.mint(**settings)
        try:
            # The end of an identifier says most, should it be longer than a label may be.
            key = mock.mint(label=label[-LONGEST_LABEL:], **settings)
        except ControlError as error:
            fields = [each.get("field") for each in error.details or [] if isinstance(each, dict)]
            if "label" not in fields:
                raise
            self.takes_labels = False
            return mock.mint(**settings)
        self.takes_labels = True
        return key


# MARK: The processes of pytest-xdist


def end_with_controller(mock: Mock, port: int) -> None:
    """Ends a worker's double as soon as the run is over for the process that controls it. The
    worker itself may be busy with a test for longer: execnet lets it finish for some seconds."""
    try:
        lifeline = socket.create_connection(("127.0.0.1", port), 10)
    except OSError:
        return mock.stop()
    lifeline.settimeout(None)

    def follow() -> None:
        with contextlib.suppress(OSError), lifeline:
            lifeline.recv(1)
        mock.stop()

    threading.Thread(target=follow, name="cloro-mock controller", daemon=True).start()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A worker of pytest-xdist is about to start."""
    node.workerinput["cloro_mock"] = node.config.stash[_CONTROLLER].port()


# MARK: Options


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cloro-mock", "cloro's API on this machine")
    group.addoption(
        "--cloro-budget",
        type=_credits,
        metavar="CREDITS",
        help="fail the run when its tests take more credits than this",
    )


def _credits(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError("a budget is 0 or more")
    return number


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "cloro(plan=…, credits=…, latency=…, clock=…, …): what the key of the fixture cloro_key"
        " has, as the members of POST /_mock/keys; clock='manual' stops the double's clock for"
        " this test",
    )
    usage = config.stash[_USAGE] = Usage()
    if not hasattr(config, "workerinput"):
        controller = config.stash[_CONTROLLER] = Controller(usage)
        config.pluginmanager.register(controller, "cloro-mock controller")
    forget_rewritten_modules()


def forget_rewritten_modules() -> None:
    """Removes what pytest keeps of the modules of this package, all of which are loaded by now.

    pytest compiles a plugin's modules itself, and keeps the result beside Python's own. No list of
    installed files names that, so that it would outlive an uninstallation.
    """
    kept = Path(__file__).parent / "__pycache__"
    with contextlib.suppress(OSError):
        for file in list(kept.glob("*-pytest-*.pyc")):
            file.unlink(missing_ok=True)
        kept.rmdir()  # when nothing else is in it


# MARK: Fixtures


@pytest.fixture(scope="session")
def _cloro_session(request: pytest.FixtureRequest) -> Iterator[Session]:
    session = Session(request.config)
    try:
        yield session
    finally:
        if session.mock:
            session.mock.stop()


@pytest.fixture(scope="session")
def cloro_mock(_cloro_session: Session) -> Iterator[Mock]:
    """The double: one for the session, with pytest-xdist one for each worker. Under
    ``cloro-mock run`` it is that one."""
    mock = _cloro_session.start()
    yield mock
    if not _cloro_session.is_shared:
        _add_rest(_cloro_session.config, mock)


@pytest.fixture
def cloro_key(
    request: pytest.FixtureRequest,
    cloro_mock: Mock,
    _cloro_session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Key]:
    """An API key with an organization of its own, for this test. What it has is said by the marker
    ``cloro``. ``CLORO_API_KEY`` and ``CLORO_BASE_URL`` are set to it while the test runs."""
    settings = _settings(request.node)
    clock = settings.pop("clock", None)
    before = None
    if clock is not None:
        if _cloro_session.is_shared and _cloro_session.is_worker:
            pytest.fail(
                "clock= can't be used with pytest-xdist under cloro-mock run: all workers share"
                " one double and so one clock. Run pytest without cloro-mock run.",
                pytrace=False,
            )
        before = cloro_mock.clock()["mode"]
        cloro_mock.set_clock(mode=clock)
    try:
        key = _minted(_cloro_session, cloro_mock, request.node, settings)
        monkeypatch.setenv("CLORO_API_KEY", key)
        monkeypatch.setenv("CLORO_BASE_URL", cloro_mock.url)
        request.node.stash[_KEY] = key
        yield key
        try:
            _note(request.node, key)
            key.remove()
        except ControlError as error:
            # The test has removed it, or has put the whole double back.
            if error.status != 404:
                raise
    finally:
        if before is not None:
            cloro_mock.set_clock(mode=before)


def _minted(
    session: Session, mock: Mock, item: pytest.Item, settings: dict[str, Any]
) -> Key:
    try:
        return session.mint(mock, item.nodeid, settings)
    except ControlError as error:
        pytest.fail(f"the marker cloro can't be used: {error.message}", pytrace=False)


def _settings(item: pytest.Item) -> dict[str, Any]:
    """What the marker says; the nearest one decides about each setting."""
    settings: dict[str, Any] = {}
    for marker in item.iter_markers("cloro"):
        if marker.args:
            pytest.fail("the marker cloro takes names, as in cloro(credits=20)", pytrace=False)
        settings = {**marker.kwargs, **settings}
    return settings


# MARK: What was taken


def _note(item: pytest.Item, key: Key) -> None:
    """Adds what a test's key has taken to the test's result."""
    entries = key.journal(limit=PAGE)
    codes = collections.Counter(code for code in map(_code, entries) if code)
    refusals = ",".join(f"{code}={count}" for code, count in codes.items())
    item.user_properties += [
        (CREDITS, _charged(key)), (REQUESTS, len(entries)), (REFUSALS, refusals),
    ]  # fmt: skip


def _charged(key: Key) -> int:
    """The sum of the charges of a key's organization."""
    total = last = 0
    while page := key.ledger(since=last, limit=PAGE)["entries"]:
        total -= sum(each["amount"] for each in page if each["kind"] == "charge")
        last = page[-1]["id"]
    return total


def _code(entry: JournalEntry) -> str | None:
    """The code of a refusal; its status when it has none."""
    status = entry["status"]
    if status is not None and status < 400:
        return None
    try:
        response = entry["response"]
        error = json.loads((response and response["body"]) or "")["error"]
        return str(error["code"])
    except (ValueError, KeyError, TypeError):
        return str(status or "no answer")


def _add_rest(config: pytest.Config, mock: Mock) -> None:
    """Adds what keys have taken that aren't the fixture's: those of the double, and those that
    tests have minted themselves."""
    usage, seen = Usage(), set()
    for settings in mock.keys():
        if settings["organization"] in seen:
            continue
        seen.add(settings["organization"])
        key = mock.key(settings["key"])
        entries = key.journal(limit=PAGE)
        codes = collections.Counter(code for code in map(_code, entries) if code)
        usage.add(_charged(key), len(entries), dict(codes))
    if hasattr(config, "workeroutput"):
        config.workeroutput["cloro_mock"] = [usage.credits, usage.requests, dict(usage.refusals)]
    else:
        config.stash[_USAGE].add(usage.credits, usage.requests, dict(usage.refusals))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker of pytest-xdist has ended."""
    rest = getattr(node, "workeroutput", {}).get("cloro_mock")
    if rest:
        node.config.stash[_USAGE].add(*rest)


class Controller:
    """What the process that reports does: it sums up what the results say, and its end is that of
    its workers' doubles."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self._lifeline: socket.socket | None = None

    def port(self) -> int:
        """Where a worker sees that this process ends or is interrupted: its connection breaks then.
        Nobody accepts, for an established connection is enough."""
        if self._lifeline is None:
            self._lifeline = socket.create_server(("127.0.0.1", 0), backlog=512)
        port: int = self._lifeline.getsockname()[1]
        return port

    def pytest_keyboard_interrupt(self) -> None:
        self.pytest_unconfigure()

    def pytest_unconfigure(self) -> None:
        if self._lifeline:
            self._lifeline.close()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "teardown":
            return
        found: dict[str, Any] = dict(report.user_properties)
        if CREDITS in found:
            pairs = [each.rsplit("=", 1) for each in str(found[REFUSALS]).split(",") if each]
            refusals = {code: int(count) for code, count in pairs}
            self.usage.add(int(found[CREDITS]), int(found[REQUESTS]), refusals)


# MARK: Reports


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    key = item.stash.get(_KEY, None)
    if not report.failed or key is None or report.when != "call":
        return
    try:
        entries = key.journal(limit=PAGE)
    except Exception as error:  # the double may be what has failed
        report.sections.append(("cloro-mock", f"its journal can't be read: {error}"))
        return
    left = f"({len(entries) - SHOWN} earlier ones left out)\n" if len(entries) > SHOWN else ""
    text = left + "\n".join(map(_line, entries[-SHOWN:])) or "no request came with this key"
    report.sections.append((f"cloro-mock: requests of {key.organization}", text))


def _line(entry: JournalEntry) -> str:
    status = entry["status"] or "---"
    return f"{status} {entry['method']} {entry['path']}  {entry['reason']}"


def _excess(config: pytest.Config) -> int:
    """By how much the budget is exceeded; 0 when it isn't, or when there is none."""
    budget = config.getoption("cloro_budget")
    return max(0, config.stash[_USAGE].credits - budget) if budget is not None else 0


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workerinput"):
        return
    if _excess(config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    usage: Usage = config.stash[_USAGE]
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary and usage.requests:
        with open(summary, "a", encoding="utf-8") as file:
            file.write(_markdown(config, usage))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    usage: Usage = config.stash[_USAGE]
    excess = _excess(config)
    if usage.requests or excess:
        terminalreporter.section("cloro-mock")
        terminalreporter.line(str(usage))
    if excess:
        budget = config.getoption("cloro_budget")
        terminalreporter.line(f"over the budget of {budget} by {excess}", red=True)


def _markdown(config: pytest.Config, usage: Usage) -> str:
    lines = ["### cloro-mock", "", "| | |", "|---|--:|"]
    lines += [f"| credits | {usage.credits} |", f"| requests | {usage.requests} |"]
    lines += [f"| refused: {code} | {count} |" for code, count in usage.refusals.most_common()]
    excess = _excess(config)
    if excess:
        lines.append(f"| over the budget of {config.getoption('cloro_budget')} by | {excess} |")
    return "\n".join(lines) + "\n\n"
