"""Ten thousand requests that wait in their latency, and the one advance that lets them go."""

import json
import resource
import subprocess
import sys
import time
from statistics import median

from .. import table
from ..double import BODY, KEY, PATH, Double, request
from ..places import BUILD

HELD = 10_000
ORGANIZATION = "demo"


def measure(settings, _names):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit < HELD + 200:
        raise RuntimeError(f"the system allows {limit} descriptors (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    rounds = [held(settings) for _ in range(settings.rounds)]
    threads, sizes, afterwards, seconds = zip(*rounds, strict=True)
    what = f"{HELD:,} requests held"
    return [
        table.within("held", f"{what}: threads", max(threads), 16, "threads"),
        table.within(
            "held",
            f"{what}: memory",
            max(sizes),
            100,
            "MiB",
            f"{max(afterwards):.0f} MiB when all are answered, the journal full of them",
        ),
        table.within("held", f"{what}: one advance to the last answer", median(seconds), 1, "s"),
    ]


def held(settings):
    """Threads, memory in mebibytes while held and after the release, the release's seconds."""
    question, release = settings.folder / "question.http", settings.folder / "release.http"
    question.write_bytes(request("POST", PATH, BODY))
    release.write_bytes(request("POST", "/_mock/clock/advance", '{"seconds":60}', KEY))
    with Double(settings, "--clock", "manual", "--latency", "60s") as double:
        command = [BUILD / "hold", str(double.port), question, release, str(HELD)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as client:
            client.stdout.readline()
            await_held(double)
            threads, size = double.threads(), double.resident()
            output, _ = client.communicate("go\n", timeout=60)
        released = json.loads(output)
        if released["answered"] != HELD or released["errors"]:
            raise RuntimeError(f"of {HELD} held: {released}")
        threads, afterwards = max(threads, double.threads()), double.resident()
    print(f"  {threads} threads, {size:.0f}, {afterwards:.0f} MiB, {released}", file=sys.stderr)
    return threads, size, afterwards, released["seconds"]


def await_held(double):
    end = time.monotonic() + 30
    while (count := double.slots(ORGANIZATION)) < HELD:
        if time.monotonic() > end:
            raise RuntimeError(f"only {count:.0f} of {HELD} held")
