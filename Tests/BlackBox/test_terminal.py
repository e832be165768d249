"""What the log says of requests, on a terminal and in a pipe."""

import json
import os
import pty
import re
import shutil
import subprocess
import threading

import pytest

from support import BINARY, clean_environment, cli, eventually

COLOUR = re.compile(r"\x1b\[\d*m")
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


class Terminal:
    """A double whose standard error is a terminal."""

    def __init__(self, *flags, env=None):
        ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [BINARY, "--port", "0", *flags], stdout=subprocess.PIPE, stderr=theirs, text=True,
            stdin=subprocess.DEVNULL, env=clean_environment(env),
        )  # fmt: skip
        os.close(theirs)
        self.shown = ""
        self.url = self.process.stdout.readline().split()[-1]
        self.reading = threading.Thread(target=self._read, args=(ours,), daemon=True)
        self.reading.start()

    def _read(self, ours):
        # The terminal's other end gone is an error on Linux.
        try:
            while some := os.read(ours, 65536):
                self.shown += some.decode()
        except OSError:
            pass
        os.close(ours)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(20) == 0
        self.reading.join(20)
        self.process.stdout.close()


@pytest.fixture
def terminal():
    running = []

    def start(*flags, **options):
        running.append(Terminal(*flags, **options))
        return running[-1]

    yield start
    for each in running:
        each.stop()


def ask(url, key="sk_live_0000000000000000000000000000c10a", provider="chatgpt"):
    return subprocess.run(
        ["curl", "-s", "-o", os.devnull, f"{url}/v1/monitor/{provider}", "-H",
         f"Authorization: Bearer {key}", "-d", '{"prompt": "best CRM", "country": "US"}'],
        check=True, timeout=90,
    )  # fmt: skip


def test_a_terminal_has_a_banner_and_a_coloured_line_for_each_request(terminal):
    one = terminal("--plan", "free", "--contract", "2026-10")
    eventually(lambda: "Ctrl-C" in one.shown, "the banner")
    assert "contract 2026-10 · clock real · ledger in memory" in one.shown
    assert f"page {one.url}/_mock/" in one.shown
    ask(one.url)
    ask(one.url, key="sk_live_" + "9" * 32)
    eventually(lambda: "INVALID_OR_EXPIRED_API_KEY" in one.shown, "the second line")
    lines = [line for line in one.shown.splitlines() if "/v1/" in line]
    assert "\x1b[32m" in lines[0] and "\x1b[33m" in lines[1]
    plain = [COLOUR.sub("", line) for line in lines]
    assert re.fullmatch(rf"{TIME} POST /v1/monitor/chatgpt 200 7 credits, 493 left", plain[0])
    refused = rf"{TIME} POST /v1/monitor/chatgpt 401 INVALID_OR_EXPIRED_API_KEY"
    assert re.fullmatch(refused, plain[1])


def test_no_color_is_heeded(terminal):
    one = terminal(env={"NO_COLOR": "1"})
    ask(one.url)
    eventually(lambda: "/v1/monitor" in one.shown, "a line")
    assert "\x1b" not in one.shown


def test_a_pipe_has_neither_unless_it_asks(double):
    quiet = double()
    quiet.ask(quiet.first_key)
    assert quiet.stop() == 0 and quiet.stderr == []


def test_a_pipe_that_asks_gets_plain_lines(double):
    one = double("--log-level", "debug")
    key = one.minted(concurrency=0)
    one.ask(key)
    one.http.get("/v1/x%0ay%1b")
    eventually(lambda: len(one.stderr) == 2, "two lines")
    assert re.fullmatch(
        rf"{TIME} POST /v1/monitor/chatgpt 429 CONCURRENT_LIMIT_EXCEEDED 0/0 slots", one.stderr[0]
    )
    assert "\x1b" not in one.stderr[1] and one.stderr[1].endswith("401 MISSING_API_KEY")


