"""`docker/stand-in/run` as a process."""

import os
import re
import subprocess
from pathlib import Path
from signal import SIGTERM

import httpx

from support import BINARY, DEADLINE, KEY, READY, clean_environment, own_port

FOLDER = Path(__file__).resolve().parent.parent.parent / "docker" / "stand-in"
HOST = "api.cloro.dev"
PLACE = re.compile(r"stand-in for https://api\.cloro\.dev at (127\.0\.0\.1):(\d+)")


class StandIn:
    """A running stand-in. Its double's time moves only when told to."""

    def __init__(self):
        environment = {
            "CLORO_MOCK_BINARY": str(BINARY),
            "CLORO_MOCK_CLOCK": "manual",
            "CLORO_STAND_IN_PORT": str(own_port()),
        }
        self.process = subprocess.Popen(
            [FOLDER / "run"], env=clean_environment(environment), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        lines = [self.process.stdout.readline().rstrip("\n") for _ in range(4)]
        place, authority, ready, key = (
            PLACE.fullmatch(lines[0]),
            re.fullmatch(r"authority (/.+)", lines[1]),
            READY.fullmatch(lines[2]),
            KEY.fullmatch(lines[3]),
        )
        if not (place and authority and ready and key):
            self.process.kill()
            raise AssertionError(f"not ready: {lines} {self.process.stderr.read()}")
        self.port = int(place[2])
        self.authority = Path(authority[1])
        self.double_port = int(ready[3])
        self.first_key = key[1]
        self.control = httpx.Client(base_url=ready[1], timeout=DEADLINE)

    def mint(self, **body):
        response = self.control.post("/_mock/keys", json=body)
        assert response.status_code == 201, response.text
        return response.json()["key"]

    def journal(self, key):
        response = self.control.get("/_mock/journal", params={"key": key})
        assert response.status_code == 200, response.text
        return response.json()["entries"]

    def fault(self, **body):
        response = self.control.post("/_mock/faults", json=body)
        assert response.status_code == 201, response.text

    def reset(self, key):
        assert self.control.post("/_mock/reset", params={"key": key}).status_code in (200, 204)

    def children(self):
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return [int(child) for child in Path(path).read_text().split()]

    def stop(self):
        """Ends both programs and returns the exit code with what was said on standard error."""
        self.control.close()
        if self.process.poll() is None:
            os.kill(self.process.pid, SIGTERM)
        _, said = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, said
