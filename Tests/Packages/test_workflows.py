"""GitHub's files: their schemas, their security, each script in them, and the action as it runs."""

import http.server
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request
from functools import partial

import pytest
import yaml

from conftest import REPOSITORY, VERSION, run

GITHUB = REPOSITORY / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTION = GITHUB / "actions/setup/action.yml"


def test_the_schemas():
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    run(*check, "vendor.github-workflows", *WORKFLOWS)
    run(*check, "vendor.github-actions", ACTION)


def test_zizmor_finds_nothing():
    tool = shutil.which("zizmor", path=os.path.dirname(sys.executable))
    run(tool, "--offline", "--no-progress", *WORKFLOWS, ACTION)


def steps():
    for file in [*WORKFLOWS, ACTION]:
        content = yaml.safe_load(file.read_text())
        jobs = content.get("jobs") or {"action": content["runs"]}
        for name, job in jobs.items():
            for number, step in enumerate(job.get("steps", [])):
                if "run" in step:
                    yield pytest.param(step["run"], id=f"{file.stem}-{name}-{number}")


@pytest.mark.parametrize("script", list(steps()))
def test_shellcheck_finds_nothing_in_a_step(script):
    done = subprocess.run(
        ["shellcheck", "--shell=bash", "--severity=style", "-"], input=script, text=True,
        capture_output=True, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_shellcheck_finds_nothing_in_scripts():
    """All of the repository's, so far as they are files of their own."""
    listed = run("git", "ls-files", cwd=REPOSITORY).splitlines()
    found = [name for name in listed if is_shell(REPOSITORY / name)]
    assert {"Tests/run", "docker/collect-root", ".github/actions/setup/start"} <= set(found)
    run("shellcheck", *found, cwd=REPOSITORY)


def is_shell(file):
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return bool(re.match(rb"#!.*\b(ba)?sh\n", stream.readline(40)))


def test_hadolint_finds_nothing():
    tool = shutil.which("hadolint", path=os.path.dirname(sys.executable))
    run(tool, REPOSITORY / "docker/Dockerfile")


# MARK: The action


class Job:
    """A job that uses the action: its two steps, and the files by which they tell the runner."""

    def __init__(self, folder, **inputs):
        self.folder = folder
        self.files = {name: folder / name for name in ("path", "output", "env")}
        steps = yaml.safe_load(ACTION.read_text())["runs"]["steps"]
        self.scripts = [step["run"] for step in steps]
        self.environment = {
            "PATH": os.environ["PATH"], "RUNNER_TEMP": str(folder),
            "GITHUB_ACTION_PATH": str(ACTION.parent), "VERSION": "", "REPOSITORY": "owner/name",
            "SERVER": "", "BINARY": "", "OPTIONS": "", **inputs,
            **{f"GITHUB_{name.upper()}": str(file) for name, file in self.files.items()},
        }  # fmt: skip

    def step(self, number):
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", self.scripts[number]], env=self.environment,
            cwd=self.folder, text=True, capture_output=True, timeout=90,
        )  # fmt: skip

    def told(self, name):
        lines = self.files[name].read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def binary(packages, tmp_path):
    archive = packages.one("*.tar.gz")
    run("tar", "-xzf", archive, "--strip-components=1", "-C", tmp_path)
    return str(tmp_path / "bin/cloro-mock")


@pytest.fixture
def end_doubles(tmp_path):
    """The runner ends what a job has left."""
    yield
    for folder in os.listdir("/proc"):
        if folder.isdigit():
            try:
                program = os.readlink(f"/proc/{folder}/exe")
            except OSError:
                continue
            if program.startswith(str(tmp_path)):
                os.kill(int(folder), signal.SIGTERM)


def test_the_action_with_a_program(binary, tmp_path, end_doubles):
    job = Job(tmp_path, BINARY=binary, OPTIONS="--plan=free\n--latency=1ms\n")
    installed = job.step(0)
    assert installed.returncode == 0 and installed.stdout.startswith(VERSION), installed.stderr
    started = job.step(1)
    assert started.returncode == 0, started.stdout + started.stderr
    told = job.told("output")
    with urllib.request.urlopen(told["url"] + "/_mock/keys") as answer:
        text = answer.read().decode()
    assert '"plan":"free"' in text and told["key"] in text
    assert job.told("env") == {
        "CLORO_BASE_URL": told["url"], "CLORO_API_KEY": told["key"], "CLORO_MOCK_URL": told["url"],
    }  # fmt: skip
    assert run(f"{job.files['path'].read_text().strip()}/cloro-mock", "--version")


def test_the_action_says_why_nothing_starts(binary, tmp_path):
    job = Job(tmp_path, BINARY=binary, OPTIONS="--plan=nonsense")
    assert job.step(0).returncode == 0
    started = job.step(1)
    assert started.returncode == 1 and "::error::" in started.stdout
    assert "nonsense" in started.stdout


class Releases(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.mark.parametrize("is_whole", [True, False])
def test_the_action_with_a_release(packages, tmp_path, is_whole):
    place = tmp_path / f"www/owner/name/releases/download/v{VERSION}"
    place.mkdir(parents=True)
    archive = packages.one("*.tar.gz")
    shutil.copy(archive, place)
    shutil.copy(packages.folder / "SHA256SUMS", place)
    if not is_whole:
        with (place / archive.name).open("ab") as file:
            file.write(b"x")
    handler = partial(Releases, directory=str(tmp_path / "www"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    job = Job(tmp_path, VERSION=f"v{VERSION}", SERVER=url)
    done = job.step(0)
    server.shutdown()
    server.server_close()
    if is_whole:
        assert done.returncode == 0 and VERSION in done.stdout, done.stderr
    else:
        assert done.returncode != 0 and "FAILED" in done.stdout
        assert not job.files["path"].exists()


def test_the_action_by_a_branch_says_what_it_needs(tmp_path):
    done = Job(tmp_path, VERSION="main").step(0)
    assert done.returncode == 1 and "'main' is no release" in done.stdout
