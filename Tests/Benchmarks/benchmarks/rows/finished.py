"""A million finished tasks: what each of them takes, and whether they slow anything down."""

import http.client
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from .. import table
from ..double import Double
from ..peers.nginx import Nginx
from ..sample import asked

FEW, MANY = 1_000, 1_000_000
BATCH = 500
# What is done before memory is first read: what is made once is there, and the journal is full.
WARM_UP = 10_000
JOURNAL = WARM_UP // BATCH
# The longest that the tasks of a batch may take to their ends.
REST_SECONDS = 60
# All of them have as many bytes, and each is new.
QUESTION = "What do you know about company {:08d}?"
TEXT = len(QUESTION.format(0))
# How often each call is timed; the median counts.
CALLS = 400


def measure(settings, _names):
    sizes, calls = zip(*[grown(settings) for _ in range(settings.rounds)], strict=True)
    what = f"memory of each of {MANY:,} finished tasks, beyond its text"
    outcomes = [table.within("finished", what, max(sizes), 400, "bytes")]
    for delivers, is_kept in (True, False), (False, True), (True, True):
        found = [size(settings, delivers, is_kept) for _ in range(settings.rounds)]
        name = what + ", its webhook delivered" * delivers + ", with a database" * is_kept
        bar = 700 if delivers else 400
        outcomes.append(table.within("finished", name, max(found), bar, "bytes"))
    for name in calls[0]:
        few, many = (median(call[name][place] for call in calls) * 1e3 for place in (0, 1))
        ratio = median(call[name][1] / call[name][0] for call in calls)
        outcomes.append(
            table.at_most(
                "finished", f"{name}, {MANY:,} finished tasks to {FEW:,}",
                f"{many:.2f} ms to {few:.2f} ms", ratio, 1.3,
            )
        )  # fmt: skip
    return outcomes


def grown(settings):
    """Bytes of a task, and the seconds of each call with few and with many finished tasks."""
    with started(settings) as double:
        client = Client(double)
        # The first reset of a process takes longer than any other.
        client.submit(FEW)
        client.reset()
        client.submit(FEW)
        few = client.timed()
        size = client.size()
        many = client.timed()
        # What is reset is rebuilt, so that the same process shows both.
        resets = [client.reset()]
        for _ in range(5):
            client.submit(FEW)
            resets.append(client.reset())
    calls = {name: (few[name], many[name]) for name in few}
    calls["reset"] = (median(resets[1:]), resets[0])
    print(f"  {size:.0f} bytes, {calls}", file=sys.stderr)
    return size, calls


def size(settings, delivers, is_kept):
    """Bytes of a task."""
    with tempfile.TemporaryDirectory(dir=settings.folder) as folder:
        flags = ["--database", Path(folder, "ledger.db")] if is_kept else []
        with (
            started(settings, *flags) as double,
            Nginx(settings.folder, asked(double.port)) as receiver,
        ):
            client = Client(double, receiver.url if delivers else None)
            client.submit(WARM_UP)
            size = client.size()
            client.check_delivered()
    print(f"  {size:.0f} bytes, webhook: {delivers}, database: {is_kept}", file=sys.stderr)
    return size


def started(settings, *flags):
    limits = [f"finished-tasks={2 * MANY}", f"deliveries={2 * MANY}"]
    # A short journal is as large as it gets before memory is first read.
    return Double(
        settings, "--journal-entries", JOURNAL,
        *[flag for limit in limits for flag in ("--limit", limit)], *flags,
    )  # fmt: skip


class Client:
    def __init__(self, double, receiver=None):
        self.double = double
        self.receiver = receiver
        self.key = double.minted(
            concurrency=1_000, requestsPerSecond=10**9, queueLimit=10**6, credits=10**12,
            progression="immediate", webhookSecret="whsec_benchmark",
        )  # fmt: skip
        self.connection = http.client.HTTPConnection("127.0.0.1", double.port, timeout=120)
        self.count = 0
        # How many were submitted before the report began anew.
        self.earlier = 0
        self.last = None

    def ask(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        start = time.perf_counter()
        self.connection.request(method, path, body and json.dumps(body), headers)
        response = self.connection.getresponse()
        text = response.read()
        taken = time.perf_counter() - start
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:200]}")
        return taken, text

    def batch(self):
        tasks = []
        for _ in range(BATCH):
            question = QUESTION.format(self.count)
            task = {"taskType": "CHATGPT", "payload": {"prompt": question, "country": "US"}}
            if self.receiver:
                task["webhook"] = {"url": f"{self.receiver}/webhook"}
            tasks.append(task)
            self.count += 1
        taken, text = self.ask("POST", "/v1/async/task/batch", tasks)
        answer = json.loads(text)
        if answer["summary"]["succeeded"] != BATCH:
            raise RuntimeError(f"batch: {text[:200]}")
        self.last = answer["results"][-1]["task"]["id"]
        return taken

    def submit(self, count):
        """Submits tasks, and waits until all have ended and have been reported."""
        for _ in range(count // BATCH):
            self.batch()
            self.wait()

    def wait(self):
        """Waits until all that was submitted is charged and, where it is to be, delivered."""
        end = time.monotonic() + REST_SECONDS
        while True:
            _, text = self.ask("GET", f"/_mock/report?key={self.key}")
            report = json.loads(text)
            charged = sum(row["async"] for row in report["byProvider"])
            webhooks = report["webhooks"]
            if charged == self.count - self.earlier and webhooks["delivered"] == self.delivered:
                return
            if webhooks["failed"] or time.monotonic() > end:
                raise RuntimeError(f"{self.count} were submitted: {text[:300]}")

    def size(self):
        """Bytes that each of many more tasks takes beyond its text, once all have ended: what the
        process's resident memory has grown by."""
        before = self.double.resident()
        self.submit(MANY)
        return (self.double.resident() - before) * 2**20 / MANY - TEXT

    @property
    def delivered(self):
        """How many reports are to be delivered."""
        return self.count if self.receiver else 0

    def check_delivered(self):
        """Fails unless the last report was delivered and none was dropped."""
        _, text = self.ask("GET", f"/_mock/webhooks?since={max(0, self.delivered - 1)}")
        answer = json.loads(text)
        last = [row["status"] for row in answer["webhooks"]]
        if answer["dropped"] or last != [200] * bool(self.delivered):
            raise RuntimeError(f"deliveries: {text[:300]}")

    def timed(self):
        """The median seconds of each call."""
        return {
            "batch of 500": median(self.batch() for _ in range(20)),
            "read": median(self.ask("GET", f"/v1/async/task/{self.last}")[0] for _ in range(CALLS)),
            "status": median(self.ask("GET", "/v1/async/status")[0] for _ in range(CALLS)),
        }

    def reset(self):
        taken, _ = self.ask("POST", f"/_mock/reset?key={self.key}")
        self.earlier = self.count
        return taken
