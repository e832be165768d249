"""The packages as their users meet them: installed, used, removed, without a network."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import samples
from conftest import VERSION, run


def below(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*"))


def test_pip(packages, tmp_path):
    environment = tmp_path / "venv"
    run(sys.executable, "-m", "venv", environment)
    python = environment / "bin/python"
    # pytest is at hand, as it is where somebody tests; nothing else is.
    [place] = environment.glob("lib/python*/site-packages")
    (place / "pytest.pth").write_text(sysconfig.get_path("purelib") + "\n")
    before = below(environment)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir"]
    run(*pip, "install", "--no-index", packages.wheel)
    assert run(environment / "bin/cloro-mock", "--version").startswith(VERSION)
    assert (place / "cloro_mock/bin/cloro-mock").stat().st_mode & 0o111
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_it.py").write_text(samples.PYTHON)
    shown = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tests)
    assert "1 passed" in shown
    run(*pip, "uninstall", "--yes", "cloro-mock")
    assert below(environment) == before


def test_npm(packages, tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "package.json").write_text('{"private": true}')
    environment = {**os.environ, "npm_config_cache": str(tmp_path / "cache")}
    npm = ["npm", "--offline", "--no-audit", "--no-fund", "--loglevel=error"]
    # The registry would give the package of the platform; offline both are given.
    own, platform = packages.npm
    run(*npm, "install", "--omit=optional", platform, own, cwd=project, env=environment)
    version = run("npx", "--offline", "cloro-mock", "--version", cwd=project, env=environment)
    assert version.startswith(VERSION)
    (project / "shop.test.mjs").write_text(samples.node())
    shown = run("node", "--test", "--test-reporter=tap", cwd=project, env=environment)
    assert "# pass 1\n" in shown
    names = [json.loads((Path(folder) / "package.json").read_text())["name"]
             for folder in (project / "node_modules").iterdir()
             if (Path(folder) / "package.json").is_file()]  # fmt: skip
    run(*npm, "uninstall", *names, cwd=project, env=environment)
    assert not list((project / "node_modules").glob("cloro-mock*"))
    assert not (project / "node_modules/.bin/cloro-mock").exists()


def test_nothing_is_left_running(packages, tmp_path):
    """The program of the wheel, started by its module, ends with its owner."""
    run(sys.executable, "-m", "zipfile", "-e", packages.wheel, tmp_path)
    (tmp_path / "cloro_mock/bin/cloro-mock").chmod(0o755)
    code = "import os; from cloro_mock import Mock; print(Mock.start().pid); os._exit(0)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, text=True, capture_output=True, timeout=90
    )
    process = Path(f"/proc/{int(done.stdout)}")
    for _ in range(1_000_000):
        if not process.exists() or ") Z" in (process / "stat").read_text():
            return
    raise AssertionError(f"{process} is still there")
