"""Signals at any moment: the double ends, with 0 wherever it could end by itself."""

import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

from limits import right_books
from support import BINARY, BUILT_IN_KEY, DEADLINE, Double, clean_environment, cli
from wire import RawConnection, request_bytes

IS_LONG = os.environ.get("HARDENING") == "long"

def start(*arguments):
    return subprocess.Popen(
        [str(BINARY), "--port", "0", *map(str, arguments)], env=clean_environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def takes(process, number):
    """Whether the process has a handler for a signal."""
    with open(f"/proc/{process.pid}/status") as status:
        line = next(line for line in status if line.startswith("SigCgt:"))
    return int(line.split()[1], 16) >> (number - 1) & 1


@pytest.fixture(autouse=True)
def hang_ups_are_heeded():
    """Tests that run under nohup ignore SIGHUP, and so does whom they start."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("after", range(100) if IS_LONG else [*range(20), 40, 60, 80])
def test_a_sigterm_at_any_millisecond_ends_it_with_0(tmp_path, after):
    process = start("--database", tmp_path / "ledger.db")
    # Until the system's loader has handed over, nobody can take a signal.
    while not takes(process, signal.SIGTERM):
        assert process.poll() is None
    time.sleep(after / 1000)
    process.terminate()
    assert process.wait(DEADLINE) == 0, process.stderr.read()
    if (tmp_path / "ledger.db").exists():
        again = start("--database", tmp_path / "ledger.db")
        assert again.stdout.readline().startswith("cloro-mock listening")
        again.terminate()
        assert again.wait(DEADLINE) == 0


def test_a_check_that_is_ended_did_not_succeed():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen([str(BINARY), "healthcheck", "--url", url])
        silent.accept()
        process.terminate()
        assert process.wait(DEADLINE) == -signal.SIGTERM


def test_a_second_signal_ends_it_at_once(double):
    one = double("--clock", "manual", "--latency", "60s")
    with RawConnection(one.port) as client:
        client.send(request_bytes("POST", "/v1/monitor/chatgpt", BUILT_IN_KEY, QUESTION))
        one.await_running(BUILT_IN_KEY, 1)
        started = time.monotonic()
        one.signal(signal.SIGINT)
        # The first one waits for the request.
        with pytest.raises(subprocess.TimeoutExpired):
            one.process.wait(0.5)
        one.signal(signal.SIGINT)
        assert one.wait() == -signal.SIGINT
        assert time.monotonic() - started < 3


def test_a_hang_up_closes_the_ledger(double, tmp_path):
    file = tmp_path / "ledger.db"
    one = double("--database", file)
    assert one.ask(BUILT_IN_KEY).status_code == 200
    one.signal(signal.SIGHUP)
    assert one.wait() == 0
    assert not (tmp_path / "ledger.db-wal").exists()
    right_books(file)


def test_a_hang_up_that_is_ignored_stays_ignored():
    script = 'trap "" HUP; exec "$0" --port 0'
    process = subprocess.Popen(
        ["/bin/sh", "-c", script, str(BINARY)], env=clean_environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    url = process.stdout.readline().split()[-1]
    process.send_signal(signal.SIGHUP)
    assert cli("healthcheck", "--url", url).returncode == 0
    process.terminate()
    assert process.wait(DEADLINE) == 0


def test_clients_that_dont_close_are_not_waited_for(double):
    one = double("--latency", "300ms")
    with RawConnection(one.port) as idle, RawConnection(one.port) as client:
        idle.send(request_bytes("GET", "/_mock/health"))
        assert idle.answer().status == 200
        client.send(request_bytes("POST", "/v1/monitor/chatgpt", BUILT_IN_KEY, QUESTION))
        one.await_running(BUILT_IN_KEY, 1)
        started = time.monotonic()
        one.signal(signal.SIGTERM)
        assert client.answer().status == 200
        assert one.wait() == 0
        assert time.monotonic() - started < 1.5


HANGING_DISK = """
#define _GNU_SOURCE
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int unlink(const char *path) {
  while (strstr(path, "-wal")) pause();
  return (int)syscall(SYS_unlinkat, -100, path, 0);
}
"""


def test_a_stop_that_hangs_is_ended(tmp_path):
    """The ledger's file can't be closed, because its disk doesn't answer."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if not compiler:
        pytest.skip("no C compiler")
    source, library = tmp_path / "disk.c", tmp_path / "disk.so"
    source.write_text(HANGING_DISK)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    one = Double("--database", tmp_path / "ledger.db", env={"LD_PRELOAD": str(library)})
    assert one.ask(BUILT_IN_KEY).status_code == 200
    started = time.monotonic()
    assert one.stop() == 1
    assert 7 < time.monotonic() - started < 12
    assert one.stderr == ["cloro-mock: stopping takes too long, so it ends now"]


QUESTION = {"prompt": "What is the best laptop?", "country": "US"}
