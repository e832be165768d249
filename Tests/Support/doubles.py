"""The pytest fixtures that every suite shares; a suite's conftest imports those it uses."""

import json
import resource
import signal

import pytest

from support import BINARY, Double


def heed_signals():
    """Heeds the signals that a shell lets its background jobs ignore. Who is started inherits that,
    and what the tests send would get lost."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            ordinary = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, ordinary)


def pytest_sessionstart(session):
    heed_signals()
    if not BINARY.is_file():
        pytest.exit(f"no binary at {BINARY}: build it, or set CLORO_MOCK_BINARY", returncode=2)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 16384)), hard))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    kill(Double.alive)


def kill(doubles):
    for each in list(doubles):
        each.kill()


@pytest.fixture(autouse=True)
def no_double_outlives_its_test():
    """Kills what a test has started and, since it failed, not ended."""
    before = set(Double.alive)
    yield
    kill(Double.alive - before)


@pytest.fixture
def double():
    """`double(*flags, env=None)` starts a double; its exit code must be 0 at the end."""
    running = []

    def start(*flags, **options):
        running.append(Double(*flags, **options))
        return running[-1]

    yield start
    ended = [each.process.poll() for each in running]
    codes = [each.stop() for each in running]
    for each, before, code in zip(running, ended, codes):
        # One that the test itself killed has its signal's code already.
        assert before is not None or code == 0, (code, each.arguments, each.stderr)


@pytest.fixture
def fixture_file(tmp_path):
    """`fixture_file(plan=…, …)` writes a fixture and returns its path."""

    def write(name="team.json", **members):
        path = tmp_path / name
        path.write_text(json.dumps({"plan": "team", **members}))
        return path

    return write
