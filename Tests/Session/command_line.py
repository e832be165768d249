"""The command line: what each command writes, and its exit code."""

import json
import socket
import subprocess
import tempfile
from pathlib import Path

from file_calls import FILES
from monitor_calls import ask
from normalising import Normaliser
from playing import BUILT_IN_KEY, DEADLINE, Player, environment

BAD = {
    "nojson.json": "{", "array.json": "[]", "empty.json": "{}", "name.json": '{"plan": "a b"}',
    "types.json": json.dumps({
        "plan": 1, "credits": "many", "concurrency": -1, "queueLimit": 0.5, "rateLimit": [],
        "latency": {"grok": "soon", "bing": "1s"}, "unavailable": ["bing"], "keys": [{"key": "x"}],
        "countries": {"exclude": ["xx"]},
        "webhooks": {"mode": "keep", "attempts": 0, "retrySeconds": []},
    }),
    "members.json": json.dumps({
        "plan": "x", "credit": 1, "extends": "hoby", "progression": "later", "contract": "2026",
        "pricing": {"chatgtp": 1, "grok": -1}, "rateLimit": {"refil": "x"},
    }),
    "rules.json": json.dumps({
        "plan": "x",
        "faults": [{"fault": {"kind": "statu"}},
        {"match": {"key": "x"}, "fault": {"kind": "latency"}}],
        "responses": [{}, {"result": 1}, {"error": {"status": 418}}],
        "keys": [{"key": "sk_test_" + "a" * 32, "organization": "a b"}],
    }),
}  # fmt: skip


