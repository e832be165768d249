"""Every block of README.md, cut out and run."""

import json
import re
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from testcontainers.core.container import DockerContainer

from support import BINARY, clean_environment, cli

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
DOCKERFILE = (REPOSITORY / "docker" / "Dockerfile").read_text()
CLIENTS = REPOSITORY / "Sources/Clients"
BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
README = (REPOSITORY / "README.md").read_text()
VERSION = (REPOSITORY / "Sources/CVersion/VERSION").read_text().strip()
TEXT = (HERE / "README.md").read_text()
BLOCKS = {name: content for _, name, content in BLOCK.findall(TEXT)}
RUN = {
    "test_shop.py",
    "test_limits.py",
    "shop.test.mjs",
    "Package.swift",
    "Tests/CloroMockTests/Recipes/ShopTests.swift",
    ".github/workflows/tests.yml",
    ".github/workflows/action.yml",
    "compose.yaml",
    ".devcontainer/devcontainer.json",
    "compose.override.yaml",
    ".gitlab-ci.yml",
    "Dockerfile",
    "test_with_testcontainers.py",
    "ShopTest.java",
}
PORT = int(re.search(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)[1])


def test_no_block_is_left_out():
    assert set(BLOCKS) == RUN
    assert TEXT.count("\n```") == 2 * len(BLOCKS)


def run(*command, cwd, env=None):
    environment = clean_environment({"CLORO_MOCK_BINARY": str(BINARY), **(env or {})})
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def started(double, environment):
    """A double with a container's environment, on a port of its own."""
    return double(env={name: str(value) for name, value in environment.items()})


