"""Measures the rows asked for, prints the table, and exits with 1 when a bar is missed."""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import machine, table, tools
from .places import BUILD, ROOT
from .rows import GROUPS, NAMES
from .settings import Settings


def options():
    parser = argparse.ArgumentParser(
        prog="Tests/Benchmarks/run", description=__doc__, epilog=f"Rows: {', '.join(NAMES)}."
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help="only these rows (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each load (default: 5)")
    parser.add_argument(
        "--seconds", type=int, default=5, help="length of one measured load (default: 5)"
    )
    parser.add_argument(
        "--minutes", type=int, default=10, help="length of the row 'flat' (default: 10, at least 3)"
    )
    parser.add_argument(
        "--binary", type=Path, help="the double to measure (default: builds the release binary)"
    )
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.rows if name not in NAMES]:
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if min(chosen.rounds, chosen.seconds) < 1 or chosen.minutes < 3:
        parser.error("at least 1 round, 1 second and 3 minutes")
    if chosen.binary and not chosen.binary.is_file():
        parser.error(f"no such file: {chosen.binary}")
    return chosen


def release_binary():
    build = ["swift", "build", "-c", "release", "--product", "cloro-mock"]
    subprocess.run(build, cwd=ROOT, check=True, stdout=sys.stderr)
    shown = subprocess.run(
        [*build[:4], "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return Path(shown.stdout.strip(), "cloro-mock")


def main():
    chosen = options()
    # So that the servers are ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    binary = (chosen.binary or release_binary()).resolve()
    BUILD.mkdir(parents=True, exist_ok=True)
    tools.build()
    asked = [name for name in NAMES if not chosen.rows or name in chosen.rows]
    outcomes, began = [], time.monotonic()
    # On the disk, for the rows about files; /tmp may be memory.
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        settings = Settings(binary, Path(folder), chosen.rounds, chosen.seconds, chosen.minutes)
        for names, measure in GROUPS:
            if mine := [name for name in names if name in asked]:
                outcomes += measured(measure, mine, settings)
    minutes = (time.monotonic() - began) / 60
    print(machine.described(binary))
    print(f"{chosen.rounds} rounds of {chosen.seconds} s, {minutes:.0f} minutes in all\n")
    print(table.rendered(outcomes))
    missed = dict.fromkeys(outcome.name for outcome in outcomes if not outcome.passed)
    print(f"\nmissed: {', '.join(missed)}" if missed else "\nall bars reached")
    return 1 if missed else 0


def measured(measure, names, settings):
    """A group's outcomes; a group that breaks down has missed its bars, and the others go on."""
    print(f"{', '.join(names)} …", file=sys.stderr, flush=True)
    try:
        return measure(settings, names)
    except Exception as error:
        # Whatever it was, it goes into the table.
        print(f"  {type(error).__name__}: {error}", file=sys.stderr)
        return [table.failed(name, f"{type(error).__name__}: {error}") for name in names]


if __name__ == "__main__":
    sys.exit(main())
