"""How soon the double is there, and how large it is before anybody asks."""

import subprocess
import sys
import time
from statistics import median

from .. import table
from ..places import ROOT
from ..processes import Server, free_port
from ..settings import ratio
from ..tools import ended, started

# Each takes some milliseconds, so there can be more of them than rounds.
STARTS = 60
IDLE_AFTER = 1.0


def ready(settings, _names):
    accepted, answered, python = [], [], []
    for _ in range(STARTS):
        port = free_port()
        start = started(port, [settings.binary, "--port", port])
        accepted.append(start["accepted"])
        answered.append(start["answered"])
        # This very interpreter: `python3` may be a script that looks for it.
        python.append(ended([sys.executable, "-S", "-c", "pass"]))
    return [
        table.at_most(
            "ready",
            f"start to first connection, to python3 -S -c pass, {STARTS} times",
            f"{median(accepted):.1f} ms to {median(python):.1f} ms",
            ratio(accepted, python),
            0.6,
            f"first answer after {median(answered):.1f} ms",
        )
    ]


def idle(settings, _names):
    sizes = []
    for _ in range(settings.rounds):
        port = free_port()
        with Server([settings.binary, "--port", port], port) as double:
            # The figure is that of a process left alone for so long; there is no event to await.
            time.sleep(IDLE_AFTER)
            sizes.append(double.resident())
    return [table.within("idle", "memory when idle", max(sizes), 30, "MiB")]


def size(settings, _names):
    """Of what a release publishes, which has SQLite and C++'s library in it, too."""
    made = settings.folder / "packages"
    subprocess.run([ROOT / "docker/package", "--output", made], check=True, stdout=sys.stderr)
    program = (ROOT / ".build/package/cloro-mock").stat().st_size
    (image,) = made.glob("*.image.tar")
    return [
        table.within("size", "the program, stripped", program / 1e6, 16, "MB"),
        table.within("size", "the image", image.stat().st_size / 1e6, 17, "MB"),
    ]
