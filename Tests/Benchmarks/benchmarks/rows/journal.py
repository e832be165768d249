"""Pages of the journal, and whether they keep other requests waiting."""

import sys
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
        table.within("journal", f"{what}: how much longer a question takes beside them, p99",
                     median(delays), 1, "ms"),
    ]  # fmt: skip


def paged(settings):
    """Pages a second, and by how many milliseconds they delay a question's answer."""
    question = settings.folder / "question.http"
    question.write_bytes(request("POST", PATH, BODY))
    with Double(settings) as double:
        ask = Wrk(settings.folder, BODY, KEY)
        ask.run(double.url + PATH, 1)
        alone = paced(double.port, question, RATE, settings.seconds, QUESTIONS)
        pages = Wrk(settings.folder, "", KEY, "GET").started(double.url + PAGE, settings.seconds)
        beside = paced(double.port, question, RATE, settings.seconds, QUESTIONS)
        load = pages()
    if load["statuses"] or load["sockets"]:
        raise RuntimeError(f"pages: {load}")
    print(f"  {load['rate']:,.0f}/s, p99 {alone['p99']} and {beside['p99']} µs", file=sys.stderr)
    return load["rate"], (beside["p99"] - alone["p99"]) / 1e3
