"""Twenty thousand reports that fall due in one advance of the clock."""

import json
import sys
import time
from statistics import median

from .. import table
from ..double import Double
from ..peers.nginx import Nginx
from ..sample import asked

COUNT = 20_000
BATCH = 500
RATE = 30_000


def measure(settings, _names):
    Nginx.installed()
    seconds = [delivered(settings) for _ in range(settings.rounds)]
    return [
        table.within(
            "webhooks",
            f"{COUNT:,} reports, signed and delivered to one nginx in one advance",
            median(seconds), COUNT / RATE, "s", f"{COUNT / median(seconds):,.0f} a second",
        )
    ]  # fmt: skip


def delivered(settings):
    """The seconds from the advance to its answer, which comes when all are delivered."""
    with (
        Double(settings, "--clock", "manual", "--limit", f"deliveries={COUNT}") as double,
        Nginx(settings.folder, asked(double.port)) as receiver,
    ):
        key = double.minted(
            concurrency=COUNT, requestsPerSecond=10**9, queueLimit=COUNT, credits=10**9,
            latency="60s", progression="time", webhookSecret="whsec_benchmark",
        )  # fmt: skip
        task = {
            "taskType": "CHATGPT",
            "payload": {"prompt": "What do you know about Acme Corp?", "country": "US"},
            "webhook": {"url": f"{receiver.url}/webhook"},
        }
        for _ in range(COUNT // BATCH):
            double.ask("POST", "/v1/async/task/batch", [task] * BATCH, key=key)
        start = time.perf_counter()
        double.ask("POST", "/_mock/clock/advance", {"seconds": 60, "timeoutMs": 60_000})
        taken = time.perf_counter() - start
        report = json.loads(double.ask("GET", "/_mock/report", key=key))["webhooks"]
    if (report["delivered"], report["failed"]) != (COUNT, 0):
        raise RuntimeError(f"delivered: {report}")
    print(f"  {taken:.2f} s", file=sys.stderr)
    return taken