class CommandLine:
    """Runs commands in a folder of their own."""

    def __init__(self, tape, binary, seed):
        self.tape, self.binary, self.seed = tape, binary, seed
        self.normaliser = Normaliser()

    def run(self, *arguments, env=None, note=""):
        try:
            done = subprocess.run(
                [str(self.binary), *arguments], cwd=self.folder, env=environment(env),
                capture_output=True, stdin=subprocess.DEVNULL, timeout=DEADLINE,
            )  # fmt: skip
            got = b"exit code %d\nstdout:\n%s\nstderr:\n%s" % (
                done.returncode, done.stdout, done.stderr,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            got = b"<no end within %d s>" % DEADLINE
        words = " ".join(
            [f"{name}={value}" for name, value in (env or {}).items()] + ["cloro-mock", *arguments]
        )
        got = self.normaliser.normalise(got)
        for port in self.normaliser.names:
            words = words.replace(port.decode(), "PORT")
        self.tape.add("command line", f"{words} {note}".strip(), words, got)

    def play(self):
        with tempfile.TemporaryDirectory() as folder:
            self.folder = Path(folder)
            for name, content in [*FILES, *BAD.items()]:
                (self.folder / name).write_text(content)
            self.helps()
            self.checks()
            self.refusals()
            self.ledgers()
            self.health()

    def helps(self):
        self.run("--version")
        self.run("--help")
        self.run("-h")
        self.run("help")
        for command in ("serve", "check", "plans", "ledger", "healthcheck"):
            self.run(command, "--help")
            self.run("help", command)
            self.run(command, "--nonsense")
        for shell in ("bash", "zsh", "fish", "tcsh"):
            self.run("--generate-completion-script", shell)
        self.run("plans")
        self.run("plans", "x")

    def checks(self):
        self.run("check")
        self.run("check", "team.json")
        self.run("check", "wild.json", "team.json")
        self.run("check", "team.json", "team.json")
        self.run("check", "missing.json")
        self.run("check", ".")
        for name in BAD:
            self.run("check", name)
        self.run("check", *BAD, "missing.json", "team.json")

    def refusals(self):
        taken = socket.create_server(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        self.normaliser.name_port(port, "taken")
        for option, *values in (
            ("plan", "hoby"), ("fixture", "missing.json", "types.json"),
            ("host", "192.0.2.1"),
            ("port", "x", "70000", "-1"), ("database", "missing/ledger.db", "team.json", "."),
            ("contract", "2026", "july"), ("clock", "fast", "x0", "x-1", "x1e9"),
            ("seed", "-1", "x", "1.5"),
            ("latency", "1", "uniform(2s,1s)", "-1s"), ("journal-entries", "-1", "x"),
            ("journal-bytes", "x"),
            ("log-level", "loud"), ("log-format", "xml"), ("port-file", "missing/port"),
        ):  # fmt: skip
            for value in values:
                # None of them may take the default port.
                port_option = [] if option == "port" else ["--port", "0"]
                self.run(*port_option, f"--{option}", value)
                self.run(
                    *port_option, env={f"CLORO_MOCK_{option.upper().replace('-', '_')}": value}
                )
        self.run("--port", str(port), note="a port that is taken")
        self.run(env={"PORT": "x"})
        self.run("--port", "0", env={"CLORO_MOCK_WATCH": "perhaps"})
        for words in (["--prot", "1"], ["--port"], ["serv"], ["serve", "x"], ["--seed", "1", "2"],
                      ["healthcheck", "--url", "https://a.test"],
                      ["healthcheck", "--url", "x"]):  # fmt: skip
            self.run(*words)
        taken.close()

    def ledgers(self):
        self.run("ledger")
        self.run("ledger", "missing.db")
        self.run("ledger", "team.json")
        self.run("ledger", ".")
        file = self.folder / "ledger.db"
        with Player(
            self.tape, "ledger file", self.binary, self.seed, "--database", str(file)
        ) as player:
            player.start_anew()
            key = player.mint(credits=50)
            for provider in ("chatgpt", "google", "gemini"):
                ask(player, provider, key)
            revoked = player.mint(plan="free")
            player.control("PATCH", f"keys/{revoked}", {"revoked": True})
            player.post(
                "/v1/async/task",
                {"taskType": "GROK", "payload": {"prompt": "a", "country": "US"}},
                key,
            )
            player.settle()
            player.advance(30 * 86_400)
        self.run("ledger", "ledger.db")
        self.run("ledger", "ledger.db", "--verify")
        self.run("ledger", "--verify", "missing.db")
        with Player(
            self.tape, "ledger file", self.binary, self.seed, "--database", str(file)
        ) as player:
            player.control("PUT", "clock", {"now": "2045-06-01T00:00:00Z"})
            player.control("GET", "keys", note="after a restart")
            ask(player, "chatgpt", key, "after a restart")
            ask(player, "chatgpt", BUILT_IN_KEY, "after a restart")
            ask(player, "chatgpt", revoked, "after a restart")
            player.control("GET", f"ledger?key={key}", note="after a restart")
        self.run("ledger", "ledger.db", note="after a restart")

    def health(self):
        closed = socket.socket()
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        self.normaliser.name_port(port, "closed")
        self.run("healthcheck", "--url", f"http://127.0.0.1:{port}", note="nobody listens")
        self.run("healthcheck", env={"CLORO_MOCK_PORT": str(port)}, note="nobody listens")
        closed.close()
        with Player(
            self.tape,
            "healthcheck",
            self.binary,
            self.seed,
            "--log-format",
            "json",
            "--log-level",
            "debug",
        ) as player:
            self.normaliser.name_port(player.port, "found")
            self.run("healthcheck", "--url", f"http://127.0.0.1:{player.port}", note="a double")
            self.run(
                "healthcheck", "--url", f"http://127.0.0.1:{player.port}/x/", note="another folder"
            )
            self.run("healthcheck", env={"PORT": str(player.port)}, note="a double")
            player.start_anew()
            ask(player, "chatgpt", BUILT_IN_KEY)
            ask(player, "bing", BUILT_IN_KEY)
            ask(player, "chatgpt", "x")
            player.raw("malformed, for the log", b"x\r\n\r\n")
