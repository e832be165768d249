"""A Hummingbird app without any state."""

import json
import subprocess
import sys

from ..places import HERE
from ..processes import Server, free_port
from ..sample import asked

PACKAGE = HERE / "Peers" / "StatelessHummingbird"
BINARY = PACKAGE / ".build" / "release" / "Stateless"


class Hummingbird(Server):
    """As one writes it by hand: it decodes the question and encodes the answer."""

    mode = ()

    @staticmethod
    def installed():
        build = ["swift", "build", "-c", "release", "--package-path", PACKAGE]
        if subprocess.run(build, stdout=sys.stderr).returncode != 0:
            raise RuntimeError("Hummingbird can't be built")

    @staticmethod
    def version():
        """What it was built from; none when it wasn't."""
        shown = subprocess.run(
            ["git", "-C", PACKAGE / ".build/checkouts/hummingbird", "describe", "--tags"],
            capture_output=True, text=True,
        )  # fmt: skip
        return f"hummingbird {shown.stdout.strip()}" if shown.returncode == 0 else None

    def __init__(self, folder, answer):
        port = free_port()
        head, body = folder / "head.txt", folder / "body.json"
        head.write_text("".join(f"{name}: {value}\n" for name, value in answer.fields()))
        body.write_bytes(answer.body)
        super().__init__([BINARY, port, head, body, *self.mode], port)
        same = asked(port)
        if not self.is_same(same.body, answer.body):
            self.stop()
            raise RuntimeError(f"not the double's answer: {same.body!r}")

    def is_same(self, one, other):
        """Its encoder orders and escapes as it likes."""
        return json.loads(one) == json.loads(other)


class HummingbirdBytes(Hummingbird):
    """It reads no question and always sends the same bytes."""

    mode = ("bytes",)

    def is_same(self, one, other):
        return one == other
