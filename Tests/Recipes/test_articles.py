"""The articles' examples of the control API, in Python and Node. `swift test` has the other two."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support import BINARY, clean_environment

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
CLIENTS = REPOSITORY / "Sources/Clients"
ARTICLES = sorted((REPOSITORY / "Sources/CloroMock/CloroMock.docc").glob("*.md"))
TAB = re.compile(r'^@Tab\("(\w+)"\) \{\n\n```(\w+)\n(.*?)^```\n\n\}$', re.MULTILINE | re.DOTALL)
FORMS = [("curl", "sh"), ("Python", "python"), ("Node", "js"), ("Swift", "swift")]


def examples():
    """Each example with its article's name, its number there, and its code by language."""
    for article in ARTICLES:
        parts = article.read_text().split("\n@TabNavigator {\n")[1:]
        for number, part in enumerate(parts, 1):
            yield article.stem, number, TAB.findall(part)


EXAMPLES = list(examples())


@pytest.mark.parametrize(("article", "number", "forms"), EXAMPLES)
def test_each_example_has_its_four_forms(article, number, forms):
    assert [(title, language) for title, language, _ in forms] == FORMS


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.stem)
def test_no_control_call_is_shown_by_curl_alone(article):
    calls = re.findall(r"^```sh\n(.*?)^```$", article.read_text(), re.MULTILINE | re.DOTALL)
    shown = [content for name, _, forms in EXAMPLES if name == article.stem
             for _, language, content in forms if language == "sh"]  # fmt: skip
    assert [content for content in calls if "/_mock/" in content and content not in shown] == []


def code(language):
    return [
        pytest.param(content, id=f"{article}-{number}")
        for article, number, forms in EXAMPLES
        for _, each, content in forms
        if each == language
    ]


def run(*command, cwd, env=None):
    environment = clean_environment({"CLORO_MOCK_BINARY": str(BINARY), **(env or {})})
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("content", code("python"))
def test_python(content, tmp_path):
    assert "    assert " in content
    (tmp_path / "example.py").write_text(content)
    environment = {"PYTHONPATH": str(CLIENTS / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
    run(sys.executable, HERE / "articles/client.py", "example.py", cwd=tmp_path, env=environment)


@pytest.mark.parametrize("content", code("js"))
def test_node(content, tmp_path):
    assert "\nassert" in content
    (tmp_path / "example.mjs").write_text(content)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/cloro-mock").symlink_to(CLIENTS / "node")
    run("node", "--import", HERE / "articles/client.mjs", "example.mjs", cwd=tmp_path)
