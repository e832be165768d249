"""Limits that do run out, under full load from 64 connections: none lets one too many through."""

import sys
import threading

from .. import table
from ..audit import ANSWERED
from ..double import BODY, PATH, PRICE, Double
from ..tools import Wrk

LOAD_SECONDS = 1
LOADS_AT_MOST = 60
PER_SECOND = 50
AFFORDABLE = 5_000
SLOTS = 10


def measure(settings, _names):
    outcomes = []
    for what, count, expected in [
        (f"rate limit, {PER_SECOND} a second, 3 s", rate(settings), 3 * PER_SECOND),
        (f"credits for {AFFORDABLE:,} answers", credits_(settings), AFFORDABLE),
        (f"{SLOTS} slots", slots(settings), SLOTS),
    ]:
        print(f"  {what}: {count}", file=sys.stderr)
        outcomes.append(
            table.Outcome(
                "exact",
                f"{what}, 64 connections",
                f"{count:,.0f} let through",
                f"= {expected:,}",
                f"{count / expected:.2f}",
                count == expected,
            )
        )
    return outcomes


def rate(settings):
    """Answers in three seconds of a clock that stands still under load."""
    with Double(settings, "--clock", "manual") as double:
        key = double.minted(requestsPerSecond=PER_SECOND, credits=10**9, concurrency=10**6)
        for _ in range(3):
            load(settings, double, key)
            double.post("/_mock/clock/advance", {"seconds": 1})
        return double.metrics()[ANSWERED]


def credits_(settings):
    """Answers for a balance that is too small by a few credits for one more."""
    with Double(settings) as double:
        left = PRICE - 1
        key = double.minted(
            requestsPerSecond=10**9, credits=AFFORDABLE * PRICE + left, concurrency=10**6
        )
        load(settings, double, key)
        page = double.get("/_mock/ledger", key=key, limit=0)
        if page["balance"] != left or not page["consistent"]:
            raise RuntimeError(f"the books don't agree: {page}")
        return double.metrics()[ANSWERED]


def slots(settings):
    """Requests held at once, and none once their clients have gone."""
    with Double(settings, "--clock", "manual", "--latency", "60s") as double:
        minted = double.post(
            "/_mock/keys", {"requestsPerSecond": 10**9, "credits": 10**9, "concurrency": SLOTS}
        )
        organization, most = minted["organization"], 0
        loading = threading.Thread(target=load, args=(settings, double, minted["key"]))
        loading.start()
        while loading.is_alive():
            most = max(most, double.slots(organization))
        loading.join()
        return most


def load(settings, double, key):
    """Full load until the limit has refused some of it."""
    wrk = Wrk(settings.folder, BODY, key)
    for _ in range(LOADS_AT_MOST):
        if wrk.run(double.url + PATH, LOAD_SECONDS)["statuses"]:
            return
    raise RuntimeError(f"nothing refused in {LOADS_AT_MOST * LOAD_SECONDS} s")
