"""Servers as processes."""

import os
import re
import socket
import subprocess
import time
from pathlib import Path
from signal import SIGTERM


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that listens on a port of 127.0.0.1; a context manager that ends it."""

    def __init__(self, command, port, env=None):
        self.port = port
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | (env or {}),
        )  # fmt: skip
        try:
            self._await_listening(30)
        except BaseException:
            self.process.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        """Ends it, and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(SIGTERM)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def resident(self):
        """Mebibytes."""
        return self._status("VmRSS") / 1024

    def threads(self):
        return self._status("Threads")

    def processor_seconds(self):
        """What it and its workers have used so far."""
        main = self.process.pid
        workers = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return sum(map(_processor_seconds, [main, *workers]))

    def _status(self, name):
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)[1])

    def _await_listening(self, seconds):
        end = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                ended = self.process.poll() is not None
                if ended or time.monotonic() > end:
                    command = " ".join(map(str, self.process.args))
                    raise RuntimeError(f"doesn't listen: {command}") from None
                # The interval between two tries; a peer gives no event to await.
                time.sleep(0.02)


def _processor_seconds(process):
    # The fields after the name, which may hold spaces: user and system time are the 14th and 15th.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
