"""What docker/package makes: content, sizes, sums, and the same bytes twice."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from conftest import PACKAGE, REPOSITORY, VERSION, run


def test_the_files(packages):
    machine = {"x86_64": "x64", "aarch64": "arm64"}
    [arch] = {arch for arch in machine if arch in packages.wheel.name}
    assert sorted(file.name for file in packages.folder.iterdir()) == sorted([
        "SHA256SUMS", packages.wheel.name, f"cloro-mock-{VERSION}.tgz",
        f"cloro-mock-linux-{machine[arch]}-{VERSION}.tgz",
        f"cloro-mock-{VERSION}-linux-{arch}.tar.gz", f"cloro-mock-{VERSION}-linux-{arch}.cdx.json",
        f"cloro-mock-{VERSION}-linux-{arch}.image.tar",
    ])  # fmt: skip


def test_the_sums(packages):
    lines = (packages.folder / "SHA256SUMS").read_text().splitlines()
    listed = dict(reversed(line.split("  ")) for line in lines)
    assert listed == {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in packages.folder.iterdir() if file.name != "SHA256SUMS"
    }  # fmt: skip


def test_the_same_bytes_twice(packages, tmp_path):
    with zipfile.ZipFile(packages.wheel) as archive:
        archive.extract("cloro_mock/bin/cloro-mock", tmp_path)
    program = tmp_path / "cloro_mock/bin/cloro-mock"
    program.chmod(0o755)
    again = tmp_path / "again"
    run(sys.executable, PACKAGE, "--program", program, "--output", again, timeout=600)
    assert (again / "SHA256SUMS").read_text() == (packages.folder / "SHA256SUMS").read_text()


def test_one_program_that_knows_its_commit(packages, image, tmp_path):
    with zipfile.ZipFile(packages.wheel) as wheel:
        program = wheel.read("cloro_mock/bin/cloro-mock")
    with tarfile.open(packages.npm[1]) as npm, tarfile.open(packages.one("*.tar.gz")) as plain:
        assert npm.extractfile("package/bin/cloro-mock").read() == program
        [place] = [name for name in plain.getnames() if name.endswith("/bin/cloro-mock")]
        assert plain.extractfile(place).read() == program
    assert (image.root / "usr/local/bin/cloro-mock").read_bytes() == program
    (tmp_path / "cloro-mock").write_bytes(program)
    (tmp_path / "cloro-mock").chmod(0o755)
    said = run(tmp_path / "cloro-mock", "--version")
    version, commit = re.fullmatch(r"(\S+) \(([0-9a-f]{40})\)\n", said).groups()
    listed = json.loads(packages.one("*.cdx.json").read_text())["metadata"]["component"]
    assert listed["properties"] == [{"name": "commit", "value": commit}]
    labels = image.inspect("oci-archive")["config"]["Labels"]
    assert labels["org.opencontainers.image.revision"] == commit
    assert version == listed["version"] == labels["org.opencontainers.image.version"] == VERSION
    # Where it was built is nobody's business, and would be other bytes elsewhere.
    assert str(REPOSITORY).encode() not in program


# MARK: The wheel


def test_the_wheel_is_small_and_runs_on_glibc_2_35(packages):
    assert packages.wheel.stat().st_size < 12_000_000
    shown = run(sys.executable, "-m", "auditwheel", "show", packages.wheel)
    tag = re.search(r"manylinux_2_(\d+)_\w+?(?=\.whl)", packages.wheel.name)
    assert int(tag[1]) <= 35
    assert re.search(rf'consistent with\s+the following platform tag:\s+"{tag[0]}"', shown), shown


def test_twine_finds_nothing(packages):
    shown = run(sys.executable, "-m", "twine", "check", "--strict", packages.wheel)
    assert "PASSED" in shown


def test_the_record_is_right(packages):
    with zipfile.ZipFile(packages.wheel) as archive:
        [record] = [name for name in archive.namelist() if name.endswith("/RECORD")]
        lines = archive.read(record).decode().splitlines()
        assert [line.split(",")[0] for line in lines] == archive.namelist()
        for line in lines[:-1]:
            name, _, size = line.split(",")
            assert int(size) == archive.getinfo(name).file_size


# MARK: npm


def test_npm_has_nothing_to_say(packages, tmp_path):
    for package in packages.npm:
        done = subprocess.run(
            ["npm", "pack", "--dry-run", "--json", "--offline", package], cwd=tmp_path, text=True,
            capture_output=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0 and "WARN" not in done.stderr, done.stderr
        assert json.loads(done.stdout)[0]["version"] == VERSION


def test_the_manifests(packages):
    def manifest(package):
        with tarfile.open(package) as archive:
            return json.load(archive.extractfile("package/package.json"))

    own, platform = map(manifest, packages.npm)
    assert own["version"] == platform["version"] == VERSION
    assert own["optionalDependencies"][platform["name"]] == VERSION
    assert set(own["optionalDependencies"].values()) == {VERSION}
    assert platform["os"] == ["linux"] and platform["libc"] == ["glibc"]
    for each in (own, platform):
        assert not {"preinstall", "install", "postinstall"} & set(each.get("scripts", {}))


# MARK: The image


class Image:
    """The archive's layer, unpacked, and what skopeo reads in it."""

    def __init__(self, archive, folder):
        self.archive, self.root = archive, folder / "root"
        self.folder = folder
        with tarfile.open(archive) as outer:
            [content] = json.load(outer.extractfile("manifest.json"))
            self.tags, [layer] = content["RepoTags"], content["Layers"]
            file = folder / "layer.tar.gz"
            file.write_bytes(outer.extractfile(layer).read())
        with tarfile.open(file) as inner:
            self.entries = inner.getmembers()
        self.root.mkdir()
        run("tar", "-xzf", file, "-C", self.root)

    def inspect(self, kind):
        return json.loads(run("skopeo", "inspect", "--config", "--raw", f"{kind}:{self.archive}"))


