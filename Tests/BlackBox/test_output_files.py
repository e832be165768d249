"""What the double writes for others: the port's file, whatever it is, and standard output."""

import os
import select
import socket
import stat
import subprocess

import pytest

from support import BINARY, DEADLINE, clean_environment, cli, eventually


def null_device(path):
    """A null device of the test's own, for one that isn't treated as such would be gone."""
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("devices can't be made here")
    return path


def read_within(descriptor, seconds=DEADLINE):
    ready, _, _ = select.select([descriptor], [], [], seconds)
    assert ready, "nothing came"
    return os.read(descriptor, 100).decode()


def test_a_device_is_written_into_and_stays(double, tmp_path):
    device = null_device(tmp_path / "null")
    one = double("--port-file", device)
    one.control("GET", "ready", status=200)
    assert stat.S_ISCHR(os.lstat(device).st_mode)
    assert os.listdir(tmp_path) == ["null"]


@pytest.mark.parametrize("reader", ["first", "later"])
def test_a_fifo_is_written_into_and_stays(double, tmp_path, reader):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    if reader == "first":
        end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        one = double("--port-file", fifo)
    else:
        # The double doesn't wait for a reader.
        one = double("--port-file", fifo)
        one.control("GET", "ready", status=200)
        end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    assert read_within(end) == f"{one.port}\n"
    os.close(end)
    assert stat.S_ISFIFO(os.lstat(fifo).st_mode)
    assert one.stop() == 0


def test_a_fifo_that_nobody_reads_keeps_nobody_from_ending(double, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    one = double("--port-file", tmp_path / "fifo")
    one.control("GET", "ready", status=200)
    assert one.stop() == 0


def test_links_are_followed_and_stay(double, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / "port"
    file.write_text("old")
    file.chmod(0o640)
    first, second = tmp_path / "first", folder / "second"
    second.symlink_to("port")
    first.symlink_to("folder/second")
    one = double("--port-file", first)
    eventually(lambda: file.read_text() == f"{one.port}\n", "the port in the file")
    assert first.is_symlink() and second.is_symlink() and not file.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted(os.listdir(folder)) == ["port", "second"]


def test_a_file_of_a_folder_that_can_t_be_written_is_written_in_place(double, tmp_path):
    # What a container sees of a file that is mounted by itself: it can't be renamed.
    file, source = tmp_path / "port", tmp_path / "source"
    file.touch()
    source.write_text("old, and longer than a port")
    script = f'mount --bind {source} {file} && exec "$0" "$@"'
    try:
        probe = subprocess.run(["unshare", "-m", "sh", "-c", f"mount --bind {source} {file}"],
                               capture_output=True)  # fmt: skip
    except FileNotFoundError:
        pytest.skip("no unshare")
    if probe.returncode:
        pytest.skip("mounting isn't permitted")
    one = double("-m", "sh", "-c", script, BINARY, "--port", "0", "--port-file", file,
                 binary="unshare", bare=True)  # fmt: skip
    eventually(lambda: source.read_text() == f"{one.port}\n", "the port in the mounted file")


def refused(path):
    ended = cli("--port", "0", "--port-file", path)
    assert ended.returncode == 64 and ended.stdout == ""
    assert "--port-file" in ended.stderr and path.name in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert cli("--port", "0", env={"CLORO_MOCK_PORT_FILE": str(path)}).returncode == 64


def test_what_can_t_be_written_into_is_refused_by_name(tmp_path):
    folder, nowhere, around = tmp_path / "folder", tmp_path / "nowhere", tmp_path / "around"
    folder.mkdir()
    nowhere.symlink_to("nothing")
    around.symlink_to("around")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for path in (folder, nowhere, around, tmp_path / "socket"):
            refused(path)
    assert sorted(os.listdir(tmp_path)) == ["around", "folder", "nowhere", "socket"]


def run(*arguments, **options):
    return subprocess.run([BINARY, *map(str, arguments)], text=True, timeout=DEADLINE,
                          stderr=subprocess.PIPE, env=clean_environment(), **options)  # fmt: skip


def test_standard_output_as_the_port_s_file(tmp_path):
    output = tmp_path / "output"
    with open(output, "w") as file:
        process = subprocess.Popen(
            [BINARY, "--port", "0", "--port-file", "/dev/stdout"], stdout=file,
            stderr=subprocess.DEVNULL, env=clean_environment())  # fmt: skip
    try:
        eventually(lambda: "key" in output.read_text(), "the ready line")
        port, ready, _ = output.read_text().splitlines()
        assert ready.endswith(f":{port}")
    finally:
        process.terminate()
        assert process.wait(DEADLINE) == 0


@pytest.mark.parametrize(
    "arguments", [["--port", "0"], ["plans"], ["--port", "0", "--port-file", "/dev/full"]]
)
def test_output_that_can_t_be_written_is_noticed(arguments):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    with open("/dev/full", "w") as full:
        ended = run(*arguments, stdout=subprocess.PIPE if "--port-file" in arguments else full)
    assert ended.returncode == 1
    assert "No space left" in ended.stderr and len(ended.stderr.splitlines()) == 1


def test_a_full_output_of_check_and_ledger(tmp_path, fixture_file):
    file = tmp_path / "ledger.db"
    file.touch()
    with open("/dev/full", "w") as full:
        for arguments in (["check", fixture_file()], ["ledger", "--verify", file]):
            ended = run(*arguments, stdout=full)
            assert ended.returncode == 1 and "No space left" in ended.stderr

