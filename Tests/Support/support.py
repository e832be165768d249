"""The double under test, as a process."""

import os
import random
import re
import socket
import subprocess
import threading
import time
from pathlib import Path
from signal import SIGTERM

import httpx

from clients import OwnConnections

HERE = Path(__file__).resolve().parent
BINARY = Path(
    os.environ.get("CLORO_MOCK_BINARY") or HERE / "../../.build/release/cloro-mock"
).resolve()
DEADLINE = 60.0
# Below those that Linux and macOS give to whoever asks for any.
OWN_PORTS = range(15_000, 32_000)
READY = re.compile(r"cloro-mock listening on (http://(.+):(\d+))")
SECURE_READY = re.compile(r"cloro-mock listening on (https://(.+):(\d+))")
KEY = re.compile(
    r"key (sk_(?:live|test)_[0-9a-f]{32}) organization (\S+) plan (\S+)"
    r" credits (\d+) concurrency (\d+)"
)
BUILT_IN_KEY = "sk_live_0000000000000000000000000000c10a"
UNKNOWN_KEY = "sk_live_" + "9" * 32
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PROVIDERS = [
    "chatgpt", "gemini", "grok", "google", "google/news", "copilot", "perplexity", "aimode",
]  # fmt: skip


def path_of(provider):
    return f"/v1/monitor/{provider}"


def question(provider, text="What is the best laptop?", **members):
    """The smallest valid body of a provider."""
    name = "query" if provider.startswith("google") else "prompt"
    return {name: text, "country": "US", **members}


def clean_environment(env=None):
    """The environment without anything that the double reads."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CLORO_") and k != "PORT"}
    return kept | (env or {})


def cli(*arguments, env=None, timeout=DEADLINE, binary=BINARY, cwd=None, input=""):
    """Runs the binary to its end, with a text as its standard input."""
    return subprocess.run(
        [str(binary), *map(str, arguments)], env=clean_environment(env), text=True,
        capture_output=True, timeout=timeout, cwd=cwd, input=input,
    )  # fmt: skip


def own_port():
    """A free port that the system gives to nobody who asks for any, so that it can be bound later,
    or again.

    One that it has given can be another process's as soon as it is closed.
    """
    for port in random.sample(OWN_PORTS, 100):
        with socket.socket() as probe:
            # As the double does: what has just been closed there is in nobody's way.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("all ports are taken")


def eventually(condition, what, seconds=DEADLINE):
    """Polls until the condition holds, and returns its value."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.005)
    return value


class Double:
    """A running double; `flags` as on the command line, on any free port unless they say."""

    alive = set()  # those that nobody has ended

    def __init__(self, *flags, env=None, binary=BINARY, cwd=None, bare=False):
        flags = [str(flag) for flag in flags]
        if not bare and "--port" not in flags:
            flags += ["--port", "0"]
        self.arguments = [str(binary), *flags]
        environment = env if bare else clean_environment(env)
        self.process = subprocess.Popen(
            self.arguments, env=environment, cwd=cwd, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        Double.alive.add(self)
        self.http = httpx.Client(transport=OwnConnections(), timeout=DEADLINE)
        self.stdout, self.stderr = [], []
        self._pumps = [
            threading.Thread(target=self._pump, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr))
        ]
        for pump in self._pumps:
            pump.start()
        eventually(lambda: self.stdout or self.process.poll() is not None, "a ready line")
        if self.process.poll() is not None:
            self._await_output()
        match = self.stdout and READY.fullmatch(self.stdout[0])
        if not match:
            self.kill()
            raise AssertionError(f"no ready line: {self.stdout} {self.stderr}")
        self.url, self.port = match[1], int(match[3])
        if "--tls-port" in flags:
            eventually(lambda: len(self.stdout) > 1, "a second ready line")
            self.secure_url, _, port = SECURE_READY.fullmatch(self.stdout[1]).groups()
            self.tls_port = int(port)
        self.http.base_url = self.url

    def _pump(self, pipe, store):
        for line in pipe:
            store.append(line.rstrip("\n"))

    def _await_output(self):
        """What an ended process has written is in the lists afterwards."""
        for pump in self._pumps:
            pump.join(DEADLINE)

    @property
    def key_lines(self):
        def lines():
            return [line for line in self.stdout[1:] if not SECURE_READY.fullmatch(line)]

        return eventually(lines, "a key line")

    @property
    def first_key(self):
        return KEY.fullmatch(self.key_lines[0])[1]

    # MARK: The API

    def ask(self, key, provider="chatgpt", text="What is the best laptop?", **members):
        return self.post(key, path_of(provider), question(provider, text, **members))

    def post(self, key, path, body):
        return self.http.post(path, json=body, headers={"Authorization": f"Bearer {key}"})

    def get(self, key, path, **params):
        return self.http.get(
            path, params=params or None, headers={"Authorization": f"Bearer {key}"}
        )

    # MARK: The control API

    def control(self, method, path, body=None, status=None, **params):
        response = self.http.request(method, f"/_mock/{path}", json=body, params=params)
        if status is not None:
            assert response.status_code == status, response.text
        return response

    def mint(self, **body):
        return self.control("POST", "keys", body, status=201).json()

    def minted(self, **body):
        """Just the key."""
        return self.mint(**body)["key"]

    def patch(self, key, **body):
        return self.control("PATCH", f"keys/{key}", body, status=200).json()

    def ledger(self, key, **params):
        return self.control("GET", "ledger", status=200, key=key, **params).json()

    def balance(self, key):
        return self.ledger(key)["balance"]

    def advance(self, seconds):
        return self.control("POST", "clock/advance", {"seconds": seconds}, status=200).json()

    def running(self, key):
        """How many slots the key's organization uses."""
        return self.get(key, "/v1/async/status").json()["concurrency"]["used"]

    def await_running(self, key, count):
        eventually(lambda: self.running(key) == count, f"{count} running requests")

    # MARK: The process

    def threads(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"Threads:\s+(\d+)", status)[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=DEADLINE):
        """Awaits the end, with all that was written before it, and returns the exit code."""
        code = self.process.wait(seconds)
        self._await_output()
        Double.alive.discard(self)
        return code

    def stop(self, number=SIGTERM):
        """Ends the double and returns its exit code."""
        self.http.close()
        if self.process.poll() is None:
            self.signal(number)
        return self.wait()

    def kill(self):
        self.http.close()
        self.process.kill()
        self.wait()
