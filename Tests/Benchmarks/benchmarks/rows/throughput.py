"""One question, answered again and again, against everything else that could answer it."""

import sys
from statistics import median

from .. import audit, sample, table
from ..double import BODY, KEY, PATH, Double, verified
from ..peers import FastAPI, Hummingbird, HummingbirdBytes, MockLimit, Nginx
from ..settings import ratio
from ..tools import Wrk

# Row: the double, its peer, and how many times as fast it is to be, or None when that isn't judged.
ROWS = {
    "memory": ("memory", Nginx, None),
    "disk": ("disk", Nginx, None),
    "hummingbird": ("memory", Hummingbird, 3),
    "bytes": ("memory", HummingbirdBytes, None),
    "fastapi": ("memory", FastAPI, 12),
    "mocklimit": ("memory", MockLimit, 25),
}
NAMES = list(ROWS)
WARM_UP = 1


def measure(settings, names):
    return Throughput(settings).outcomes(names)


class Throughput:
    def __init__(self, settings):
        self.settings = settings
        self.answer = sample.of_the_double(settings)
        self.wrk = Wrk(settings.folder, BODY, KEY)
        self.rates, self.costs = {}, {}
        """Of each round: answers a second, and microseconds of processor time for one."""
        self.broken = {}
        """Why a contender couldn't be installed or measured."""
        self.dropped = {}
        """Of each round of the double's: journal entries."""

    def outcomes(self, names):
        for peer in dict.fromkeys(ROWS[name][1] for name in names):
            self.guarded(peer, peer.installed)
        contenders = list(dict.fromkeys(each for name in names for each in ROWS[name][:2]))
        for order in self.settings.alternating(contenders):
            for contender in order:
                self.guarded(contender, self.measure, contender)
        return [self.outcome(name) for name in names]

    def guarded(self, contender, action, *arguments):
        """One contender's failure costs the rows it stands in, and no others."""
        if contender in self.broken:
            return
        try:
            action(*arguments)
        except Exception as error:
            # Whatever it was, the rows say so.
            self.broken[contender] = f"{shown(contender)}: {error}"
            print(f"  {self.broken[contender]}", file=sys.stderr)

    def measure(self, contender):
        load = self.load(contender)
        self.rates.setdefault(contender, []).append(load["rate"])
        self.costs.setdefault(contender, []).append(load["cost"])
        text = f"{shown(contender)} {load['rate']:,.0f}/s, {load['cost']:.1f} µs"
        print(f"  {text}", file=sys.stderr, flush=True)

    def load(self, contender):
        if contender == "memory":
            return self.audited(contender)
        if contender == "disk":
            return self.audited_on_disk()
        with contender(self.settings.folder, self.answer) as peer:
            _warm_up, load = self.loads(peer)
        if load["statuses"] or load["sockets"]:
            raise RuntimeError(f"answers other than 200: {load}")
        return load

    def loads(self, server):
        """The warm-up and the measured load."""
        warm_up = self.wrk.run(server.url + PATH, WARM_UP)
        before = server.processor_seconds()
        load = self.wrk.run(server.url + PATH, self.settings.seconds)
        used = server.processor_seconds() - before
        return warm_up, load | {"cost": used * 1e6 / load["requests"]}

    def audited(self, name, *flags):
        """A load of the double's, after a look into its books."""
        with Double(self.settings, *flags) as double:
            loads = self.loads(double)
            self.dropped.setdefault(name, []).append(audit.audited(double, loads))
            code = double.stop()
        if code != 0:
            raise RuntimeError(f"the double ended with {code}")
        return loads[-1]

    def audited_on_disk(self):
        database = self.settings.folder / "throughput.db"
        try:
            load = self.audited("disk", "--database", database)
            verified(self.settings.binary, database)
        finally:
            for file in self.settings.folder.glob(database.name + "*"):
                file.unlink()
        return load

    def outcome(self, name):
        double, peer, bar = ROWS[name]
        for contender in (double, peer):
            if contender in self.broken:
                return table.failed(name, self.broken[contender])
        ours, theirs = self.rates[double], self.rates[peer]
        costs = f"{median(self.costs[double]):.1f} to {median(self.costs[peer]):.1f} µs"
        note = f"processor time {costs} an answer"
        if peer is Nginx:
            note += f"; journal dropped {median(self.dropped[double]):,.0f}"
        where = "in memory" if double == "memory" else "on disk"
        what = f"throughput, ledger {where}, to {shown(peer)}"
        figure = f"{median(ours):,.0f}/s to {median(theirs):,.0f}/s"
        if bar is None:
            return table.told(name, what, figure, ratio(ours, theirs), note)
        return table.at_least(name, what, figure, ratio(ours, theirs), bar, note)


def shown(contender):
    return contender if isinstance(contender, str) else contender.__name__
