"""A million finished tasks: what each of them takes, and whether they slow anything down."""

import http.client
import json
import sys
import time
from statistics import median

from .. import table
from ..double import Double
from ..peers.nginx import Nginx
from ..sample import asked

FEW, MANY = 1_000, 1_000_000
BATCH = 500
# All of them have as many bytes, and each is new.
QUESTION = "What do you know about company {:08d}?"
TEXT = len(QUESTION.format(0))
# How often each call is timed; the median counts.
CALLS = 400


def measure(settings, _names):
    sizes, calls = zip(*[grown(settings) for _ in range(settings.rounds)], strict=True)
    what = f"memory of each of {MANY:,} finished tasks, beyond its text"
    delivered = [size(settings, delivers=True) for _ in range(settings.rounds)]
    outcomes = [
        table.within("finished", what, max(sizes), 400, "bytes"),
        table.within("finished", f"{what}, its webhook delivered", max(delivered), 700, "bytes"),
    ]
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
        client.submit(FEW)
        few = client.timed()
        before = double.resident()
        client.submit(MANY)
        size = (double.resident() - before) * 2**20 / MANY - TEXT
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


def size(settings, delivers):
    """Bytes of a task."""
    with started(settings) as double, Nginx(settings.folder, asked(double.port)) as receiver:
        client = Client(double, receiver.url if delivers else None)
        client.submit(10_000)
        before = double.resident()
        client.submit(MANY)
        size = (double.resident() - before) * 2**20 / MANY - TEXT
        client.check_delivered()
    print(f"  {size:.0f} bytes with a webhook", file=sys.stderr)
    return size


def started(settings):
    return Double(
        settings, "--limit", f"finished-tasks={2 * MANY}", "--limit", f"deliveries={2 * MANY}"
    )


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
            # An advance waits for all work that is under way.
            self.ask("POST", "/_mock/clock/advance", {"seconds": 0})

    def check_delivered(self):
        """Fails unless the last report was delivered and none was dropped."""
        since = self.count - 1
        _, text = self.ask("GET", f"/_mock/webhooks?since={since}")
        answer = json.loads(text)
        if answer["dropped"] or [row["status"] for row in answer["webhooks"]] != [200]:
            raise RuntimeError(f"deliveries: {text[:300]}")

    def timed(self):
        """The median seconds of each call."""
        return {
            "batch of 500": median(self.batch() for _ in range(20)),
            "read": median(self.ask("GET", f"/v1/async/task/{self.last}")[0] for _ in range(CALLS)),
            "status": median(self.ask("GET", "/v1/async/status")[0] for _ in range(CALLS)),
        }

    def reset(self):
        return self.ask("POST", f"/_mock/reset?key={self.key}")[0]
