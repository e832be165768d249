"""Compares all that can be seen of each organization."""

from judge import Judge, same


class Comparison(Judge):
    def rows(self):
        found = self.double.control("GET", "organizations", status=200).json()["organizations"]
        return {each["organization"]: each for each in found if each["organization"] != "demo"}

    def compare(self):
        """Settles the double, then compares all that can be seen of each organization."""
        same(self.double.advance(0)["fired"], [], "fired without time")
        rows, world = self.rows(), self.world
        same(list(rows), list(world.organizations), "organizations")
        for name, one in world.organizations.items():
            row = rows[name]
            same(row["slots"], {"used": one.used, "limit": one.concurrency}, f"slots of {name}")
            same((row["queue"]["queued"], row["queue"]["processing"]),
                 (len(one.queued), len(one.processing)), f"queue of {name}")  # fmt: skip
            same((row["contract"], row["plan"]), (one.contract, one.plan), f"settings of {name}")
            self.compare_buckets(one, row)
            self.compare_ledger(one, row)
            self.compare_tasks(one)

    def compare_buckets(self, one, row):
        tails = {each["key"]: each for each in row["keys"]}
        same(
            {tail: each["revoked"] for tail, each in tails.items()},
            {key[-4:]: revoked for key, revoked in one.keys.items()},
            f"keys of {one.name}",
        )
        for key in one.keys:
            shown = {
                each["endpoint"]: (each["limit"], each["remaining"])
                for each in tails[key[-4:]]["buckets"]
            }
            drawn = {endpoint for of, endpoint in one.buckets if of == key}
            for endpoint in drawn | set(shown):
                left = one.remaining(key, endpoint, self.world.now)
                found = shown.get(endpoint, (one.per_second, one.per_second))
                same(found, (one.per_second, left), f"bucket {endpoint} of {key[-4:]}")

    def compare_ledger(self, one, row):
        key = next(iter(one.keys))
        ledger = self.double.ledger(key, limit=10_000)
        entries = [(each["kind"], each["amount"]) for each in ledger["entries"]]
        same(entries, one.entries, f"ledger of {one.name}")
        same((ledger["consistent"], ledger["balance"], row["credits"]),
             (True, one.balance, one.balance), f"balance of {one.name}")  # fmt: skip
        same(one.balance >= 0, True, "a balance that isn't negative")

    def compare_tasks(self, one):
        key = next(iter(one.keys))
        answer = self.double.control("GET", "tasks", status=200, key=key).json()
        found = [(each["id"], each["status"]) for each in answer["tasks"]]
        same(found, [(each.id, each.status) for each in one.tasks], f"tasks of {one.name}")
        hooks = self.double.control("GET", "webhooks", status=200, key=key).json()["webhooks"]
        # No document says which of several reports of the same moment comes first: whether a task
        # that fails for want of credits does, or one that its end has let fail.
        times = dict(one.hooks)
        found = [(each["taskId"], times.get(each["taskId"])) for each in hooks]
        same([at for _, at in found], [at for _, at in one.hooks], f"webhooks of {one.name}")
        same(sorted(found), sorted(one.hooks), f"webhooks of {one.name}")
