"""What the suite's tests share."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from doubles import pytest_sessionstart  # noqa: F401
from support import BINARY, clean_environment, eventually

CLIENT = Path(__file__).resolve().parent.parent.parent / "Sources/Clients/python"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """The double under test, recorded, and nothing else that the client reads."""
    for name in list(os.environ):
        if name.startswith("CLORO_") or name in ("PORT", "GITHUB_STEP_SUMMARY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLORO_MOCK_BINARY", str(recorder(tmp_path)))


def recorder(folder):
    """A program that notes its process's number and becomes the double."""
    program = folder / "recorded" / "cloro-mock"
    program.parent.mkdir()
    program.write_text(
        f"#!/bin/sh\necho $$ >>{shlex.quote(str(folder / 'recorded' / 'pids'))}\n"
        f'exec {shlex.quote(str(BINARY))} "$@"\n'
    )
    program.chmod(0o755)
    return program


@pytest.fixture
def doubles(tmp_path):
    """The numbers of the doubles that were started, as a function."""

    def numbers():
        try:
            return [int(line) for line in (tmp_path / "recorded" / "pids").read_text().split()]
        except FileNotFoundError:
            return []

    return numbers


def is_alive(pid):
    """Whether a process runs. One that has ended and that nobody asks for doesn't."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False


def none_left(pids, seconds=5):
    eventually(lambda: not any(map(is_alive, pids)), "the end of the doubles", seconds)


class Project:
    """A folder with tests, which are run by a pytest of their own."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def write(self, **files):
        for name, text in files.items():
            (self.folder / f"{name}.py").write_text(text)

    def command(self, *options):
        """Without the plugins that other suites need, which take seconds to load."""
        beside = ["-p", "xdist.plugin"] if "-n" in options else []
        return [
            sys.executable, "-m", "pytest", "-p", "cloro_mock.pytest_plugin", *beside, "-p",
            "no:cacheprovider", *options,
        ]  # fmt: skip

    def options(self, env=None):
        environment = clean_environment({
            "CLORO_MOCK_BINARY": os.environ["CLORO_MOCK_BINARY"], "PYTHONPATH": str(CLIENT),
            "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **(env or {}),
        })  # fmt: skip
        environment.pop("PYTEST_ADDOPTS", None)
        environment.pop("GITHUB_STEP_SUMMARY", None)
        environment.update(env or {})
        return {"cwd": self.folder, "env": environment, "text": True, "stdin": subprocess.DEVNULL}

    def run(self, *options, env=None, before=()):
        """Runs the tests to their end; `before` is what the command stands behind."""
        return subprocess.run(
            [*before, *self.command(*options)], capture_output=True, timeout=240,
            **self.options(env),
        )  # fmt: skip


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "project")
