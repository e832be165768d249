"""What a test does through the control API: keys, time, faults, stubs, resets and snapshots."""

from judge import Judge, milliseconds, same
from organization import Rule


class Administration(Judge):
    # MARK: Keys and settings

    def mint(self, **settings):
        made = self.double.mint(**settings)
        one = self.world.mint(made["organization"], made["key"], settings)
        same((made["credits"], made["concurrency"], made["requestsPerSecond"]),
             (one.balance, one.concurrency, one.per_second), "minted")  # fmt: skip
        self.keys.append(made["key"])

    def join(self, org):
        one = self.chosen(org)
        if one:
            made = self.double.mint(organization=one.name)
            self.world.join(one.name, made["key"])
            self.keys.append(made["key"])

    def patch(self, org, key, **settings):
        one, key = self.pair(org, key)
        if one is None:
            return
        if "addCredits" in settings:
            settings["addCredits"] = max(settings["addCredits"], -one.balance)
        answer = self.double.control("PATCH", f"keys/{key}", settings)
        same(answer.status_code, 200, f"status of a change, {answer.text}")
        most, found = self.world.change(key, settings), answer.json()["credits"]
        # Tasks that take no time may be charged before the call is answered, or after.
        same(max(one.balance, min(found, most)), found, "credits after a change")

    def remove(self, org, key):
        one, key = self.pair(org, key)
        if one:
            self.double.control("DELETE", f"keys/{key}", status=200)
            self.world.remove_key(key)

    # MARK: Time, rules, reset and snapshots

    def advance(self, seconds):
        wanted = self.world.advance(round(seconds * 1000))
        got = self.double.advance(seconds)
        same(milliseconds(got["now"]), self.world.now, "now")
        self.land()
        # Of a question the double names the request, which the model doesn't know.
        fired = sorted(
            (
                milliseconds(each["at"]),
                each["kind"],
                "" if each["kind"] == "latency" else each["id"],
            )
            for each in got["fired"]
            if each["id"] != "demo"
        )
        same(fired, sorted((a, k, "" if k == "latency" else i) for a, k, i in wanted), "fired")

    def fault(self, org, key, body):
        self.rule("faults", org, key, body)

    def stub(self, org, key, body):
        self.rule("responses", org, key, body)

    def rule(self, kind, org, key, body):
        one, key = self.pair(org, key)
        if one is None:
            return
        body = {**body, "match": {**body.get("match", {}), "key": key}}
        made = self.double.control("POST", kind, body, status=201).json()
        rules = one.faults if kind == "faults" else one.stubs
        rules.append(Rule(made["id"], key, body, body.get("times")))

    def calm(self, org, kind):
        one, key = self.pair(org)
        if one:
            self.double.control("DELETE", kind, status=200, key=key)
            (one.faults if kind == "faults" else one.stubs).clear()

    def restart(self, kills):
        self.double.restart(kills)
        self.meet()
        same(self.now(), self.world.now, "now")
        self.world.restart()

    def carry(self):
        self.world.snapshot("carried")
        self.double.carry()
        self.meet()
        same(self.now(), self.world.now, "now")
        self.world.carry()

    def reset(self, org=None):
        one, key = (None, None) if org is None else self.pair(org)
        if org is not None and one is None:
            return
        self.double.control("POST", "reset", status=200, **({"key": key} if key else {}))
        self.world.reset(one and one.name)

    def snapshot(self, name, org=None):
        one, key = (None, None) if org is None else self.pair(org)
        if org is not None and one is None:
            return
        path = f"snapshots/{name}"
        self.double.control("POST", path, status=201, **({"key": key} if key else {}))
        self.world.snapshot(name, one and one.name)

    def restore(self, name, org=None):
        one, key = (None, None) if org is None else self.pair(org)
        if name not in self.world.snapshots or (org is not None and one is None):
            return
        if one and one.name not in self.world.snapshots[name][1]:
            return
        path = f"snapshots/{name}/restore"
        self.double.control("POST", path, status=200, **({"key": key} if key else {}))
        self.world.restore(name, one and one.name)
