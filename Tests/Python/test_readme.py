"""Every block of the client's README, cut out and run."""

import re
import subprocess
import sys

from conftest import CLIENT

BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXT = (CLIENT / "README.md").read_text()
BLOCKS = {name: content for _, name, content in BLOCK.findall(TEXT)}


def test_no_block_is_left_out():
    assert set(BLOCKS) == {"test_shop.py", "test_limits.py", "example.py"}
    assert TEXT.count("\n```") == 2 * len(BLOCKS)


def test_the_first_test_has_five_lines():
    assert len([line for line in BLOCKS["test_shop.py"].splitlines() if line]) <= 5


def test_the_tests(project):
    for name in ("test_shop.py", "test_limits.py"):
        (project.folder / name).write_text(BLOCKS[name])
    done = project.run()
    assert "2 passed" in done.stdout, done.stdout


def test_the_example(project):
    done = subprocess.run(
        [sys.executable, "-c", BLOCKS["example.py"]], capture_output=True, timeout=90,
        **project.options(),
    )  # fmt: skip
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+ sk_live_\w+ 20\n", done.stdout), done.stderr
