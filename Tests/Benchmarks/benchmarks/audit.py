"""What must hold after a load: every 200 has its entry, and the books and the journal agree."""

import time

from .double import CREDITS, PATH, PRICE
from .tools import CONNECTIONS

ANSWERED = f'cloro_mock_requests_total{{endpoint="POST {PATH}",status="200"}}'


def audited(double, loads):
    """Fails unless all of it holds after these runs of wrk; says how many the journal dropped."""
    refused = [load for load in loads if load["statuses"] or load["sockets"]]
    _hold(not refused, f"answers other than 200: {refused}")

    metrics = _rested(double)
    answered = int(metrics[ANSWERED])
    others = {name: count for name, count in metrics.items()
              if name.startswith("cloro_mock_requests_total") and name != ANSWERED}  # fmt: skip
    _hold(not any(others.values()), f"other requests counted: {others}")
    # wrk leaves with a request on its way on each connection.
    received = sum(load["requests"] for load in loads)
    _hold(
        received <= answered <= received + CONNECTIONS * len(loads),
        f"wrk received {received} answers, the double counted {answered}",
    )

    # Entry 1 is the grant; folding keeps the numbers, so the last one's number is the count.
    page = double.get("/_mock/ledger", since=answered)
    numbers = [entry["id"] for entry in page["entries"]]
    _hold(numbers == [answered + 1], f"{answered} answers, last entries {numbers}")
    _hold(page["consistent"], "the entries don't sum to the balance")
    spent = CREDITS - page["balance"]
    _hold(spent == answered * PRICE, f"{answered} answers at {PRICE}, {spent} credits charged")

    journal = double.get("/_mock/journal", limit=10**6)
    sequences = [entry["sequence"] for entry in journal["entries"]]
    dropped = journal["dropped"]
    _hold(dropped + len(sequences) == answered, f"journal {len(sequences)}, dropped {dropped}")
    _hold(
        sequences == list(range(dropped + 1, answered + 1)),
        "the journal has dropped others than the oldest",
    )
    return dropped


def balanced(double, loads):
    """Fails unless after these loads of any kind the entries sum to the balance, and the double
    finds nothing wrong with itself."""
    metrics = _rested(double)
    counted = sum(
        int(count) for name, count in metrics.items()
        if name.startswith("cloro_mock_requests_total") and 'status="200"' in name
    )  # fmt: skip
    received = sum(load["requests"] for load in loads)
    _hold(received <= counted, f"wrk received {received} answers, the double counted {counted}")
    _hold(double.get("/_mock/ledger")["consistent"], "the entries don't sum to the balance")
    problems = double.get("/_mock/selfcheck")["problems"]
    _hold(not problems, f"problems: {problems}")


def _rested(double):
    """The metrics when no request holds a slot: wrk leaves while some wait for their commit."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        metrics = double.metrics()
        if not any(metrics[name] for name in metrics if name.startswith("cloro_mock_slots_used")):
            # Anew: these may have been counted before the last slot was free.
            return double.metrics()
    raise RuntimeError("requests hold slots ten seconds after the load")


def _hold(condition, otherwise):
    if not condition:
        raise RuntimeError(otherwise)
