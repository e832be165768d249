"""Two event loops, each with a load generator of its own, against nginx with two workers.

The double is told that the machine has three processors, because it has a loop less than those.
"""

import sys
from statistics import median

from .. import audit, table
from ..double import KEY, Double
from ..peers import Nginx
from ..settings import ratio
from ..tools import PROCESSORS, Wrk
from .questions import KINDS, WARM_UP, answer_of

NAME = "new-chatgpt"
LOOPS = 2
# So far apart that no question of one generator is one of another, or of the warm-up.
DISTANCE = 10_000_000


def measure(settings, _names):
    Nginx.installed()
    kind = KINDS[NAME]
    answer = answer_of(settings, kind)
    rates, costs = {}, {}
    for order in settings.alternating(["double", "nginx"]):
        for contender in order:
            load = loaded_by(contender, settings, kind, answer)
            rates.setdefault(contender, []).append(load["rate"])
            costs.setdefault(contender, []).append(load["cost"])
            print(f"  {contender} {load['rate']:,.0f}/s, {load['cost']:.1f} µs", file=sys.stderr)
    ours, theirs = rates["double"], rates["nginx"]
    processor = f"{median(costs['double']):.1f} to {median(costs['nginx']):.1f} µs"
    return [
        table.at_least(
            "loops",
            f"POST {kind.path}, two loops, two generators, in memory, to Nginx with two workers",
            f"{median(ours):,.0f}/s to {median(theirs):,.0f}/s",
            ratio(ours, theirs),
            0.8,
            f"processor time {processor} an answer",
        )
    ]


def loaded_by(contender, settings, kind, answer):
    if contender == "nginx":
        with Nginx(settings.folder, answer, workers=LOOPS) as nginx:
            return loaded(settings, kind, nginx)[-1]
    with Double(settings) as one, Double(settings, env={"LD_PRELOAD": str(PROCESSORS)}) as double:
        if double.threads() != one.threads() + LOOPS - 1:
            raise RuntimeError(f"{double.threads()} threads, with one loop {one.threads()}")
        one.stop()
        loads = loaded(settings, kind, double)
        audit.balanced(double, loads)
        if double.stop() != 0:
            raise RuntimeError("the double ended with an error")
    return loads[-1]


def loaded(settings, kind, server):
    """The warm-up, and the measured load: both generators' sums."""
    loads = [run(settings, kind, server, WARM_UP, first=0)]
    before = server.processor_seconds()
    load = run(settings, kind, server, settings.seconds, first=DISTANCE * LOOPS)
    load["cost"] = (server.processor_seconds() - before) * 1e6 / load["requests"]
    loads.append(load)
    if any(each["statuses"] or each["sockets"] for each in loads):
        raise RuntimeError(f"answers other than 200: {loads}")
    return loads


def run(settings, kind, server, seconds, first):
    starts = range(first, first + DISTANCE * LOOPS, DISTANCE)
    generators = [Wrk(settings.folder, kind.text, KEY, first=start) for start in starts]
    ends = [each.started(server.url + kind.path, seconds) for each in generators]
    counted = [end() for end in ends]
    return {name: sum(each[name] for each in counted) for name in counted[0]}
