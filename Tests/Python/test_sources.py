"""The client's sources: the oldest Python, types, and the half that is made out of the other."""

import ast
import os
import subprocess
import sys

from conftest import CLIENT

FILES = sorted((CLIENT / "cloro_mock").glob("*.py"))


def test_python_3_9_can_run_it():
    """The language, and what is taken from the standard library."""
    tool = os.path.join(os.path.dirname(sys.executable), "vermin")
    options = ["--no-tips", "--violations", "--target=3.9-"]
    done = subprocess.run([tool, *options, *FILES], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_needs_the_standard_library_alone():
    used = {
        name.split(".")[0]
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        for name in (
            [each.name for each in node.names] if isinstance(node, ast.Import)
            else [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
        )
    }  # fmt: skip
    assert used - set(sys.stdlib_module_names) == {"pytest"}
    plugin = CLIENT / "cloro_mock" / "pytest_plugin.py"
    assert all("pytest" not in each.read_text() or each == plugin for each in FILES
               if each.name != "__init__.py")  # fmt: skip


def test_the_asynchronous_half_is_made_of_the_other():
    assert subprocess.run([CLIENT / "make-async", "--check"], timeout=90).returncode == 0


def test_types():
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null", "cloro_mock"],
        cwd=CLIENT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
