"""`run`: a command with a double of its own; `env`: the way to a running one."""

import json
import os
import pty
import resource
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from support import BINARY, BUILT_IN_KEY, DEADLINE, clean_environment, cli, eventually

# One synchronous ChatGPT question by what the command finds in its environment: 7 credits.
ASK = """
import json, os, urllib.request

def ask(key=os.environ["CLORO_API_KEY"], url=os.environ["CLORO_BASE_URL"]):
    body = json.dumps({"prompt": "Which laptop?", "country": "US"}).encode()
    request = urllib.request.Request(url + "/v1/monitor/chatgpt", body)
    request.add_header("Authorization", "Bearer " + key)
    return urllib.request.urlopen(request, timeout=90).status

print(ask(), flush=True)
"""
# Says that it runs, tells of each signal, and ends with the second one, or with SIGTERM.
LISTEN = """
import os, signal, sys

seen = []

def tell(number, frame):
    seen.append(signal.Signals(number).name)
    # In one piece, because the next signal may come meanwhile.
    os.write(1, (" ".join(seen) + "\\n").encode())
    if number == signal.SIGTERM or len(seen) == 2:
        os._exit(7)

for each in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"):
    signal.signal(getattr(signal, each), tell)
print(os.environ["CLORO_MOCK_URL"], os.getpid(), flush=True)
while True:
    signal.pause()
"""


def run(*words, **options):
    return cli("run", *words, **options)


def python(code):
    return "--", sys.executable, "-c", code


class Running:
    """`run` with a command that has said where its double is."""

    def __init__(self, *words, prepare=None, **options):
        def heed():
            # Tests that run under nohup ignore it, and what is ignored is not handed on.
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            if prepare:
                prepare()

        self.process = subprocess.Popen(
            [BINARY, "run", *words], env=clean_environment(), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, preexec_fn=heed, **options,
        )  # fmt: skip
        self.url, pid = self.process.stdout.readline().split()
        self.command = int(pid)

    def answers(self):
        port = int(self.url.rsplit(":", 1)[1])
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    def is_alive(self):
        """Whether the command runs. One that has ended and that nobody asks for doesn't."""
        try:
            with open(f"/proc/{self.command}/stat") as file:
                return file.read().rsplit(") ", 1)[1][0] != "Z"
        except OSError:
            return False

    def end(self):
        """The exit code, and what else the command has said."""
        out, err = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, out, err


@pytest.fixture
def listening():
    """A command that tells of its signals; ended at the test's end, whatever became of it."""
    one = Running(*python(LISTEN))
    yield one
    if one.process.poll() is None:
        one.process.kill()
        one.process.wait()
    if one.is_alive():
        os.kill(one.command, signal.SIGKILL)


# MARK: What the command finds


def test_the_command_finds_a_double_that_is_ready():
    ended = run(*python(ASK))
    assert (ended.returncode, ended.stdout) == (0, "200\n"), ended.stderr
    assert ended.stderr == "cloro-mock: 7 credits, 1 request, 0 of them refused\n"


def test_the_variables_of_the_command():
    names = "CLORO_BASE_URL", "CLORO_API_KEY", "CLORO_MOCK_URL", "KEPT"
    code = f"import os; print(*[os.environ[name] for name in {names}])"
    ended = run(
        "--host", "0.0.0.0", *python(code), env={"KEPT": "yes", "CLORO_API_KEY": "sk_live_real"}
    )
    base, key, url, kept = ended.stdout.split()
    assert base == url and url.startswith("http://127.0.0.1:")
    assert (key, kept) == (BUILT_IN_KEY, "yes")


def test_the_admin_token_is_handed_on():
    code = "import os; print(os.environ['CLORO_MOCK_ADMIN_TOKEN'])"
    assert run("--admin-token", "secret", *python(code)).stdout == "secret\n"


