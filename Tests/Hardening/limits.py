"""Doubles under limits of the system: disks of a few megabytes, small files, little memory."""

import ctypes
import functools
import os
import re
import resource
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from support import BINARY, DEADLINE, cli

NEW_MOUNTS = 0x20000  # CLONE_NEWNS


@functools.cache
def _own_mounts():
    """Gives this thread, and what it starts, mounts of its own, which end with them."""
    if os.geteuid() != 0:
        return "only root may mount"
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_MOUNTS) != 0:
        return f"no mounts of one's own here: {os.strerror(ctypes.get_errno())}"
    made = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, text=True)
    return made.stderr if made.returncode else None


def mounted(folder, *arguments):
    """Mounts something, or skips the test with the reason."""
    reason = _own_mounts()
    if reason is None:
        folder.mkdir(exist_ok=True)
        made = subprocess.run(["mount", *arguments, str(folder)], capture_output=True, text=True)
        reason = made.stderr if made.returncode else None
    if reason is not None:
        pytest.skip(f"mounting isn't permitted: {reason}")
    return folder


class Disk:
    """A file system of its own for a ledger; `fill` and `clear` take and give back its space."""

    def __init__(self, folder, *arguments):
        self.folder = mounted(folder, *arguments)
        self.file, self.filler = folder / "ledger.db", folder / "filler"

    def fill(self):
        size = 1 << 20
        with open(self.filler, "ab", buffering=0) as filler:
            while size:
                try:
                    filler.write(b"x" * size)
                except OSError:
                    size //= 2

    def clear(self):
        self.filler.unlink()

    def unmount(self):
        subprocess.run(["umount", str(self.folder)], check=True)


def small_disk(folder):
    """Two megabytes in memory."""
    return Disk(folder, "-t", "tmpfs", "-o", "size=2m", "tmpfs")


def ext4_image(folder):
    """A file with an ext4 file system of sixteen megabytes."""
    if not shutil.which("mkfs.ext4"):
        pytest.skip("no mkfs.ext4")
    image = folder / "image"
    with open(image, "wb") as file:
        file.truncate(16 << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    return image


def limit_files(double, size):
    """Lets no file of a running double grow past a size; -1 takes the limit back."""
    _, hard = resource.prlimit(double.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(double.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def limited(limits, *flags):
    """The arguments of a double under limits of a shell's `ulimit`, e.g. `{"n": 64}`."""
    words = [f"ulimit -{name} {value}" for name, value in limits.items()]
    script = " && ".join([*words, 'exec "$0" "$@"'])
    return ("-c", script, BINARY, *flags), {"binary": "/bin/sh"}


def sound(one):
    """It answers, memory and ledger agree, and nobody holds a slot."""
    assert one.control("GET", "health").status_code == 200
    check = one.control("GET", "selfcheck", status=200).json()
    assert check["problems"] == []
    assert check["slots"] == {"requests": 0, "tasks": 0}, check


def right_books(file):
    """The file is whole and its sums hold, by SQLite and by the double's own command."""
    verified = cli("ledger", file, "--verify", timeout=DEADLINE)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        # Where not even the tables could be made there is no sum that may be wrong.
        made = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'entry'").fetchall()
        wrong = made and database.execute(
            "SELECT name FROM organization WHERE balance <> coalesce("
            "(SELECT sum(amount) FROM entry WHERE organization = organization.id), 0)"
        ).fetchall()
    database.close()
    assert wrong == []


def resident(double):
    """The double's size in memory, in mebibytes."""
    status = Path(f"/proc/{double.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
