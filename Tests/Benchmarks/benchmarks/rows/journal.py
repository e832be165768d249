"""Pages of the journal, and whether they keep other requests waiting."""

import sys
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from .. import table
from ..double import BODY, KEY, PATH, Double, request
from ..tools import Wrk, paced

PAGE = "/_mock/journal?limit=100"
BAR = 5_000
# Of the questions that are asked beside it, a second.
RATE = 200
QUESTIONS = 4


def measure(settings, _names):
    rates, delays = zip(*[paged(settings) for _ in range(settings.rounds)], strict=True)
    what = "pages of 100 entries of the journal"
    return [
        table.at_least("journal", what, f"{median(rates):,.0f}/s to {BAR:,}/s",
                       median(rates) / BAR, 1),
        table.within("journal", f"{BAR:,} {what} a second: how much longer a question takes, p99",
                     median(delays), 1, "ms"),
    ]  # fmt: skip


def paged(settings):
    """Pages a second, and by how many milliseconds the bar's rate of them delays an answer.

    As many pages as can be had keep both cores of a small machine busy, and what waits then is the
    program that asks.
    """
    question, page = settings.folder / "question.http", settings.folder / "page.http"
    question.write_bytes(request("POST", PATH, BODY))
    page.write_bytes(request("GET", PAGE, ""))
    seconds = settings.seconds
    with Double(settings) as double, ThreadPoolExecutor(1) as beside:
        Wrk(settings.folder, BODY, KEY).run(double.url + PATH, 1)
        load = Wrk(settings.folder, "", KEY, "GET").run(double.url + PAGE, seconds)
        alone = paced(double.port, question, RATE, seconds, QUESTIONS)
        # A second longer at both ends: the first one isn't counted.
        pages = beside.submit(paced, double.port, page, BAR, seconds + 2)
        asked = paced(double.port, question, RATE, seconds, QUESTIONS)
        shown = pages.result()
    if load["statuses"] or load["sockets"] or shown["errors"] or shown["unanswered"]:
        raise RuntimeError(f"pages: {load} {shown}")
    print(
        f"  {load['rate']:,.0f}/s, p99 {alone['p99']} and {asked['p99']} µs, "
        f"late by {asked['late']} µs", file=sys.stderr,
    )  # fmt: skip
    return load["rate"], (asked["p99"] - alone["p99"]) / 1e3