@pytest.fixture(scope="module")
def image(packages, tmp_path_factory):
    return Image(packages.one("*.image.tar"), tmp_path_factory.mktemp("image"))


@pytest.mark.parametrize("kind", ["docker-archive", "oci-archive"])
def test_the_image_can_be_loaded(image, kind):
    """skopeo reads an archive with the same code as podman, and checks every sum."""
    target = image.folder / kind
    run("skopeo", "--insecure-policy", "copy", f"{kind}:{image.archive}", f"dir:{target}")
    assert sum(file.stat().st_size for file in target.iterdir()) < 60_000_000
    assert image.archive.stat().st_size < 25_000_000
    assert image.tags == [f"cloro-mock:{VERSION}"]


def test_the_image_is_run_as_the_dockerfile_says(image):
    assert image.inspect("docker-archive") == image.inspect("oci-archive")
    config = image.inspect("docker-archive")["config"]
    assert config.pop("Labels")["org.opencontainers.image.title"] == "cloro-mock"
    assert config == {
        "User": "10001:10001",
        "Env": ["PATH=/usr/local/bin", "CLORO_MOCK_HOST=0.0.0.0"],
        "Entrypoint": ["cloro-mock"],
        "ExposedPorts": {"8080/tcp": {}},
        "Volumes": {"/data": {}, "/fixtures": {}},
        "StopSignal": "SIGTERM",
        "Healthcheck": {
            "Test": ["CMD", "cloro-mock", "healthcheck"], "Interval": 5_000_000_000,
            "Timeout": 3_000_000_000, "StartPeriod": 10_000_000_000, "StartInterval": 100_000_000,
            "Retries": 3,
        },
    }  # fmt: skip


def test_the_image_is_root_s_and_has_what_the_program_needs(image):
    assert {(entry.uid, entry.gid) for entry in image.entries} == {(0, 0)}
    assert len({entry.mtime for entry in image.entries}) == 1
    modes = {entry.name: entry.mode for entry in image.entries}
    assert modes["data"] == modes["tmp"] == 0o1777 and modes["usr/local/bin/cloro-mock"] == 0o755
    assert not {"bin", "bin/sh", "usr/bin"} & set(modes)
    assert "BEGIN CERTIFICATE" in (image.root / "etc/ssl/certs/ca-certificates.crt").read_text()
    # Its own loader, with its own libraries alone.
    [loader] = image.root.glob("lib*/ld-linux-*")
    folders = {file.parent for file in image.root.rglob("*.so*")}
    program, [curl] = image.root / "usr/local/bin/cloro-mock", image.root.rglob("libcurl.so.4")
    own = [loader, "--inhibit-cache", "--library-path", ":".join(map(str, folders))]
    assert run(*own, program, "--version").startswith(VERSION)
    for line in run(*own, "--list", curl).splitlines():
        assert str(image.root) in line or "linux-vdso" in line, line


# MARK: The plain archive and the list of contents


def test_the_plain_archive(packages, tmp_path):
    archive = packages.one("*.tar.gz")
    run("tar", "-xzf", archive, "--strip-components=1", "-C", tmp_path)
    assert run(tmp_path / "bin/cloro-mock", "--version").startswith(VERSION)
    page = tmp_path / "share/man/man1/cloro-mock.1"
    shown = subprocess.run(
        ["man", "--warnings", "--local-file", page], text=True, capture_output=True, timeout=90,
        env={"MANWIDTH": "100", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert shown.returncode == 0 and shown.stderr == ""
    for word in ("cloro-mock serve", "--until-eof", "cloro-mock run", "--budget"):
        assert word in shown.stdout, word
    completions = tmp_path / "share/bash-completion/completions/cloro-mock"
    script = f'. "{completions}"; COMP_WORDS=(cloro-mock r); COMP_CWORD=1; COMP_LINE="cloro-mock r"'
    script += '; COMP_POINT=${#COMP_LINE}; _cloro-mock cloro-mock r; echo "${COMPREPLY[@]}"'
    assert "run" in run("bash", "-c", script).split()
    if shutil.which("fish"):
        run("fish", "--no-execute", tmp_path / "share/fish/vendor_completions.d/cloro-mock.fish")


def test_the_list_of_contents(packages):
    listed = json.loads(packages.one("*.cdx.json").read_text())
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.5")
    names = {each["name"] for each in listed["components"]}
    assert {"swift", "swift-crypto", "swift-collections", "libsqlite3-dev"} <= names
    assert all(each["version"] for each in listed["components"])
