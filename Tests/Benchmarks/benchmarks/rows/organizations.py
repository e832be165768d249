"""Twenty-five thousand organizations with a million tasks: do the others cost anything?"""

import json
import random
import sqlite3
import sys
import time
from statistics import median

from .. import table
from ..double import Double, command
from ..processes import free_port
from ..settings import ratio
from ..tools import started

FEW, MANY = 1_000, 25_000
TASKS = 40
STARTS = 11
LONGEST_START = 100
CALLS = 200

# Organizations like the one that the double has made, with a key, a grant and its documents. Their
# keys end in the organization's number.
COPIES = [
    """
    WITH RECURSIVE number (n) AS (VALUES (:model + 1)
      UNION ALL SELECT n + 1 FROM number WHERE n < :last)
    INSERT INTO organization (id, name, plan, settings, balance, created_at)
    SELECT n, 'org-' || n, plan, settings, balance, created_at
    FROM number, organization WHERE id = :model
    """,
    """
    INSERT INTO api_key (text, organization, settings, revoked)
    SELECT printf('sk_live_%032x', id), id, NULL, 0 FROM organization WHERE id > :model
    """,
    """
    INSERT INTO entry (key, at, kind, amount, balance)
    SELECT id << 40 | 1, created_at, 'grant', balance, balance FROM organization WHERE id > :model
    """,
    """
    INSERT INTO document (kind, organization, id, body)
    SELECT kind, copy.id, document.id, body FROM organization AS copy, document
    WHERE copy.id > :model AND document.organization = :model
    """,
]


def measure(settings, _names):
    files = {count: database(settings, count) for count in (FEW, MANY)}
    return [start(settings, files), *calls(settings, files)]


def database(settings, count):
    """A ledger file of so many organizations, each with finished tasks."""
    file = settings.folder / f"organizations-{count}.db"
    with Double(settings, "--database", file) as double:
        key = double.minted(progression="immediate", requestsPerSecond=10**6)
        submitted(double, key, TASKS)
        await_finished(double, key, TASKS)
    with sqlite3.connect(file) as connection:
        model = connection.execute("SELECT max(id) FROM organization").fetchone()[0]
        for statement in COPIES:
            connection.execute(statement, {"model": model, "last": count})
    connection.close()
    return file


def start(settings, files):
    milliseconds = {count: [] for count in files}
    for _ in range(STARTS):
        for count, file in files.items():
            port = free_port()
            flags = command(settings.binary, settings.folder, port, "--database", file)
            milliseconds[count].append(started(port, flags)["answered"])
    many, few = median(milliseconds[MANY]), median(milliseconds[FEW])
    return table.within(
        "organizations", f"start with {MANY:,} and {MANY * TASKS:,} finished tasks", many,
        LONGEST_START, "ms", f"with {FEW:,} {few:.1f} ms",
    )  # fmt: skip


def calls(settings, files):
    """Calls that concern one organization, made in turn of two doubles that run side by side."""
    seconds = {name: {count: [] for count in files} for name in CALLED}
    # The same organizations each time; the first of all are never among them.
    draw = random.Random(0)
    with (
        Double(settings, "--database", files[FEW]) as few,
        Double(settings, "--database", files[MANY]) as many,
    ):
        doubles = {FEW: few, MANY: many}
        for double in doubles.values():
            # All of them are read by then.
            double.get("/_mock/keys")
        for _ in range(CALLS):
            place = draw.random()
            for count, double in doubles.items():
                key = f"sk_live_{int(10 + place * (count - 10)):032x}"
                for name, call in CALLED.items():
                    begin = time.perf_counter()
                    call(double, key)
                    seconds[name][count].append(time.perf_counter() - begin)
    return [outcome(name, taken) for name, taken in seconds.items()]


def outcome(name, taken):
    many, few = (median(taken[count]) * 1e3 for count in (MANY, FEW))
    print(f"  {name}: {many:.3f} ms, {few:.3f} ms", file=sys.stderr)
    return table.at_most(
        "organizations", f"{name}, {MANY:,} organizations to {FEW:,}",
        f"{many:.2f} ms to {few:.2f} ms", ratio(taken[MANY], taken[FEW]), 1.3,
    )  # fmt: skip


def submitted(double, key, count=1):
    item = {"taskType": "CHATGPT", "payload": {"prompt": "What is new?", "country": "US"}}
    answer = asked(double, key, "POST", "/v1/async/task/batch", [item] * count)
    if answer["summary"]["succeeded"] != count:
        raise RuntimeError(f"batch: {answer}")
    double.task = answer["results"][0]["task"]["id"]


def asked(double, key, method, path, body=None):
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    double.control.request(method, path, body and json.dumps(body), headers)
    response = double.control.getresponse()
    text = response.read()
    if response.status != 200:
        raise RuntimeError(f"{method} {path}: {response.status} {text[:200]}")
    return json.loads(text)


def await_finished(double, key, count):
    double.post(
        "/_mock/tasks/await", {"match": {"key": key, "status": "COMPLETED"}, "count": count}
    )


CALLED = {
    "submission": submitted,
    "read": lambda double, key: double.get("/_mock/ledger", key=key),
    # Of the task that was submitted just before.
    "status": lambda double, key: asked(double, key, "GET", f"/v1/async/task/{double.task}"),
    "minting": lambda double, _: double.minted(),
    "reset": lambda double, key: double.ask("POST", "/_mock/reset", key=key),
}
