"""The double as a process that ends with the one that has started it, however that ends."""

from __future__ import annotations

import collections
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence

from ._errors import StartFailed
from ._program import find

READY = re.compile(r"cloro-mock listening on (\S+)")
KEY = re.compile(r"key (\S+) organization ")


class Process:
    """A running double.

    It ends when its standard input does: the other end is held by this process alone, so nothing is
    left when this process is killed.
    """

    #: How long the double may take to end, in seconds; then it is killed.
    PATIENCE = 10

    def __init__(
        self,
        options: Sequence[str],
        *,
        program: str | None = None,
        timeout: float = 20,
        https: bool = False,
        token: str | None = None,
    ) -> None:
        """Starts a double and waits until it is ready.

        :param options: options of ``cloro-mock serve``.
        :param timeout: how long that may take, in seconds.
        :param https: whether it is to be found by ``https://api.cloro.dev``.
        :param token: its admin token.
        :raises StartFailed: when it ends before, or isn't ready in time.
        """
        #: The variables that lead a program to it by https; empty without that.
        self.environment: dict[str, str] = {}
        self._folder: str | None = None
        if https:
            options = ["--proxy", "tunnel", *options]
        self._log: collections.deque[str] = collections.deque(maxlen=1000)
        command = [find(program), "serve", "--until-eof", *options]
        # A session of its own: Ctrl-C is for the tests, which may still need the double to tidy up.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, encoding="utf-8", errors="replace", start_new_session=True,
        )  # fmt: skip
        os.register_at_fork(after_in_child=self._let_go)
        self._ready = threading.Event()
        self.url = ""
        #: The keys that it has begun with.
        self.keys: list[str] = []
        readers = [
            threading.Thread(target=self._read_output, name="cloro-mock output", daemon=True),
            threading.Thread(target=self._read_log, name="cloro-mock log", daemon=True),
        ]
        for reader in readers:
            reader.start()
        self._readers = readers
        has_ended = self._ready.wait(timeout)
        if has_ended and self.url:
            if https:
                self._learn(command[0], token)
            return
        status = self.stop()
        said = "\n".join(self._log) or "It said nothing."
        reason = f"ended with {status}" if has_ended else f"wasn't ready within {timeout} s"
        raise StartFailed(f"{' '.join(command)} {reason}. {said}")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> list[str]:
        """The last lines that the double has written to standard error."""
        return list(self._log)

    def _learn(self, program: str, token: str | None) -> None:
        """Asks the program for the variables of https, and for the files that they name."""
        words = [program, "env", "--https", "--url", self.url]
        self._folder = tempfile.mkdtemp(prefix="cloro-mock-")
        surroundings = {**os.environ, "XDG_CACHE_HOME": self._folder}
        if token:
            surroundings["CLORO_MOCK_ADMIN_TOKEN"] = token
        done = subprocess.run(
            words, env=surroundings, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            self.stop()
            raise StartFailed(f"{' '.join(words)} ended with {done.returncode}. {done.stderr}")
        for line in done.stdout.splitlines():
            name, value = shlex.split(line)[1].split("=", 1)
            self.environment[name] = value

    def _read_output(self) -> None:
        output = self._process.stdout
        assert output is not None
        for line in output:
            if match := READY.match(line):
                self.url = match[1].replace("//0.0.0.0:", "//127.0.0.1:")
                self.url = self.url.replace("//[::]:", "//[::1]:")
            elif match := KEY.match(line):
                self.keys.append(match[1])
                self._ready.set()
        self._ready.set()

    def _read_log(self) -> None:
        log = self._process.stderr
        assert log is not None
        for line in log:
            self._log.append(line.rstrip("\n"))

    def _let_go(self) -> None:
        """In a process that was forked off: it must not keep the double alive."""
        lifeline = self._process.stdin
        if lifeline is not None and not lifeline.closed:
            os.close(lifeline.fileno())

    def stop(self) -> int:
        """Ends the double, and returns its exit status. May be called again."""
        lifeline = self._process.stdin
        if lifeline is not None:
            lifeline.close()
        try:
            self._process.wait(self.PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _join(self._readers)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None and not any(each.is_alive() for each in self._readers):
                stream.close()
        return self._process.returncode


def _join(threads: Iterable[threading.Thread]) -> None:
    deadline = time.monotonic() + 1
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
