"""A disk that is full at any one write: a session is played once for each of its writes, which then
fails. Whatever is refused has changed nothing, memory and ledger agree, and so does the next start.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from async_support import task
from limits import right_books, sound
from support import cli, eventually

KEYS = [f"sk_test_{number:032}" for number in (1, 2, 3)]
# By default so many of the session's writes; with HARDENING=long all of them.
SAMPLE = 24


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    compiler = next((each for each in ("cc", "clang", "gcc") if shutil.which(each)), None)
    if compiler is None:
        pytest.skip("no C compiler")
    library = tmp_path_factory.mktemp("shim") / "full_disk.so"
    source = Path(__file__).with_name("full_disk.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def state(one):
    """What a restart must find again."""
    rows = one.control("GET", "keys", status=200).json()["keys"]
    keys = {row["key"]: (row["organization"], row["credits"], row["concurrency"],
                         row.get("revoked", False)) for row in rows}  # fmt: skip
    entries = {key: one.ledger(key, limit=10_000) for key in keys}
    assert all(each["consistent"] for each in entries.values())
    return keys, {key: each["entries"] for key, each in entries.items()}


def session(one):
    """Plays the session; a step that is refused must have changed nothing."""

    def change(method, path, body=None, **query):
        before = state(one)
        answer = one.control(method, path, body, **query)
        if answer.status_code == 500:
            assert answer.json()["error"]["code"] == "INTERNAL_ERROR"
            assert state(one) == before, (method, path)
        sound(one)
        return answer

    def ask(key):
        before = one.balance(key) if key in state(one)[0] else 0
        answer = one.ask(key)
        if answer.status_code == 500:
            assert answer.headers["x-credits-charged"] == "0"
            assert one.balance(key) == before
        sound(one)

    first, second, third = KEYS
    change("POST", "keys", {"key": first, "credits": 1000, "concurrency": 5})
    change("POST", "keys", {"key": second, "credits": 500})
    ask(first)
    joined = one.control("GET", f"keys/{first}").json().get("organization")
    if joined:
        change("POST", "keys", {"key": third, "organization": joined})
    change("PATCH", f"keys/{first}", {"credits": 900, "addCredits": 7, "concurrency": 6,
                                      "revoked": False})  # fmt: skip
    change("POST", "snapshots/one")
    ask(first)
    if first in state(one)[0]:
        one.post(first, "/v1/async/task", task())
        statuses = lambda: [each["status"] for each in  # noqa: E731
                            one.control("GET", "tasks", key=first).json()["tasks"]]  # fmt: skip
        eventually(lambda: set(statuses()) <= {"COMPLETED", "FAILED"}, "the end of the task")
    sound(one)
    change("PATCH", f"keys/{second}", {"revoked": True, "addCredits": -5})
    change("DELETE", f"keys/{third}")
    change("POST", "snapshots/one/restore", key=first)
    change("POST", "reset", key=first)
    change("DELETE", f"keys/{second}")
    change("POST", "snapshots/one/restore")
    ask(first)
    change("POST", "reset")
    change("POST", "keys", {"key": second, "credits": 77})
    ask(second)


def tasks(one, *statuses):
    """The identifiers of the tasks that are in one of these statuses."""
    rows = one.control("GET", "tasks", status=200).json()["tasks"]
    return {row["id"] for row in rows if row["status"] in statuses}


def without_charges(found, gone):
    """A state as it would be if some tasks hadn't been charged."""
    keys, entries = found
    charges = {
        key: sum(each["amount"] for each in rows if each.get("taskId") in gone)
        for key, rows in entries.items()
    }
    keys = {key: (row[0], row[1] - charges[key], *row[2:]) for key, row in keys.items()}
    return keys, {
        key: [each for each in rows if each.get("taskId") not in gone]
        for key, rows in entries.items()
    }


def play(double, shim, folder, at, calls=1):
    """Plays the session with a failing write. Returns how many writes there were."""
    folder.mkdir()
    file, count = folder / "ledger.db", folder.with_name(f"{folder.name}.count")
    env = {"LD_PRELOAD": str(shim), "FULL_DISK_FOLDER": str(folder), "FULL_DISK_AT": str(at),
           "FULL_DISK_CALLS": str(calls), "FULL_DISK_COUNT": str(count)}  # fmt: skip
    ended = cli("--port", "x", env=env)
    assert ended.returncode == 64 and not count.exists(), "the shim disturbs"
    before = None
    try:
        one = double("--database", file, env=env)
    except AssertionError:
        # It couldn't even begin. It said so, and the next start can.
        assert int(count.read_text()) >= at > 0
    else:
        session(one)
        refused = tasks(one, "FAILED")
        before = state(one)
        assert one.stop() == 0
    written = int(count.read_text())
    if file.exists() and file.stat().st_size:
        right_books(file)
    again = double("--database", file)
    sound(again)
    if before is not None:
        # A task whose end was refused is shown as failed. The file has it as open, so the next
        # start goes on with it, and charges it.
        eventually(lambda: not tasks(again, "QUEUED", "PROCESSING"), "the ends of all tasks")
        gone_on = refused & tasks(again, "COMPLETED")
        assert without_charges(state(again), gone_on) == before
    assert again.stop() == 0
    right_books(file)
    return written


def test_a_disk_that_is_full_at_any_one_write(double, shim, tmp_path):
    folder = Path(os.path.realpath(tmp_path))
    written = play(double, shim, folder / "none", 0)
    assert written > 50
    step = 1 if os.environ.get("HARDENING") == "long" else max(1, written // SAMPLE)
    for at in range(1, written + 1, step):
        play(double, shim, folder / f"at-{at}", at)


def test_a_disk_that_is_full_from_some_write_on(double, shim, tmp_path):
    folder = Path(os.path.realpath(tmp_path))
    written = play(double, shim, folder / "none", 0)
    step = max(1, written // (SAMPLE * 4 if os.environ.get("HARDENING") == "long" else 5))
    for at in range(1, written + 1, step):
        play(double, shim, folder / f"from-{at}", at, calls=0)