def test_json_lines_on_request_even_without_a_journal(double):
    one = double("--log-level", "debug", "--log-format", "json", "--journal-entries", "0")
    key = one.minted(credits=3)
    one.ask(key)
    eventually(lambda: one.stderr, "a line")
    line = json.loads(one.stderr[0])
    assert line["message"] == "POST /v1/monitor/chatgpt 403 INSUFFICIENT_CREDITS balance 3, price 7"
    assert {each: line[each] for each in ("level", "status", "code", "key", "reason")} == {
        "level": "debug", "status": "403", "code": "INSUFFICIENT_CREDITS", "key": key[-4:],
        "reason": "credits: balance 3, price 7",
    }  # fmt: skip
    assert key not in one.stderr[0]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_for_each_shell(shell):
    script = cli("--generate-completion-script", shell)
    assert script.returncode == 0 and "cloro-mock" in script.stdout
    assert "journal-entries" in script.stdout


def completed(*words):
    """What bash offers after these words, of which the last one is being written."""
    script = cli("--generate-completion-script", "bash").stdout
    lines = [
        script, f"COMP_WORDS=(cloro-mock {' '.join(repr(word) for word in words)})",
        f"COMP_CWORD={len(words)}",
        '_cloro-mock cloro-mock "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"',
        'printf "%s\\n" "${COMPREPLY[@]}"',
    ]  # fmt: skip
    done = subprocess.run(["bash", "-c", "\n".join(lines)], capture_output=True, text=True)
    return done.stdout.split()


def test_the_default_command_s_options_are_completed_without_its_name():
    assert completed("--pl") == ["--plan"]
    assert {"--port", "--port-file"} == set(completed("--clock", "manual", "--por"))
    assert completed("serve", "--cont") == ["--contract"]
    assert completed("che") == ["check"] and completed("sch") == ["schema"]


def test_values_are_completed(tmp_path):
    plans = [line.split()[0] for line in cli("plans").stdout.splitlines()[1:11]]
    for command in ([], ["serve"], ["run"]):
        assert completed(*command, "--plan", "") == plans
        assert completed(*command, "--contract", "") == ["2026-07", "2026-10"]
        assert completed(*command, "--log-level", "wa") == ["warning"]
        assert completed(*command, "--log-format", "") == ["text", "json"]
        assert {"real", "manual"} < set(completed(*command, "--clock", ""))
    (tmp_path / "team.json").write_text("{}")
    (tmp_path / "team.txt").write_text("")
    for command in (["check"], ["--fixture"], ["run", "--fixture"]):
        assert completed(*command, f"{tmp_path}/te") == [f"{tmp_path}/team.json"]
    for command in (["ledger"], ["--database"], ["--port-file"]):
        assert len(completed(*command, f"{tmp_path}/te")) == 2


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_know_the_default_command_s_options(shell):
    lines = cli("--generate-completion-script", shell).stdout.splitlines()
    whole = "\n".join(lines)
    if shell == "zsh":
        program = whole.split("_cloro-mock() {")[1].split("\n}\n")[0]
        assert "'--plan[" in program and "'--log-level[" in program
        assert "___plan=('free' 'lite' " in program and program.count("'--version[") == 1
    else:
        own = [line for line in lines if '_flags_or_options "cloro-mock" plan' in line]
        assert len(own) == 1 and "free" in own[0]


@pytest.mark.skipif(not shutil.which("fish"), reason="there is no fish")
def test_fish_completes_options_values_and_commands(tmp_path):
    (tmp_path / "cloro-mock").symlink_to(BINARY)
    script = tmp_path / "cloro-mock.fish"
    script.write_text(cli("--generate-completion-script", "fish").stdout)

    def offered(line):
        done = subprocess.run(
            ["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"],
            capture_output=True, text=True, env=clean_environment(
                {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}),
        )  # fmt: skip
        assert done.stderr == ""
        return [each.split("\t")[0] for each in done.stdout.splitlines()]

    assert offered("cloro-mock --pl") == ["--plan"]
    assert offered("cloro-mock --clock manual --por") == ["--port", "--port-file"]
    for command in ("", "serve ", "run "):
        assert offered(f"cloro-mock {command}--plan gro") == ["growth"]
        assert offered(f"cloro-mock {command}--contract ") == ["2026-07", "2026-10"]
    assert offered("cloro-mock che") == ["check"]


@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh")
def test_zsh_understands_its_script(tmp_path):
    script = tmp_path / "_cloro-mock"
    script.write_text(cli("--generate-completion-script", "zsh").stdout)
    done = subprocess.run(["zsh", "-n", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
