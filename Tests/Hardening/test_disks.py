"""A disk under the ledger that is full, may not be written, or lets no file grow: requests get a
500 and aren't charged, the double says so once and goes on, and works again as soon as it can."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from async_support import (
    HOLD,
    drive,
    finished,
    listed,
    post,
    post_batch,
    read,
    state,
    status,
    submit,
    task,
)
from control_support import last
from limits import Disk, ext4_image, limit_files, right_books, small_disk
from support import BUILT_IN_KEY, cli, eventually

CREDITS = 10**6
REQUESTS = 200
MINTED = {"credits": CREDITS, "concurrency": 10**4, "requestsPerSecond": 10**6}


class FullDisk:
    """No byte is left on the device."""

    words = "database or disk is full"

    def __init__(self, tmp_path):
        self.disk = small_disk(tmp_path / "disk")
        self.file = self.disk.file

    @contextmanager
    def trouble(self, _):
        self.disk.fill()
        yield
        self.disk.clear()

    def end(self):
        self.disk.unmount()


class NoFileMayGrow:
    """`ulimit -f`: writes past a size fail, and a signal comes with them."""

    words = "disk I/O error"

    def __init__(self, tmp_path):
        self.file = tmp_path / "ledger.db"

    @contextmanager
    def trouble(self, double):
        limit_files(double, self.file.with_name("ledger.db-wal").stat().st_size)
        yield
        limit_files(double, -1)

    def end(self):
        pass


class ReadOnlyFiles:
    """The files may suddenly not be written, not even by whoever has them open."""

    words = ""

    def __init__(self, tmp_path):
        self.file = tmp_path / "ledger.db"
        probe = tmp_path / "probe"
        probe.touch()
        if not shutil.which("chattr") or not self._mark("+i", probe):
            pytest.skip("files can't be made immutable here")
        self._mark("-i", probe)

    @staticmethod
    def _mark(flag, *files):
        return subprocess.run(["chattr", flag, *files], capture_output=True).returncode == 0

    @contextmanager
    def trouble(self, _):
        files = [self.file, f"{self.file}-wal"]
        assert self._mark("+i", *files)
        try:
            yield
        finally:
            assert self._mark("-i", *files)

    def end(self):
        pass


def refused(answer):
    """A 500 with the documented code, and nothing charged."""
    assert answer.status_code == 500, answer.text
    assert answer.json()["error"]["code"] == "INTERNAL_SERVER_ERROR"
    assert answer.headers["x-credits-charged"] == "0"
    return int(answer.headers["x-credits-remaining"])


def says(double, words, number):
    """The log says so for the time of that number, and not more often."""

    def times():
        return sum(words in line for line in double.stderr)

    eventually(lambda: times() >= number, f"{words!r} in the log")
    assert times() == number, double.stderr


REFUSES, TAKES = "the ledger refuses charges", "the ledger takes charges again"


@pytest.mark.parametrize("kind", [FullDisk, NoFileMayGrow, ReadOnlyFiles])
def test_a_disk_that_takes_nothing(double, tmp_path, kind):
    place = kind(tmp_path)
    one = double("--database", place.file)
    key = one.minted(**MINTED)
    assert one.ask(key).status_code == 200
    holder = one.minted(**MINTED, progression=HOLD)
    held = []
    for number in (1, 2):
        balance = one.balance(key)
        held.append(submit(one, holder))
        with place.trouble(one):
            with ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda _: one.ask(key), range(REQUESTS)))
            # What still finds room is charged like any other; once there is none, nothing is.
            charged = [each for each in answers if each.status_code == 200]
            assert len(charged) < REQUESTS / 4
            balance -= 7 * len(charged)
            for _ in range(20):
                assert refused(one.ask(key)) == balance
            assert place.words in last(one, key)["reason"]
            # A task that can't be kept isn't taken, and leaves nothing behind.
            tasks = len(listed(one, key))
            single = task(idempotencyKey=f"k{number}")
            for answer in (post(one, key, single), post_batch(one, key, [task()] * 3)):
                assert answer.status_code == 500, answer.text
                assert answer.json()["error"]["code"] == "INTERNAL_SERVER_ERROR"
            assert len(listed(one, key)) == tasks and status(one, key)["queuedTasks"] == 0
            # One that was taken before can't be charged.
            drive(one, held[-1], "complete")
            failed = read(one, holder, held[-1])
            assert failed["task"]["status"] == "FAILED"
            assert failed["credits"]["creditsCharged"] == 0
            assert failed["response"]["error"]["code"] == "INTERNAL_SERVER_ERROR"
            # Reading goes on, changes say what is wrong.
            ledger = one.ledger(key, limit=10_000)
            assert (ledger["balance"], ledger["consistent"]) == (balance, True)
            changed = one.control("PATCH", f"keys/{key}", {"addCredits": 5})
            assert changed.status_code == 500 and "SQLite" in changed.json()["error"]["message"]
            minted = one.control("POST", "keys", {"credits": 1})
            assert minted.status_code == 500
            right_books(place.file)
            says(one, REFUSES, number)
            assert one.control("GET", "ready").status_code == 200
        # At once, without a restart.
        assert one.ask(key).status_code == 200
        assert one.balance(key) == balance - 7
        done = submit(one, key, task(idempotencyKey=f"k{number}"))
        assert finished(one, key, done)["task"]["status"] == "COMPLETED"
        says(one, TAKES, number)
        assert one.minted(credits=1) and one.patch(key, addCredits=5)
        right_books(place.file)
    balance = one.balance(key)
    assert one.stop() == 0
    right_books(place.file)
    assert len(one.stderr) == 4, one.stderr
    again = double("--database", place.file)
    assert again.balance(key) == balance
    assert [state(again, holder, each) for each in held] == ["FAILED"] * 2
    assert [state(again, key, name) for name in ("k1", "k2")] == ["COMPLETED"] * 2
    assert again.stop() == 0
    place.end()


def test_a_cycle_that_ends_on_a_full_disk_is_made_up_for(double, tmp_path):
    place = NoFileMayGrow(tmp_path)
    one = double("--database", place.file, "--clock", "manual")
    # Cycles of months with 31 days, also for the fixtures' organization, which is made again.
    one.control("DELETE", f"keys/{one.first_key}", status=200)
    one.control("PUT", "clock", {"now": "2031-07-01T00:00:00.000Z"}, status=200)
    one.control("POST", "reset", status=200)
    cycle = 31 * 86_400
    keys = [one.minted(credits=500) for _ in range(20)]
    assert one.ask(keys[0]).status_code == 200
    before = [one.balance(key) for key in keys]
    with place.trouble(one):
        # An hour of tries is twelve of each: at its cycle's end, and 1, 3, 7 … 2,047 seconds after.
        assert len(one.advance(cycle + 3600)["fired"]) == 12 * (len(keys) + 1)
        assert [one.balance(key) for key in keys] == before
        says(one, REFUSES, 1)
    one.advance(3600)
    says(one, TAKES, 1)
    assert [one.balance(key) for key in keys] == [500] * len(keys)
    kinds = [[entry["kind"] for entry in one.ledger(key)["entries"]] for key in keys[:2]]
    assert kinds == [["grant", "charge", "expiry", "grant"], ["grant", "expiry", "grant"]]
    # The next cycle ends when it would have ended.
    assert one.advance(cycle - 2 * 3600 - 1)["fired"] == []
    assert len(one.advance(1)["fired"]) == len(keys) + 1
    assert one.stop() == 0
    right_books(place.file)


def test_a_disk_that_turns_read_only_for_good(double, tmp_path):
    # What Linux does with a file system that it finds damaged; `abort` is its way to try that out.
    disk = Disk(tmp_path / "disk", "-o", "loop", str(ext4_image(tmp_path)))
    one = double("--database", disk.file)
    key = one.minted(**MINTED)
    assert one.ask(key).status_code == 200
    subprocess.run(["sync", "-f", str(disk.folder)], check=True)
    subprocess.run(["mount", "-o", "remount,abort", str(disk.folder)], check=True)
    with pytest.raises(OSError):
        (disk.folder / "probe").touch()
    for _ in range(REQUESTS):
        assert refused(one.ask(key)) == CREDITS - 7
    says(one, REFUSES, 1)
    assert one.ledger(key)["balance"] == CREDITS - 7
    assert cli("ledger", disk.file, "--verify").returncode == 0
    assert one.stop() == 0
    disk.unmount()
    # Mounted anew it is recovered, and so is the ledger.
    disk = Disk(tmp_path / "disk", "-o", "loop", str(tmp_path / "image"))
    again = double("--database", disk.file)
    assert again.balance(key) == CREDITS - 7
    assert again.ask(key).status_code == 200
    assert again.stop() == 0
    right_books(disk.file)
    disk.unmount()


def test_a_start_where_nothing_can_be_written_says_so(double, tmp_path):
    disk = small_disk(tmp_path / "disk")
    one = double("--database", disk.file)
    assert one.ask(BUILT_IN_KEY).status_code == 200
    assert one.stop() == 0
    disk.fill()
    for file in (disk.file, disk.folder / "new.db"):
        ended = cli("--port", "0", "--database", file)
        assert ended.returncode == 1 and ended.stdout == ""
        assert str(file) in ended.stderr and "full" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
    disk.clear()
    subprocess.run(["mount", "-o", "remount,ro", str(disk.folder)], check=True)
    ended = cli("--port", "0", "--database", disk.file)
    assert ended.returncode == 1 and "read-only" in ended.stderr and str(disk.file) in ended.stderr
    # A ledger at rest can be read from there.
    assert cli("ledger", disk.file, "--verify").returncode == 0
    ended = cli("--port", "0", "--database", disk.folder / "another.db")
    assert ended.returncode == 1 and "Read-only" in ended.stderr, ended.stderr
    assert "no such file" not in ended.stderr
    disk.unmount()


def test_a_ledger_that_was_not_closed_on_a_disk_that_is_read_only(double, tmp_path):
    disk = small_disk(tmp_path / "disk")
    one = double("--database", disk.file)
    assert one.ask(BUILT_IN_KEY).status_code == 200
    one.kill()
    # The shared memory goes with a restart of the machine.
    disk.file.with_name("ledger.db-shm").unlink()
    subprocess.run(["mount", "-o", "remount,ro", str(disk.folder)], check=True)
    ended = cli("ledger", disk.file)
    if ended.returncode:
        assert "Read-only" in ended.stderr and "not closed" in ended.stderr, ended.stderr
    else:
        assert "balance 249993" in ended.stdout
    subprocess.run(["mount", "-o", "remount,rw", str(disk.folder)], check=True)
    assert "balance 249993" in cli("ledger", disk.file).stdout
    disk.unmount()