def test_the_options_of_serve(fixture_file):
    key = "sk_test_" + "a" * 32
    fixture = fixture_file(keys=[{"key": key, "organization": "one", "credits": 6}])
    ended = run("--fixture", fixture, *python("import os; print(os.environ['CLORO_API_KEY'])"))
    assert ended.stdout == key + "\n"


def test_the_port_is_free_unless_it_is_chosen():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = str(server.getsockname()[1])
        assert run(*python(ASK), env={"PORT": taken}).returncode == 0
        for words, env in ((["--port", taken], {}), ([], {"CLORO_MOCK_PORT": taken})):
            refused = run(*words, *python("print('ran')"), env=env)
            assert (refused.returncode, refused.stdout) == (1, "") and taken in refused.stderr


def test_the_streams_are_the_command_s():
    code = "import sys; print(sys.stdin.read().upper()); print('aside', file=sys.stderr)"
    ended = subprocess.run(
        [BINARY, "run", *python(code)], env=clean_environment(), input="in\n", text=True,
        capture_output=True, timeout=DEADLINE,
    )  # fmt: skip
    assert ended.stdout == "IN\n\n"
    assert ended.stderr.splitlines()[0] == "aside" and len(ended.stderr.splitlines()) == 2


def test_the_command_finds_the_process_as_it_was():
    """Open files, ignored signals and limits are those that `run` was started with."""
    code = """if True:
        import json, os, resource
        status = dict(line.split(":", 1) for line in open("/proc/self/status"))
        own = os.open("/dev/fd", os.O_RDONLY)
        files = sorted(int(name) for name in os.listdir("/dev/fd"))
        print(json.dumps([
            [file for file in files if os.path.exists(f"/dev/fd/{file}") and file != own],
            status["SigIgn"].strip(), status["SigBlk"].strip(),
            resource.getrlimit(resource.RLIMIT_NOFILE),
        ]))
    """
    reading, writing = os.pipe()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

    def prepare():
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)

    def found(*words):
        ended = subprocess.run(
            [*words, sys.executable, "-c", code], env=clean_environment(), text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE,
            pass_fds=[writing], preexec_fn=prepare, restore_signals=False,
        )  # fmt: skip
        return json.loads(ended.stdout)

    try:
        plain, within = found(), found(BINARY, "run", "--")
    finally:
        os.close(reading)
        os.close(writing)
    assert within == plain and writing in within[0] and within[3][0] == 256


# MARK: How it ends


@pytest.mark.parametrize(
    ("command", "code"),
    [(["true"], 0), (["false"], 1), (["sh", "-c", "exit 42"], 42), (["sh", "-c", "exit 127"], 127),
     (["sh", "-c", "kill -TERM $$"], 143), (["sh", "-c", "kill -KILL $$"], 137)],
)  # fmt: skip
def test_the_exit_code_is_the_command_s(command, code):
    assert run("--", *command).returncode == code


def test_a_command_that_can_t_be_started(tmp_path):
    (tmp_path / "text").write_text("no program")
    for command, reason in (
        ("no-such-program", "No such file or directory"),
        (str(tmp_path / "text"), "Permission denied"),
        (str(tmp_path), "Permission denied"),
    ):
        ended = run("--", command)
        assert (ended.returncode, ended.stdout) == (127, "")
        assert ended.stderr == f"cloro-mock: {command} can't be started: {reason}\n"


@pytest.mark.parametrize(
    ("words", "code"), [(["--plan", "nonsense"], 64), (["--fixture", "absent.json"], 65),
                        (["--database", "/nowhere/ledger.db"], 1), (["--budget", "many"], 64),
                        (["--nonsense"], 64)]
)  # fmt: skip
def test_without_a_double_the_command_isn_t_run(tmp_path, words, code):
    ended = run(*words, "--", "touch", "file", cwd=tmp_path)
    assert ended.returncode == code and ended.stderr != ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [[], ["--"], ["true"]])
def test_without_a_command(words):
    ended = run(*words)
    assert ended.returncode == 64 and "--" in ended.stderr