def test_pytest(tmp_path):
    for name in ("test_shop.py", "test_limits.py"):
        (tmp_path / name).write_text(BLOCKS[name])
    # The wheel brings the plugin; here it is that of the sources.
    plugin = ["-p", "cloro_mock.pytest_plugin", "-p", "no:cacheprovider"]
    done = run(
        sys.executable, "-m", "pytest", "-q", *plugin, cwd=tmp_path,
        env={"PYTHONPATH": str(CLIENTS / "python"), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0 and "7 passed" in done.stdout, done.stdout + done.stderr


def test_node(tmp_path):
    (tmp_path / "shop.test.mjs").write_text(BLOCKS["shop.test.mjs"])
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/cloro-mock").symlink_to(CLIENTS / "node")
    done = run("node", "--test", "--test-reporter=tap", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 2\n" in done.stdout and "# fail 0\n" in done.stdout, done.stdout


def test_the_swift_recipe_is_one_of_the_tests():
    # `swift test` runs that file.
    name = "Tests/CloroMockTests/Recipes/ShopTests.swift"
    assert (REPOSITORY / name).read_text() == BLOCKS[name]
    assert "withMock" in BLOCKS[name]


def test_the_swift_package_line_names_what_there_is():
    manifest = (REPOSITORY / "Package.swift").read_text()
    product = re.search(r'\.product\(name: "(\w+)"', BLOCKS["Package.swift"])[1]
    assert f'.library(name: "{product}"' in manifest
    package = re.search(r'package: "([\w-]+)"', BLOCKS["Package.swift"])[1]
    url = re.search(r'url: "([^"]+)"', BLOCKS["Package.swift"])[1]
    # A package goes by the last part of its address, or by its folder's name.
    assert package == Path(url).name
    assert f'.package(path: "../{package}")' in TEXT
    assert re.search(r'from: "([^"]+)"', BLOCKS["Package.swift"])[1] == VERSION
    assert f'name: "{package}"' in manifest
    # What has to be there is what the manifest says.
    [system] = re.findall(r'\.apt\(\["([\w-]+)"\]\)', manifest)
    [macos] = re.findall(r"\.macOS\(\.v(\d+)\)", manifest)
    assert f"Linux with `{system}` and on macOS {macos}" in " ".join(TEXT.split())


def test_github_actions(double, tmp_path):
    workflow = yaml.safe_load(BLOCKS[".github/workflows/tests.yml"])
    assert workflow[True] == "push"  # YAML's word for `on`
    job = workflow["jobs"]["test"]
    service = job["services"]["cloro"]
    outside, inside = map(int, service["ports"][0].split(":"))
    assert inside == PORT
    assert job["env"]["CLORO_BASE_URL"] == f"http://localhost:{outside}"
    # The runner waits for services whose image has one.
    assert "\nHEALTHCHECK " in DOCKERFILE
    one = started(double, service["env"])
    assert " plan starter " in one.key_lines[0]
    steps = [step for step in job["steps"] if "run" in step]
    assert steps
    for step in steps:
        environment = {**job["env"], "CLORO_BASE_URL": one.url}
        done = run("bash", "-e", "-o", "pipefail", "-c", step["run"], cwd=tmp_path, env=environment)
        assert done.returncode == 0, done.stderr
        assert '"success":true' in done.stdout


def test_the_action_s_workflow(double, tmp_path):
    [job] = yaml.safe_load(BLOCKS[".github/workflows/action.yml"])["jobs"].values()
    _, action, script = job["steps"]
    place, _, version = action["uses"].removeprefix("OWNER/cloro-mock/").partition("@")
    described = yaml.safe_load((REPOSITORY / place / "action.yml").read_text())
    assert version == f"v{VERSION}" and set(action["with"]) <= set(described["inputs"])
    one = double(*action["with"]["options"].splitlines())
    environment = {"CLORO_BASE_URL": one.url, "CLORO_API_KEY": one.first_key}
    done = run("bash", "-e", "-c", script["run"], cwd=tmp_path, env=environment)
    assert done.returncode == 0 and '"balance":650000' in done.stdout, done.stderr


def test_compose(double, tmp_path):
    services = yaml.safe_load(BLOCKS["compose.yaml"])["services"]
    tests = services["tests"]
    assert tests["depends_on"] == {"cloro": {"condition": "service_healthy"}}
    assert "\nHEALTHCHECK " in DOCKERFILE
    assert tests["environment"]["CLORO_BASE_URL"] == f"http://cloro:{PORT}"
    one = started(double, services["cloro"]["environment"])
    assert tests["environment"]["CLORO_API_KEY"] == one.first_key
    command = tests["command"].replace("$$", "$")
    done = run("sh", "-c", command, cwd=tmp_path, env={"CLORO_BASE_URL": one.url})
    assert done.returncode == 0, done.stderr


def test_dev_container():
    described = json.loads(BLOCKS[".devcontainer/devcontainer.json"])
    assert described["dockerComposeFile"] == "../compose.yaml"
    assert described["service"] in yaml.safe_load(BLOCKS["compose.yaml"])["services"]


def test_compose_override(double, fixture_file):
    """The name of the host, and a fixture: merged into the service of the other file."""
    service = yaml.safe_load(BLOCKS["compose.override.yaml"])["services"]["cloro"]
    assert "cloro" in yaml.safe_load(BLOCKS["compose.yaml"])["services"]
    # Docker's own word for the host's address.
    name, _, address = service["extra_hosts"][0].partition(":")
    assert address == "host-gateway" and f"http://{name}:" in TEXT
    folder = service["volumes"][0].split(":")[1]
    assert service["environment"]["CLORO_MOCK_FIXTURE"].startswith(f"{folder}/")
    file = fixture_file(name="team.json", concurrency=3)
    one = double(env={"CLORO_MOCK_FIXTURE": str(file)})
    assert one.key_lines[0].endswith(" concurrency 3")


def test_gitlab(double, tmp_path):
    job = yaml.safe_load(BLOCKS[".gitlab-ci.yml"])["test"]
    [service] = job["services"]
    assert job["variables"]["CLORO_BASE_URL"] == f"http://{service['alias']}:{PORT}"
    one = started(double, service["variables"])
    assert " plan starter " in one.key_lines[0]
    environment = {**job["variables"], "CLORO_BASE_URL": one.url}
    done = run("bash", "-e", "-c", "\n".join(job["script"]), cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert '"consistent":true' in done.stdout


def test_a_fixture_in_an_image(double, fixture_file):
    lines = [line.split(maxsplit=1) for line in BLOCKS["Dockerfile"].splitlines()]
    assert [word for word, _ in lines] == ["FROM", "COPY", "ENV"]
    source, folder = lines[1][1].split()
    variable, path = lines[2][1].split("=")
    assert path == folder + source
    assert folder.rstrip("/") in re.search(r"^VOLUME (.*)$", DOCKERFILE, re.MULTILINE)[1]
    one = double(env={variable: str(fixture_file(name=source, concurrency=3))})
    assert one.key_lines[0].endswith(" concurrency 3")


def test_testcontainers_for_python(double):
    started_by = []

    def start(container):
        started_by.append(started(double, container.env))
        container._wait_strategy.wait_until_ready(container)
        return container

    # The engine alone is replaced: the binary stands for the container, its port for the mapped
    # one.
    with (
        patch("testcontainers.core.container.DockerClient"),
        patch.object(DockerContainer, "start", start),
        patch.object(DockerContainer, "stop"),
        patch.object(DockerContainer, "get_container_host_ip", lambda _: "127.0.0.1"),
        patch.object(DockerContainer, "get_exposed_port", port_of(started_by)),
    ):
        names = {}
        code = BLOCKS["test_with_testcontainers.py"]
        exec(compile(code, "test_with_testcontainers.py", "exec"), names)
        names["test_ready"]()
    assert len(started_by) == 1


def port_of(started_by):
    def port(container, number):
        assert number == PORT and str(number) in map(str, container.ports)
        return started_by[0].port

    return port


def test_testcontainers_for_java(double):
    block = BLOCKS["ShopTest.java"]
    assert int(re.search(r"withExposedPorts\((\d+)\)", block)[1]) == PORT
    assert f"getMappedPort({PORT})" in block
    name, value = re.search(r'withEnv\("(\w+)", "(\w+)"\)', block).groups()
    one = double(env={name: value})
    path = re.search(r'Wait\.forHttp\("([^"]+)"\)\.forStatusCode\(200\)', block)[1]
    assert one.http.get(path).status_code == 200
    assert f" plan {value} " in one.key_lines[0]
    assert [block.count(mark) for mark in "({"] == [block.count(mark) for mark in ")}"]


def test_the_same_image_everywhere():
    images = set(re.findall(r"ghcr\.io/\S+?(?=[\"\s)])", TEXT))
    assert images == {f"ghcr.io/OWNER/cloro-mock:{VERSION}"}
    assert cli("--version").stdout.split()[0] == VERSION
    # The version stands in one place; who builds the image reads it there.
    assert "ARG VERSION=unknown\n" in DOCKERFILE and VERSION not in DOCKERFILE


# MARK: The first screen


def test_the_first_tests_of_the_readme():
    """The clients' own suites run them."""
    for language, file, name in (("python", "python", "test_shop.py"),
                                 ("js", "node", "shop.test.mjs")):  # fmt: skip
        blocks = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
        text = (CLIENTS / file / "README.md").read_text()
        own = {each: content for _, each, content in BLOCK.findall(text)}
        assert blocks[0] == own[name]


def test_the_readme_names_what_a_release_has():
    assert set(re.findall(r"(?<=[-_:/v])(?!127)\d+\.\d+\.\d+(?=[-./\s])", README)) == {VERSION}
    manifest = (CLIENTS / "node/package.json").read_text()
    assert "cloro-mock-linux-x64" in manifest and "linux-x64-" in README
    assert f"ghcr.io/OWNER/cloro-mock:{VERSION}\n" in README


def test_each_plan_is_one_of_the_plans():
    known = {line.split()[0] for line in cli("plans").stdout.splitlines()[1:]}
    assert set(re.findall(r"CLORO_MOCK_PLAN\W+([a-z0-9-]+)", TEXT)) <= known
