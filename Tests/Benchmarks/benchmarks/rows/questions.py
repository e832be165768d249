"""A new question each time: what a test suite asks, and what nothing that is remembered helps with.

Each kind of request has a peer of its own: nginx, which sends bytes of the same number.
"""

import json
import sys
from dataclasses import dataclass, field
from statistics import median

from .. import audit, sample, table
from ..double import KEY, Double, request, verified
from ..peers import Nginx
from ..settings import ratio
from ..tools import Wrk

WARM_UP = 1
# Of so many answers the one of median length is what nginx sends.
SAMPLES = 101
NUMBER = "{:08d}"
EVERY_INCLUDE = dict.fromkeys(
    ["html", "markdown", "rawResponse", "searchQueries", "ads", "shopping"], True
)
QUERY = {"query": f"best laptop {NUMBER}", "country": "US"}


@dataclass(frozen=True)
class Kind:
    """One kind of request, and the least ratios to nginx in memory and on disk; without one it
    isn't measured there."""

    path: str
    body: dict = field(default_factory=dict)
    memory: float | None = None
    disk: float | None = None
    revision: str = "2026-07"
    method: str = "POST"
    """With `GET` the last part of the path is the identifier of a task that has ended."""

    @property
    def text(self):
        return json.dumps(self.body, separators=(",", ":")) if self.body else ""


def _prompt(path, memory, disk=None, revision="2026-07", **members):
    body = {"prompt": f"What do you know about company {NUMBER}?", "country": "US", **members}
    return Kind(f"/v1/monitor/{path}", body, memory, disk, revision)


KINDS = {
    "new-chatgpt": _prompt("chatgpt", 0.85, 0.75),
    "new-chatgpt-2026-10": _prompt("chatgpt", 0.85, 0.75, "2026-10"),
    "new-gemini": _prompt("gemini", 0.85, 0.75),
    "new-copilot": _prompt("copilot", 0.85, 0.75),
    "new-perplexity": _prompt("perplexity", 0.8),
    "new-aimode": _prompt("aimode", 0.8),
    "new-chatgpt-everything": _prompt("chatgpt", 0.8, include=EVERY_INCLUDE),
    "new-google": Kind("/v1/monitor/google", QUERY, 0.7),
    "new-google-pages": Kind(
        "/v1/monitor/google", QUERY | {"pages": 10, "include": {"aioverview": {}}}, 0.6
    ),
    "new-task": Kind(
        "/v1/async/task",
        {"taskType": "CHATGPT", "payload": _prompt("chatgpt", 0).body},
        0.75,
    ),
    "read-task": Kind("/v1/async/task/", memory=0.85, method="GET"),
    "countries": Kind("/v1/countries", memory=1.0, method="GET"),
}
NAMES = list(KINDS)


def measure(settings, names):
    Nginx.installed()
    return [outcome for name in names for outcome in guarded(settings, name)]


def guarded(settings, name):
    """One kind's failure costs its own rows, and no others."""
    try:
        return measured(settings, name, KINDS[name])
    except Exception as error:
        # Whatever it was, the row says so.
        print(f"  {name}: {error}", file=sys.stderr)
        return [table.failed(name, f"{type(error).__name__}: {error}")]


def measured(settings, name, kind):
    """The outcomes of one kind."""
    places = ["memory"] + ["disk"] * (kind.disk is not None)
    rates, costs = {}, {}
    answer = answer_of(settings, kind)
    for order in settings.alternating([*places, "nginx"]):
        for contender in order:
            load = measured_load(settings, kind, contender, answer)
            rates.setdefault(contender, []).append(load["rate"])
            costs.setdefault(contender, []).append(load["cost"])
            print(f"  {contender} {load['rate']:,.0f}/s, {load['cost']:.1f} µs", file=sys.stderr)
    outcomes = []
    for place in places:
        where = "on disk" if place == "disk" else "in memory"
        ours, theirs = rates[place], rates["nginx"]
        processor = f"{median(costs[place]):.1f} to {median(costs['nginx']):.1f} µs"
        outcomes.append(
            table.at_least(
                name, f"{kind.method} {kind.path}, ledger {where}, to Nginx",
                f"{median(ours):,.0f}/s to {median(theirs):,.0f}/s", ratio(ours, theirs),
                getattr(kind, place),
                f"processor time {processor} an answer of {len(answer.body):,} bytes",
            )
        )  # fmt: skip
    return outcomes


def measured_load(settings, kind, contender, answer):
    if contender == "nginx":
        with Nginx(settings.folder, answer) as nginx:
            return loaded(settings, kind, nginx, kind.path)[-1]
    database = settings.folder / "questions.db"
    flags = ["--database", database] if contender == "disk" else []
    try:
        with started(settings, kind, *flags) as double:
            loads = loaded(settings, kind, double, path_of(double, kind))
            audit.balanced(double, loads)
            if double.stop() != 0:
                raise RuntimeError("the double ended with an error")
        if contender == "disk":
            verified(settings.binary, database)
    finally:
        for file in settings.folder.glob(database.name + "*"):
            file.unlink()
    return loads[-1]


def started(settings, kind, *flags):
    return Double(settings, "--contract", kind.revision, *flags)


def loaded(settings, kind, server, path):
    """The warm-up and the measured load."""
    wrk = Wrk(settings.folder, kind.text, KEY, kind.method)
    loads = [wrk.run(server.url + path, WARM_UP)]
    before = server.processor_seconds()
    load = wrk.run(server.url + path, settings.seconds)
    load["cost"] = (server.processor_seconds() - before) * 1e6 / load["requests"]
    loads.append(load)
    if any(each["statuses"] or each["sockets"] for each in loads):
        raise RuntimeError(f"answers other than 200: {loads}")
    return loads


def path_of(double, kind):
    if not kind.path.endswith("/"):
        return kind.path
    task = KINDS["new-task"]
    body = json.loads(task.text.replace(NUMBER, "00000000"))
    return kind.path + double.post(task.path, body)["task"]["id"]


def answer_of(settings, kind):
    """What nginx is to send."""
    with started(settings, kind) as double:
        path = path_of(double, kind)
        answers = [
            sample.asked(
                double.port, request(kind.method, path, kind.text.replace(NUMBER, f"{n:08d}"))
            )
            for n in range(SAMPLES if NUMBER in kind.text else 1)
        ]
    return sorted(answers, key=lambda answer: len(answer.body))[len(answers) // 2]