def test_the_double_ends_with_its_command(listening):
    assert listening.answers()
    os.kill(listening.command, signal.SIGKILL)
    code, _, _ = listening.end()
    assert code == 137 and not listening.answers()


def test_a_request_under_way_keeps_nobody():
    code = LISTEN.replace("while True", """
import threading, urllib.request
def ask():
    request = urllib.request.Request(
        os.environ["CLORO_BASE_URL"] + "/v1/monitor/grok", b'{"prompt": "x", "country": "US"}')
    request.add_header("Authorization", "Bearer " + os.environ["CLORO_API_KEY"])
    urllib.request.urlopen(request)
threading.Thread(target=ask, daemon=True).start()
while True""")
    one = Running("--latency", "1h", *python(code))
    url = one.url + "/v1/async/status"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {BUILT_IN_KEY}"})

    def used():
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["concurrency"]["used"]

    eventually(lambda: used() == 1, "a running request")
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(3) == 7  # a double that is told to stop waits 5 seconds
    assert one.end()[2].startswith("cloro-mock: 0 credits, ")


def test_nothing_outlives_a_run_that_is_killed(listening):
    listening.process.kill()
    # SIGTERM comes from the kernel, and the command ends by it. It comes twice when the thread that
    # started the command goes before another one, which then has it for its child.
    assert set(listening.process.stdout.readline().split()) == {"SIGTERM"}
    eventually(lambda: not listening.is_alive(), "the command's end")
    # The thread that started the command may go before the others, and the files with the last one.
    eventually(lambda: not listening.answers(), "the double's end")


# MARK: Signals


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"])
def test_signals_reach_the_command(listening, name):
    listening.process.send_signal(getattr(signal, name))
    assert listening.process.stdout.readline() == name + "\n"
    if name != "SIGTERM":
        listening.process.send_signal(signal.SIGTERM)
    assert listening.end()[0] == 7


def test_a_signal_that_ends_the_command_is_in_the_exit_code():
    code = "import os; print(os.environ['CLORO_MOCK_URL'], os.getpid(), flush=True)"
    one = Running(*python(code + "\nimport signal; signal.pause()"))
    one.process.send_signal(signal.SIGTERM)
    assert one.end()[0] == 128 + signal.SIGTERM


def test_a_key_at_the_terminal_is_told_once():
    """Ctrl-C goes to both processes; handed on, it would come to the command twice."""
    leader, follower = pty.openpty()

    def control():
        os.setsid()
        import fcntl
        import termios

        fcntl.ioctl(follower, termios.TIOCSCTTY, 0)

    try:
        one = Running(*python(LISTEN), stdin=follower, prepare=control)
        os.write(leader, b"\x03")
        assert one.process.stdout.readline() == "SIGINT\n"
        one.process.send_signal(signal.SIGTERM)
        code, out, _ = one.end()
    finally:
        os.close(leader)
        os.close(follower)
    assert (code, out) == (7, "SIGINT SIGTERM\n")


# MARK: The budget


@pytest.mark.parametrize(
    ("budget", "code", "end"), [("6", 3, "; over the budget of 6 by 1"), ("7", 0, "; budget 7"),
                                ("0", 3, "; over the budget of 0 by 7")]
)  # fmt: skip
def test_the_budget(budget, code, end):
    for ended in (
        run("--budget", budget, *python(ASK)), run(*python(ASK), env={"CLORO_MOCK_BUDGET": budget})
    ):  # fmt: skip
        assert (ended.returncode, ended.stdout) == (code, "200\n")
        assert ended.stderr == f"cloro-mock: 7 credits, 1 request, 0 of them refused{end}\n"


def test_a_command_that_fails_keeps_its_code_over_the_budget():
    ended = run("--budget", "6", *python(ASK + "\nraise SystemExit(5)"))
    assert ended.returncode == 5 and "over the budget of 6 by 1" in ended.stderr


