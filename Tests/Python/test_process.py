"""How the client starts a double, and that none is left."""

import asyncio
import os
import signal
import socket
import subprocess
import sys

import pytest

from cloro_mock import AsyncMock, Mock, ProgramNotFound, StartFailed
from cloro_mock._program import find
from conftest import CLIENT, is_alive, none_left


def test_it_ends_with_its_block(doubles):
    with Mock.start(plan="free", seed=7) as mock:
        [pid] = doubles()
        assert mock.pid == pid and is_alive(pid)
        assert mock.key().settings["plan"] == "free" and mock.key().settings["seed"] == 7
    assert not is_alive(pid)
    mock.stop()


def test_it_ends_with_its_asynchronous_block(doubles):
    async def use():
        async with await AsyncMock.start() as mock:
            assert (await mock.key()).settings["plan"] == "hobby"

    asyncio.run(use())
    none_left(doubles(), 0.1)


def test_it_ends_when_its_block_fails(doubles):
    with pytest.raises(ZeroDivisionError), Mock.start():
        1 / 0
    none_left(doubles(), 0.1)


def test_options_and_variables(tmp_path, monkeypatch):
    fixture = tmp_path / "team.json"
    fixture.write_text('{"plan": "team", "extends": "free", "concurrency": 3}')
    monkeypatch.setenv("CLORO_MOCK_CONTRACT", "2026-10")
    monkeypatch.setenv("PORT", "1")
    database = tmp_path / "ledger.db"
    options = ["--log-level", "debug"]
    with Mock.start(fixtures=[fixture], database=database, options=options) as mock:
        assert mock.key().settings["concurrency"] == 3
        assert mock.key().settings["contract"] == "2026-10"
    assert database.is_file()


def test_a_taken_port_is_said():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StartFailed, match=rf"ended with 1\. cloro-mock: .*{port}"):
            Mock.start(port=port)


def test_an_option_that_can_t_be_used_is_said():
    with pytest.raises(StartFailed, match=r"ended with 64\. .*--clock.*sundial"):
        Mock.start(clock="sundial")


def test_a_program_that_never_gets_ready(tmp_path, doubles):
    silent = tmp_path / "silent"
    silent.write_text(f"#!/bin/sh\necho $$ >>{tmp_path}/recorded/pids\nexec cat\n")
    silent.chmod(0o755)
    with pytest.raises(StartFailed, match=r"wasn't ready within 0\.2 s\. It said nothing\."):
        Mock.start(program=str(silent), timeout=0.2)
    none_left(doubles(), 0.1)


# MARK: The program


def test_a_program_that_isn_t_there(monkeypatch, tmp_path):
    monkeypatch.setenv("CLORO_MOCK_BINARY", str(tmp_path / "absent"))
    with pytest.raises(ProgramNotFound, match="CLORO_MOCK_BINARY is no program .*absent"):
        Mock.start()
    with pytest.raises(ProgramNotFound, match="the program given is no program .*other"):
        Mock.start(program=str(tmp_path / "other"))


def test_without_the_variable_it_is_the_first_in_the_path(monkeypatch, tmp_path):
    program = os.environ["CLORO_MOCK_BINARY"]
    monkeypatch.delenv("CLORO_MOCK_BINARY")
    monkeypatch.setenv("PATH", os.path.dirname(program))
    assert find() == program
    # The script of the package itself would become itself for ever.
    script = tmp_path / "bin" / "cloro-mock"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script.parent / "python"))
    monkeypatch.setenv("PATH", str(script.parent))
    with pytest.raises(ProgramNotFound, match="Install the wheel of this platform"):
        find()


def test_the_module_is_the_program():
    environment = {**os.environ, "PYTHONPATH": str(CLIENT)}
    module = [sys.executable, "-m", "cloro_mock"]
    done = subprocess.run([*module, "plans"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and "hobby" in done.stdout
    del environment["CLORO_MOCK_BINARY"]
    environment["PATH"] = ""
    done = subprocess.run([*module, "plans"], env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("cloro-mock: no cloro-mock program")


# MARK: Nothing is left

OWNER = """
import os, sys, time
from cloro_mock import Mock
mock = Mock.start()
if "fork" in sys.argv:
    child = os.fork()
    if child == 0:
        time.sleep(20)
        os._exit(0)
    print(child, flush=True)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("words", [[], ["fork"]])
def test_none_is_left_of_a_process_that_is_killed(doubles, number, words):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, *words], env={**os.environ, "PYTHONPATH": str(CLIENT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    # A process that was forked off lives on, and has what this one had open.
    child = int(owner.stdout.readline()) if words else None
    assert owner.stdout.readline() == "ready\n"
    [pid] = doubles()
    assert is_alive(pid)
    owner.send_signal(number)
    owner.wait(20)
    none_left([pid])
    if child:
        assert is_alive(child)
        os.kill(child, signal.SIGKILL)
    owner.stdin.close()
    owner.stdout.close()


def test_none_is_left_of_a_process_that_just_ends(doubles):
    code = "from cloro_mock import Mock; mock = Mock.start()"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "PYTHONPATH": str(CLIENT)}, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0
    none_left(doubles())


def test_https_leads_programs_that_know_no_other_address(tmp_path):
    with Mock.start(https=True) as mock:
        folder = os.path.dirname(mock.ca_file)
        assert mock.proxy_url == mock.url
        assert os.path.exists(mock.ca_file) and os.path.exists(mock.environment["SSL_CERT_FILE"])
        code = """if True:
            import os, urllib.request
            request = urllib.request.Request("https://api.cloro.dev/v1/credits")
            request.add_header("Authorization", "Bearer " + os.environ["CLORO_API_KEY"])
            print(urllib.request.urlopen(request, timeout=60).status)
        """
        environment = {**os.environ, **mock.environment}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True
        )
        assert done.stdout == "200\n", done.stderr
        assert [each["via"] for each in mock.journal()] == ["proxy"]
    assert not os.path.exists(folder)
