"""All organizations and the clock: the model that the double is compared with."""

import copy

from organization import DAY, FAILING, SPOILING, Flight, Organization, Task, cycle_end
from requests_model import PLANS, TYPES

# Whether a database keeps tasks and rules beside organizations, credits and the clock.
SURVIVES_TASKS = True
FAILED = {"code": "INSUFFICIENT_CREDITS", "message": "Insufficient credits"}


class World:
    def __init__(self, now):
        self.now = now
        self.organizations = {}
        self.keys = {}  # text: organization's name, removed ones not
        self.orphans = []  # flights of organizations that are gone
        self.snapshots = {}
        self.order = 0
        self.ended = []  # flights that ended: (flight, outcome)

    def next_order(self):
        self.order += 1
        return self.order

    # MARK: Organizations

    def mint(self, name, key, settings):
        plan = settings["plan"]
        credits = settings.get("credits", PLANS[plan][0])
        one = Organization(
            name=name, contract=settings["contract"], plan=plan,
            own_concurrency=settings.get("concurrency"),
            per_second=settings.get("requestsPerSecond", 1000),
            latency=int(settings["latency"].removesuffix("ms")),
            progression=settings["progression"], queue_limit=settings.get("queueLimit", 100_000),
            per_cycle=credits, created=self.now, cycle_ends=cycle_end(self.now, self.now),
            follows_plan="credits" not in settings,
            cycle_order=self.next_order(),
        )  # fmt: skip
        one.enter("grant", credits)
        self.organizations[name] = one
        self.join(name, key)
        return one

    def join(self, name, key):
        self.organizations[name].keys[key] = False
        self.keys[key] = name

    def of(self, key):
        """The organization that a key opens; none when it is revoked."""
        one = self.organizations.get(self.keys.get(key))
        return one if one and not one.keys[key] else None

    def remove_key(self, key):
        name = self.keys.pop(key)
        one = self.organizations[name]
        del one.keys[key]
        if not one.keys:
            self.retire(one)
            del self.organizations[name]

    def retire(self, one):
        """What runs for an organization that is gone ends, and touches nothing."""
        self.orphans += one.flights
        one.flights = []

    def change(self, key, settings):
        """Returns the credits before tasks start that the change makes room for."""
        one = self.organizations[self.keys[key]]
        if "revoked" in settings:
            one.keys[key] = settings["revoked"]
        one.change(settings)
        per_cycle = one.per_cycle
        if "credits" in settings:
            per_cycle, one.follows_plan = settings["credits"], False
        elif "plan" in settings and one.follows_plan:
            per_cycle = PLANS[one.plan][0]
        one.take(settings, per_cycle, self.now)
        credits = one.balance
        self.schedule(one)
        return credits

    # MARK: Time

    def advance(self, milliseconds):
        """What falls due, in the order of its times: (at, kind, id or None)."""
        end, fired = self.now + milliseconds, []
        while True:
            due = [
                (each.ends, each.order, "latency", one, each)
                for one in self.organizations.values()
                for each in one.flights
            ]
            due += [(each.ends, each.order, "latency", None, each) for each in self.orphans]
            for one in self.organizations.values():
                for task in one.tasks:
                    if task.ends is not None:
                        due.append((task.ends, task.order, "completion", one, task))
                    if task.expires is not None:
                        due.append((task.expires, task.order, "expiry", one, task))
                due.append((one.cycle_ends, one.cycle_order, "cycle", one, one))
            due = [each for each in due if each[0] <= end]
            if not due:
                break
            self.now = max(self.now, min(each[0] for each in due))
            moment = sorted(
                (each for each in due if each[0] <= self.now), key=lambda each: each[:2]
            )
            # What falls due at one moment is over before anything takes the slots that it frees.
            for at, _, kind, one, what in moment:
                name = self.happen(kind, one, what)
                # For those of a process before there is no timer: they count as gone.
                if kind != "expiry" or not what.filed:
                    fired.append((at, kind, name))
            for one in self.organizations.values():
                self.schedule(one)
        self.now = end
        return fired

    def happen(self, kind, one, what):
        """What falls due; returns the name of what it happened to."""
        if kind == "latency":
            self.end_flight(one, what)
            return what.handle
        if kind == "completion":
            self.end_task(one, what)
        elif kind == "expiry":
            one.tasks.remove(what)
            if what.filed:
                # The file has its report no longer than the task.
                one.hooks = [each for each in one.hooks if each[0] != what.id]
        else:
            self.end_cycle(one)
            return one.name
        return what.id

    def end_cycle(self, one):
        one.enter("expiry", -one.balance)
        one.enter("grant", one.per_cycle)
        one.cycle_ends = cycle_end(one.created, self.now)
        one.cycle_order = self.next_order()

    # MARK: Synchronous questions

    def fly(self, one, key, price, latency, headers, handle, provider, stub, fault=None):
        flight = Flight(
            key, one.contract, price, self.now, self.now + latency, headers, handle,
            self.next_order(), provider=provider, stub=stub, fault=fault,
        )  # fmt: skip
        one.flights.append(flight)
        return flight

    def end_flight(self, one, flight):
        if one is None:
            self.orphans.remove(flight)
            outcome = ("fault", 0) if flight.fault else ("orphan", None)
            self.ended.append((flight, *outcome))
            return
        if flight.fault:
            outcome = ("fault", one.balance)
        elif flight.stub and "error" in flight.stub:
            outcome = ("error", one.balance)
        elif one.charge(flight.price):
            path = f"/v1/monitor/{flight.provider}"
            fault = one.strike(SPOILING, flight.key, path, flight.provider)
            flight.spoilt = fault and fault["kind"]
            outcome = ("charged", one.balance)
        else:
            outcome = ("poor", one.balance)
        one.flights.remove(flight)
        self.ended.append((flight, *outcome))

    # MARK: Tasks

    def submit(self, one, key, items):
        """`items` are (id, item, price)."""
        for identifier, item, price in items:
            one.tasks.append(
                Task(
                    identifier, item["taskType"], item.get("priority", 1), self.now, price, key,
                    item.get("idempotencyKey"), (item.get("webhook") or {}).get("url"),
                    day_ends=self.now + DAY,
                )
            )  # fmt: skip

    def schedule(self, one):
        """Fills the free slots. What takes no time ends when all beside it have started."""
        instant = True
        while instant:
            instant = []
            while one.used < one.concurrency and one.queued:
                task = max(one.queued, key=lambda each: each.priority)  # the first of the highest
                if one.balance < task.price:
                    self.finish(one, task, FAILED)
                elif self.pick_up(one, task):
                    if error := self.failure(one, task):
                        task.latency = 0
                        self.finish(one, task, error)
                    else:
                        instant.append(task)
            for task in instant:
                self.charge_task(one, task)

    def pick_up(self, one, task):
        """Starts a task; returns whether it takes no time."""
        provider = TYPES[task.type]
        task.status, task.picked, task.order = "PROCESSING", self.now, self.next_order()
        task.stub = one.stub(task.key, provider)
        mode = one.progression
        if mode == "hold":
            task.held = True
        elif mode == "time":
            return self.go_on(one, task)
        else:
            return mode == "immediate" or mode != "hold" and task.reads >= mode["polls"]
        return False

    def go_on(self, one, task):
        """A task that ends when its latency has passed; returns whether that is now."""
        latency = one.latency
        if task.stub and "latency" in task.stub:
            latency = int(task.stub["latency"].removesuffix("ms"))
        task.held, task.order = False, self.next_order()
        task.ends = self.now + latency if latency else None
        return latency == 0

    def failure(self, one, task):
        """The error that a fault or a stub gives a task."""
        stubbed = task.stub and task.stub.get("error")
        said = one.strike(FAILING, task.key, None, TYPES[task.type]) or stubbed
        return {"code": said["code"], "message": said["message"]} if said else None

    def charge_task(self, one, task):
        task.latency = self.now - task.picked
        self.finish(one, task, None if one.charge(task.price) else FAILED)

    def end_task(self, one, task):
        """A task's end by itself."""
        if error := self.failure(one, task):
            task.latency = self.now - task.picked
            self.finish(one, task, error)
        else:
            self.charge_task(one, task)

    def end_by_hand(self, one, task, error):
        if error:
            task.latency = self.now - task.picked
            self.finish(one, task, error)
        else:
            self.end_task(one, task)
        self.schedule(one)

    def finish(self, one, task, error):
        task.status = "FAILED" if error else "COMPLETED"
        task.error, task.charged = error, 0 if error else task.price
        task.ends, task.held = None, False
        task.expires = max(self.now, task.day_ends)
        if task.webhook:
            one.hooks.append((task.id, self.now))

    def read(self, one, task):
        """After an answer to a read: tasks that go on by reads do so."""
        if isinstance(one.progression, dict) and task.status in ("QUEUED", "PROCESSING"):
            task.reads += 1
            if task.status == "PROCESSING" and task.reads >= one.progression["polls"]:
                self.end_task(one, task)
                self.schedule(one)

    def find(self, identifier):
        for one in self.organizations.values():
            for task in one.tasks:
                if task.id == identifier:
                    return one, task
        return None, None

    # MARK: Reset and snapshots

    def reset(self, name=None):
        for each in [name] if name else list(self.organizations):
            one = self.organizations[each]
            self.retire(one)
            if name is None:
                for key in one.keys:
                    self.keys.pop(key)
                del self.organizations[each]
                continue
            one.entries, one.tasks, one.faults, one.stubs, one.hooks = [], [], [], [], []
            one.buckets = {}
            one.keys = dict.fromkeys(one.keys, False)
            one.larger = None
            one.enter("grant", one.per_cycle)

    def snapshot(self, name, only=None):
        taken = [only] if only else list(self.organizations)
        pictures = {each: self.organizations[each].picture() for each in taken}
        self.snapshots[name] = (self.now, pictures, only is None)

    def restore(self, name, only=None):
        at, pictures, is_whole = self.snapshots[name]
        wanted = [only] if only else list(pictures)
        if is_whole and not only:
            for each in list(self.organizations):
                if each not in pictures:
                    self.drop(each)
        order = list(dict.fromkeys([*self.organizations, *wanted]))
        if is_whole and not only:
            order = wanted
        for each in wanted:
            if each in self.organizations:
                self.drop(each)
            one = copy.deepcopy(pictures[each])
            one.shift(self.now - at)
            # Whoever restores them has them in memory.
            for task in one.tasks:
                task.filed = False
            # Cycles are counted from the creation: one that has gone by in the meantime is over.
            one.cycle_ends = cycle_end(one.created, self.now)
            self.organizations[each] = one
            for key in one.keys:
                self.keys[key] = each
            self.schedule(one)
        self.organizations = {each: self.organizations[each] for each in order}

    def restart(self):
        """Another process goes on with the file."""
        self.snapshots, self.orphans = {}, []
        for one in self.organizations.values():
            one.flights, one.buckets = [], {}
            if not SURVIVES_TASKS:
                one.tasks, one.faults, one.stubs = [], [], []
            for task in one.tasks:
                task.filed = task.status in ("COMPLETED", "FAILED")
            # A report that is over is read as long as its task.
            filed = {task.id for task in one.tasks if task.filed}
            one.hooks = [each for each in one.hooks if each[0] in filed]
            self.schedule(one)

    def carry(self):
        """Another process goes on with a document."""
        self.restore("carried")
        self.snapshots, self.orphans = {}, []

    def drop(self, name):
        one = self.organizations.pop(name)
        self.retire(one)
        for key in one.keys:
            self.keys.pop(key, None)