def test_what_removed_keys_have_taken_counts():
    code = ASK + """
control = os.environ["CLORO_MOCK_URL"] + "/_mock/keys"
with urllib.request.urlopen(control, b"{}") as answer:
    key = json.load(answer)["key"]
ask(key)
urllib.request.urlopen(urllib.request.Request(f"{control}/{key}", method="DELETE")).close()
urllib.request.urlopen(control.replace("keys", "reset"), b"{}").close()
try:
    ask(key)
except urllib.error.HTTPError as error:
    assert error.code == 401
"""
    ended = run("--budget", "13", *python(code))
    assert ended.returncode == 3, ended.stderr
    assert "14 credits, 3 requests, 1 of them refused; over the budget of 13 by 1" in ended.stderr


def test_charges_of_earlier_runs_are_not_counted(tmp_path):
    words = ["--database", tmp_path / "ledger.db", "--budget", "7", *python(ASK)]
    assert [run(*words).returncode for _ in range(2)] == [0, 0]
    assert "249986" in cli("ledger", tmp_path / "ledger.db").stdout
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.db"]


# MARK: env


def test_env_leads_a_shell_to_a_double(double):
    one = double()
    for words, env in ((["--url", one.url + "/"], {}), ([], {"CLORO_MOCK_PORT": str(one.port)})):
        printed = cli("env", *words, env=env)
        assert (printed.returncode, printed.stderr) == (0, "")
        assert printed.stdout == (
            f"export CLORO_BASE_URL='{one.url}'\nexport CLORO_API_KEY='{BUILT_IN_KEY}'\n"
            f"export CLORO_MOCK_URL='{one.url}'\n"
        )
        script = printed.stdout + f'exec {sys.executable} -c "$1"'
        asked = subprocess.run(
            ["sh", "-c", script, "sh", ASK], env=clean_environment(), capture_output=True,
            text=True, timeout=DEADLINE,
        )  # fmt: skip
        assert asked.stdout == "200\n", asked.stderr


def test_env_with_an_admin_token(double):
    one = double("--admin-token", "secret")
    refused = cli("env", "--url", one.url)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "401" in refused.stderr and "CLORO_MOCK_ADMIN_TOKEN" in refused.stderr
    shown = cli("env", "--url", one.url, env={"CLORO_MOCK_ADMIN_TOKEN": "secret"})
    assert shown.returncode == 0 and BUILT_IN_KEY in shown.stdout


def test_env_without_a_double():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        ended = cli("env", "--url", url)
    assert (ended.returncode, ended.stdout) == (1, "") and url in ended.stderr
    assert cli("env", "--url", "nonsense").returncode == 64


# MARK: A double that ends with its input


@pytest.mark.parametrize(("words", "env"), [(["--until-eof"], {}),
                                            ([], {"CLORO_MOCK_UNTIL_EOF": "1"})])  # fmt: skip
def test_a_double_ends_with_its_input(words, env):
    one = subprocess.Popen(
        [BINARY, "--port", "0", "--clock", "manual", "--latency", "1h", *words], text=True,
        env=clean_environment(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    url = one.stdout.readline().split()[-1]
    one.stdin.write("what comes is nobody's\n")
    one.stdin.flush()
    port = int(url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as waiting:
        body = b'{"prompt": "x", "country": "US"}'
        waiting.sendall(
            b"POST /v1/monitor/grok HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (BUILT_IN_KEY.encode(), len(body), body)
        )
        with urllib.request.urlopen(url + "/_mock/health") as answer:
            assert answer.status == 200 and one.poll() is None
        one.stdin.close()
        # Running requests get less than the 5 seconds of a double that is told to stop.
        assert one.wait(4.5) == 0
    one.stdout.close()


def test_without_that_option_input_does_not_matter(double):
    assert double(env={"CLORO_MOCK_UNTIL_EOF": "0"}).stop() == 0
