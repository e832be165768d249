"""The packages under test: those that docker/package makes, once for all tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from samples import REPOSITORY

PACKAGE = REPOSITORY / "docker/package"
VERSION = (REPOSITORY / "Sources/CVersion/VERSION").read_text().strip()


def run(*command, **options):
    """Runs a command to its end, which must be a good one."""
    done = subprocess.run(
        [str(word) for word in command], text=True, capture_output=True,
        stdin=subprocess.DEVNULL, **{"timeout": 60, **options},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Packages:
    def __init__(self, folder):
        self.folder = folder

    def one(self, pattern):
        [file] = self.folder.glob(pattern)
        return file

    @property
    def wheel(self):
        return self.one("*.whl")

    @property
    def npm(self):
        """The package itself, and the one of the platform."""
        platform = self.one("cloro-mock-linux-*.tgz")
        return self.one(f"cloro-mock-{VERSION}.tgz"), platform


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """Those in the folder that CLORO_MOCK_PACKAGES names, or new ones of a program that
    docker/package links; that takes minutes where nothing is built."""
    if folder := os.environ.get("CLORO_MOCK_PACKAGES"):
        return Packages(Path(folder).resolve())
    folder = tmp_path_factory.mktemp("packages")
    done = subprocess.run([sys.executable, PACKAGE, "--output", folder], timeout=3000)
    assert done.returncode == 0
    return Packages(folder)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    """Nothing that the packages read, and no network: a proxy that refuses."""
    for name in list(os.environ):
        if name.startswith("CLORO_") and name != "CLORO_MOCK_PACKAGES" or name == "PORT":
            monkeypatch.delenv(name)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
