"""How long one answer takes: at half the double's load, and where a latency is simulated."""

import sys
from math import ceil
from statistics import median

from .. import sample, table
from ..double import BODY, KEY, PATH, Double, request
from ..peers import Nginx
from ..tools import Wrk, paced

# How often in a round each is measured: p99 is what the machine does in between, so some runs may
# miss the bar.
TURNS = 3
BAR, SHARE = 1.5, 0.8
SIMULATED_RATE = 5_000
SIMULATED_CONNECTIONS = 1_000
SIMULATED_MICROSECONDS = 100_000


def half_load(settings, _names):
    question = question_file(settings)
    Nginx.installed()
    answer = sample.of_the_double(settings)
    wrk = Wrk(settings.folder, BODY, KEY)
    latencies, rates, late = {Double: [], Nginx: []}, [], []
    for order in settings.alternating([Nginx, Double]):
        with Double(settings) as double, Nginx(settings.folder, answer) as nginx:
            rates.append(wrk.run(double.url + PATH, 3)["rate"] / 2)
            servers = {Double: double, Nginx: nginx}
            for contender in order * TURNS:
                port = servers[contender].port
                got = answered(paced(port, question, rates[-1], settings.seconds))
                latencies[contender].append(got["p99"])
                late.append(got["late"])
                print(f"  {contender.__name__} at {rates[-1]:,.0f}/s: {got}", file=sys.stderr)
    ours, theirs = latencies[Double], latencies[Nginx]
    runs = sorted(mine / other for mine, other in zip(ours, theirs, strict=True))
    return [
        table.at_most(
            "latency",
            f"p99 at half load ({median(rates):,.0f}/s), to Nginx, {SHARE:.0%} of {len(runs)} runs",
            f"{median(ours):,.0f} µs to {median(theirs):,.0f} µs",
            runs[ceil(SHARE * len(runs)) - 1],
            BAR,
            f"median ratio {median(runs):.2f}; {lateness(late)}",
        )
    ]


def simulated(settings, _names):
    question = question_file(settings)
    errors = []
    for _ in range(settings.rounds):
        with Double(settings, "--latency", f"{SIMULATED_MICROSECONDS}us") as double:
            got = paced(
                double.port, question, SIMULATED_RATE, settings.seconds, SIMULATED_CONNECTIONS,
                SIMULATED_MICROSECONDS,
            )  # fmt: skip
            errors.append(answered(got))
            print(f"  {got}", file=sys.stderr)
    what = f"error of a latency of 100 ms at {SIMULATED_RATE:,}/s"
    return [
        table.within(
            "simulated",
            f"{what}, {name}",
            median(error[key] for error in errors) / 1e3,
            bar,
            "ms",
            lateness(error["late"] for error in errors),
        )
        for name, key, bar in [("median", "p50", 1), ("p99", "p99", 5)]
    ]


def question_file(settings):
    file = settings.folder / "question.http"
    file.write_bytes(request("POST", PATH, BODY))
    return file


def lateness(microseconds):
    """What of the figure is the load generator's own."""
    return f"sent up to {median(microseconds):,.0f} µs late (p99)"


def answered(got):
    if got["errors"] or got["unanswered"]:
        raise RuntimeError(f"not all answered: {got}")
    return got
