"""Minutes at full load with the journal on, by the suite that is there for it."""

import os
import re
import subprocess
import sys

from .. import table
from ..places import ROOT

SOAK = ROOT / "Tests" / "Soak" / "flat-memory"


def measure(settings, _names):
    soak = subprocess.run(
        [sys.executable, SOAK, str(settings.minutes)], stdout=subprocess.PIPE, text=True,
        env=os.environ | {"CLORO_MOCK_BINARY": str(settings.binary)},
    )  # fmt: skip
    sizes = [float(size) for size in re.findall(r"^minute \d+: ([\d.]+) MiB", soak.stdout, re.M)]
    rate = re.search(r"Requests/sec:\s+([\d.]+)", soak.stdout)
    if not sizes or not rate:
        raise RuntimeError(f"no figures: {soak.stdout[-300:]}")
    return [
        table.Outcome(
            "flat",
            f"memory after {settings.minutes} minutes at full load, to the second minute",
            f"{sizes[-1]:.1f} MiB to {sizes[1]:.1f} MiB",
            "≤ 1.05 ×",
            f"{sizes[-1] / sizes[1]:.2f}",
            soak.returncode == 0,
            f"{float(rate[1]):,.0f}/s",
        )  # fmt: skip
    ]
