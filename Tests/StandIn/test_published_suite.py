"""langchain-cloro's own published tests, unmodified: the unit tests, and the integration tests that
ask https://api.cloro.dev."""

import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from support import BINARY, clean_environment

HERE = Path(__file__).resolve().parent
# Made by `Tests/StandIn/fetch-published`.
PUBLISHED = Path(os.environ.get("PUBLISHED_SUITE") or HERE / "../../.build/published").resolve()


@pytest.fixture
def sources(tmp_path):
    """The package's sources as they were published."""
    archives = list(PUBLISHED.glob("langchain_cloro-*.tar.gz"))
    assert archives, f"nothing in {PUBLISHED}: run Tests/StandIn/fetch-published"
    with tarfile.open(archives[0]) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    return folder


@pytest.mark.parametrize("suite, at_least", [("unit_tests", 40), ("integration_tests", 25)])
def test_the_published_tests_pass(stand_in, sources, suite, at_least):
    key = stand_in.mint(credits=10_000)
    environment = clean_environment(
        {
            "CLORO_API_KEY": key,
            "PYTHONPATH": str(HERE),
            "SSL_CERT_FILE": str(stand_in.authority),
            "STAND_IN_PORT": str(stand_in.port),
        }
    )
    done = subprocess.run(
        [
            PUBLISHED / "venv/bin/python", "-m", "pytest", "-q", "-p", "published_plugin",
            "-p", "no:cacheprovider", f"tests/{suite}",
        ],
        cwd=sources, env=environment, capture_output=True, text=True, timeout=120,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    summary = done.stdout.splitlines()[-1]
    assert int(summary.split(" passed")[0].split()[-1]) >= at_least, summary
    asked = stand_in.journal(key)
    if suite == "integration_tests":
        assert {entry["status"] for entry in asked} == {200}
        assert {entry["path"].removeprefix("/v1/monitor/") for entry in asked} == {
            "chatgpt", "copilot", "gemini", "google", "perplexity",
        }  # fmt: skip


@pytest.mark.parametrize("suite, at_least", [("unit_tests", 40), ("integration_tests", 25)])
def test_they_pass_by_variables_alone(sources, suite, at_least):
    """Neither a server before the double nor anything in the tests' process: `run --https`."""
    done = subprocess.run(
        [
            BINARY, "run", "--https", "--", PUBLISHED / "venv/bin/python", "-m", "pytest", "-q",
            "-p", "no:cacheprovider", f"tests/{suite}",
        ],
        cwd=sources, env=clean_environment(), capture_output=True, text=True, timeout=180,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    summary = done.stdout.splitlines()[-1]
    assert int(summary.split(" passed")[0].split()[-1]) >= at_least, summary
    if suite == "integration_tests":
        # What they have asked the double.
        assert int(re.search(r"(\d+) requests", done.stderr)[1]) >= at_least - 5, done.stderr
