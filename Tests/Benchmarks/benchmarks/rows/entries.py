"""Five million ledger entries: does the length of the books cost anything?"""

import random
import sqlite3
import sys
import time
from statistics import median

from .. import table
from ..double import KEY, PATH, PRICE, Double, command, verified
from ..processes import free_port
from ..settings import ratio
from ..tools import started

FEW, MANY = 1_000, 5_000_000
RESTARTS = 30
CALLS = 500
PAGE = 100

# Charges as the double writes them, after entry 1, the grant.
CHARGES = """
WITH RECURSIVE number (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM number WHERE n < :count)
INSERT INTO entry (key, at, kind, amount, balance, endpoint, request_id, task_id)
SELECT grant_.key + n, grant_.at, 'charge', -:price, grant_.balance - n * :price,
  :path, printf('%08x-0000-4000-8000-%012x', n, n), NULL
FROM number, (SELECT * FROM entry WHERE id = 1) AS grant_
"""
BALANCE = "UPDATE organization SET balance = balance - :count * :price"


def measure(settings, _names):
    files = {count: database(settings, count) for count in (FEW, MANY)}
    return [*calls(settings, files), restart(settings, files)]


def database(settings, count):
    """A ledger file of so many entries; the double makes it, SQLite fills it."""
    file = settings.folder / f"entries-{count}.db"
    with Double(settings, "--database", file):
        pass
    values = {"count": count - 1, "price": PRICE, "path": PATH}
    with sqlite3.connect(file) as connection:
        connection.execute(CHARGES, values)
        connection.execute(BALANCE, values)
    connection.close()
    verified(settings.binary, file)
    return file


def calls(settings, files):
    """Balance and page, asked in turn of two doubles that run side by side."""
    seconds = {count: {"balance": [], "page": [], "first": []} for count in files}
    # The same pages each time: of 100 entries, anywhere.
    draw = random.Random(0)
    with (
        Double(settings, "--database", files[FEW]) as few,
        Double(settings, "--database", files[MANY]) as many,
    ):
        doubles = {FEW: few, MANY: many}
        for count, double in doubles.items():
            seconds[count]["first"].append(timed(double, count, 0, PAGE))
        for _ in range(CALLS):
            place = draw.random()
            for count, double in doubles.items():
                since = int(place * (count - PAGE))
                seconds[count]["balance"].append(timed(double, count, since, 0))
                seconds[count]["page"].append(timed(double, count, since, PAGE))
    milliseconds = {
        count: {name: median(taken) * 1e3 for name, taken in each.items()}
        for count, each in seconds.items()
    }
    print(f"  {milliseconds}", file=sys.stderr)
    firsts = [f"{milliseconds[count]['first']:.1f}" for count in (MANY, FEW)]
    return [
        outcome(
            what,
            milliseconds[MANY][name],
            milliseconds[FEW][name],
            ratio(seconds[MANY][name], seconds[FEW][name]),
            1.5,
            note,
        )
        for name, what, note in [
            ("balance", "balance", ""),
            ("page", f"page of {PAGE}", f"the first since the start {' to '.join(firsts)} ms"),
        ]
    ]


def timed(double, count, since, limit):
    start = time.perf_counter()
    text = double.ask("GET", "/_mock/ledger", key=KEY, since=since, limit=limit)
    taken = time.perf_counter() - start
    if not text.endswith('"consistent":true}') or text.count('"id":') != limit:
        raise RuntimeError(f"{count} entries, since {since}, limit {limit}: {text[-200:]}")
    return taken


def restart(settings, files):
    milliseconds = {count: [] for count in files}
    for _ in range(RESTARTS):
        for count, file in files.items():
            port = free_port()
            flags = command(settings.binary, settings.folder, port, "--database", file)
            milliseconds[count].append(started(port, flags)["answered"])
    many, few = milliseconds[MANY], milliseconds[FEW]
    return outcome("restart", median(many), median(few), ratio(many, few), 2)


def outcome(what, many, few, times, bar, note=""):
    return table.at_most(
        "entries", f"{what}, {MANY:,} entries to {FEW:,}", f"{many:.2f} ms to {few:.2f} ms",
        times, bar, note,
    )  # fmt: skip
