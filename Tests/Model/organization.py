"""One organization as the contract describes it: credits, slots, buckets, tasks and rules."""

import copy
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, datetime

from requests_model import PLANS

DAY = 86_400_000
# What a fault does to a request: stand in for its answer, delay it, or spoil a good one on its way.
REPLACING = {"status", "connection_reset", "empty_response"}
DELAYING = {"latency"}
SPOILING = {"malformed_response", "truncate_body"}
FAILING = {"task_failure"}


def cycle_end(created, now):
    """The first end of a billing cycle after a moment: each month on the same day, or the last."""
    start = datetime.fromtimestamp(created / 1000, UTC)
    for number in range(1, 10_000):
        year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
        day = min(start.day, monthrange(year, month + 1)[1])
        end = created + round(
            (start.replace(year=year, month=month + 1, day=day) - start).total_seconds() * 1000
        )
        if end > now:
            return end


@dataclass
class Flight:
    """A synchronous question in its latency."""

    key: str
    revision: str
    price: int
    began: int
    ends: int
    headers: dict
    handle: int
    order: int = 0
    gone: bool = False
    provider: str = ""
    stub: object = None
    spoilt: object = None  # the kind of fault that its answer met on the way
    fault: object = None  # the fault that takes the place of its answer


@dataclass
class Task:
    id: str
    type: str
    priority: int
    created: int
    price: int
    key: str
    idempotency: object = None
    webhook: object = None
    status: str = "QUEUED"
    charged: object = None
    picked: object = None
    latency: object = None
    ends: object = None
    order: int = 0
    reads: int = 0
    held: bool = False
    error: object = None
    stub: object = None
    finished: object = None
    expires: object = None
    filed: bool = False  # whether it had ended when another process took over
    day_ends: int = 0  # when it is deleted, if it is finished by then


@dataclass
class Rule:
    """A fault or a stub."""

    id: str
    key: str
    body: dict
    left: object = None
    seen: int = 0


@dataclass
class Organization:
    name: str
    contract: str
    plan: str
    own_concurrency: object
    per_second: int
    latency: int
    progression: object
    queue_limit: int
    per_cycle: int
    created: int
    # Whether the plan says what a cycle grants, or the one who minted did.
    follows_plan: bool = True
    keys: dict = field(default_factory=dict)  # text: revoked
    entries: list = field(default_factory=list)  # (kind, amount)
    tasks: list = field(default_factory=list)
    flights: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    stubs: list = field(default_factory=list)
    hooks: list = field(default_factory=list)  # (task id, when it was reported)
    buckets: dict = field(default_factory=dict)  # (key, endpoint): (second, used)
    cycle_ends: int = 0
    cycle_order: int = 0
    larger: object = None  # what a larger plan has brought in this cycle: (credits, its end)

    # MARK: Credits

    @property
    def balance(self):
        return sum(amount for _, amount in self.entries)

    def enter(self, kind, amount):
        if amount:
            self.entries.append((kind, amount))

    def charge(self, price):
        """Whether the balance covered it."""
        if self.balance < price:
            return False
        self.enter("charge", -price)
        return True

    # MARK: Slots

    @property
    def used(self):
        return len(self.flights) + len(self.processing)

    @property
    def processing(self):
        return [each for each in self.tasks if each.status == "PROCESSING"]

    @property
    def queued(self):
        return [each for each in self.tasks if each.status == "QUEUED"]

    @property
    def concurrency(self):
        """What was said about this organization counts before what its plan says."""
        return PLANS[self.plan][1] if self.own_concurrency is None else self.own_concurrency

    def slot_headers(self, current=None):
        """Of an answer; `current` counts the request itself where it has, or lacks, a slot."""
        current = self.used if current is None else current
        return {
            "limit": str(self.concurrency),
            "current": str(current),
            "remaining": str(max(0, self.concurrency - current)),
        }

    # MARK: Rate

    def draw(self, key, endpoint, now):
        """Whether the request passes, and what is left after it."""
        second, used = self.buckets.get((key, endpoint), (None, 0))
        if second != now // 1000:
            used = 0
        passes = used < self.per_second
        used += passes
        self.buckets[key, endpoint] = (now // 1000, used)
        return passes, max(0, self.per_second - used)

    def remaining(self, key, endpoint, now):
        second, used = self.buckets.get((key, endpoint), (None, 0))
        return max(0, self.per_second - (used if second == now // 1000 else 0))

    # MARK: Settings

    def change(self, settings):
        if "plan" in settings:
            self.plan = settings["plan"]
        if "concurrency" in settings:
            self.own_concurrency = settings["concurrency"]
        if "requestsPerSecond" in settings:
            self.per_second = settings["requestsPerSecond"]
        if "latency" in settings:
            self.latency = int(settings["latency"].removesuffix("ms"))

    def take(self, settings, per_cycle, now):
        """What a change means for the credits."""
        brought, self.per_cycle = self.per_cycle, per_cycle
        if self.larger and now < self.larger[1]:
            brought = max(brought, self.larger[0])
        self.larger = None
        if "credits" in settings:
            self.enter("adjustment", settings["credits"] - self.balance)
        elif per_cycle > brought:
            self.enter("grant", per_cycle - brought)
        elif per_cycle < brought:
            self.larger = (brought, self.cycle_ends)
        if "addCredits" in settings:
            amount = settings["addCredits"]
            self.enter("grant" if amount > 0 else "adjustment", amount)

    # MARK: Rules

    def strike(self, kinds, key, path, provider):
        """The first fault of some kinds that concerns a request and has strokes left."""
        for rule in self.faults:
            match, kind = rule.body["match"], rule.body["fault"]["kind"]
            if kind not in kinds or rule.left == 0 or match.get("key", key) != key:
                continue
            if match.get("path", path) != path or match.get("provider", provider) != provider:
                continue
            rule.seen += 1
            if "nth" in match and rule.seen != match["nth"]:
                continue
            if rule.left is not None:
                rule.left -= 1
            return rule.body["fault"]
        return None

    def stub(self, key, provider):
        """The last stub that concerns a question and isn't used up."""
        for rule in reversed(self.stubs):
            match = rule.body["match"]
            if rule.left == 0 or match.get("key", key) != key:
                continue
            if match.get("provider", provider) != provider:
                continue
            if rule.left is not None:
                rule.left -= 1
            return rule.body
        return None

    # MARK: Copies

    def picture(self):
        """A copy without what is under way."""
        flights, self.flights = self.flights, []
        made = copy.deepcopy(self)
        self.flights = flights
        return made

    def shift(self, milliseconds):
        """Moves what is still to come."""
        for each in self.tasks:
            if each.ends is not None:
                each.ends += milliseconds
            if each.expires is not None:
                each.expires += milliseconds
            each.day_ends += milliseconds
