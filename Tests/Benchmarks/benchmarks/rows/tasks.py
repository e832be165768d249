"""A hundred thousand queued tasks: does the length of the queue cost anything?"""

import http.client
import json
import sys
import time
from statistics import median

from .. import table
from ..double import Double

BATCHES = 200
BATCH = 500
# How many batches at either end are compared, by their medians.
END = 20


def measure(settings, _names):
    firsts, lasts, ratios = [], [], []
    for _ in range(settings.rounds):
        seconds = filled(settings)
        first, last = median(seconds[:END]) * 1e3, median(seconds[-END:]) * 1e3
        print(f"  {first:.2f} ms, {last:.2f} ms, {sum(seconds):.1f} s in all", file=sys.stderr)
        firsts.append(first)
        lasts.append(last)
        ratios.append(last / first)
    return [
        table.at_most(
            "tasks",
            f"last to first {END} batches of {BATCHES * BATCH:,} queued tasks",
            f"{median(lasts):.2f} ms to {median(firsts):.2f} ms",
            median(ratios),
            1.3,
        )
    ]


def filled(settings):
    """The seconds that each batch took."""
    with Double(settings) as double:
        # No slot, so that all stay in the queue.
        key = double.minted(concurrency=0, requestsPerSecond=10**9, queueLimit=BATCHES * BATCH)
        connection = http.client.HTTPConnection("127.0.0.1", double.port, timeout=30)
        seconds = [submitted(connection, key) for _ in range(BATCHES)]
        connection.close()
        queued = len(double.get("/_mock/tasks", key=key, status="QUEUED")["tasks"])
    if queued != BATCHES * BATCH:
        raise RuntimeError(f"{queued} tasks queued")
    return seconds


ITEMS = [
    {
        "taskType": "CHATGPT",
        "priority": 1 + number % 10,
        "payload": {"prompt": f"Question {number}", "country": "US"},
    }
    for number in range(BATCH)
]
TEXT = json.dumps(ITEMS)


def submitted(connection, key):
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    start = time.perf_counter()
    connection.request("POST", "/v1/async/task/batch", TEXT, headers)
    response = connection.getresponse()
    text = response.read()
    taken = time.perf_counter() - start
    if response.status != 200 or json.loads(text)["summary"]["succeeded"] != BATCH:
        raise RuntimeError(f"batch: {response.status} {text[:200]}")
    return taken
