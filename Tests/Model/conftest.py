"""The doubles that all sequences are played against, one after the other."""

import json
import tempfile
from pathlib import Path

import pytest

from doubles import (  # noqa: F401
    no_double_outlives_its_test,
    pytest_sessionfinish,
    pytest_sessionstart,
)
from support import Double

FLAGS = ("--clock", "manual")


@pytest.fixture(scope="session")
def double():
    one = Double(*FLAGS)
    yield one
    assert one.stop() == 0, one.stderr


class Renewable:
    """A double with a database whose process may end and be another one; all else is that one's."""

    def __init__(self, folder):
        self.folder, self.number = Path(folder), 0
        self.begin(*FLAGS, *self.database())

    def __getattr__(self, name):
        return getattr(self.one, name)

    def begin(self, *flags):
        self.one = Double(*flags)
        # It goes on in the next test.
        Double.alive.discard(self.one)

    def database(self):
        return "--database", self.folder / f"ledger-{self.number}.db"

    def restart(self, kills):
        """Another process goes on with the file."""
        if kills:
            # What was counted since the last commit may be lost, so that there is one just before.
            self.one.control("DELETE", f"keys/{self.one.minted()}", status=200)
            self.one.kill()
        else:
            assert self.one.stop() == 0, self.one.stderr
        self.begin(*FLAGS, *self.database())

    def carry(self):
        """Another process, with a file of its own, goes on with the state as a document."""
        self.one.control("POST", "snapshots/carried", status=201)
        document = self.one.control("GET", "snapshots/carried", status=200).json()
        file = self.folder / "state.json"
        file.write_text(json.dumps(document))
        assert self.one.stop() == 0, self.one.stderr
        self.number += 1
        self.begin(*self.database(), "--snapshot", file)


@pytest.fixture(scope="session")
def renewable():
    with tempfile.TemporaryDirectory() as folder:
        one = Renewable(folder)
        try:
            yield one
            assert one.stop() == 0, one.stderr
        finally:
            if one.process.poll() is None:
                one.kill()
