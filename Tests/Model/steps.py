"""Random sequences of steps. A step is plain data, so that a sequence can be kept; it names
organizations, keys and tasks by numbers, so that it means something whatever was left out before.
"""

from random import Random

from requests_model import FLAGS, OCTOBER_FLAGS, PROVIDERS, REVISIONS, WITH_STATE, question_of

LATENCIES = ["0ms", "0ms", "250ms", "1000ms", "1700ms"]
ADVANCES = [0, 0.1, 0.25, 0.5, 1, 1, 1, 2, 5, 60]
LONG = [3600, 86_399, 86_400, 31 * 86_400]
NAMES = ["a", "b"]
HOOK = {"url": "http://127.0.0.1:9/hook"}
REFUSED_KEYS = [
    (None, "MISSING_API_KEY"),
    ("bearer sk_live_0000000000000000000000000000c10a", "MISSING_API_KEY"),
    ("Basic eDp5", "MISSING_API_KEY"), ("Bearer nonsense", "INVALID_API_KEY_FORMAT"),
    ("Bearer sk_live_0000000000000000000000000000C10A", "INVALID_API_KEY_FORMAT"),
    ("Bearer sk_test_" + "9" * 32, "INVALID_OR_EXPIRED_API_KEY"),
]  # fmt: skip
UNKNOWN = [
    ("GET", "/v1/nothing", None), ("POST", "/v1/monitor/bing", None), ("GET", "/v1/", None),
    ("GET", "/v1/monitor/chatgpt", "POST"), ("DELETE", "/v1/monitor/google/news", "POST"),
    ("POST", "/v1/credits", "GET"), ("GET", "/v1/async/task", "POST"),
]  # fmt: skip


class Steps:
    """`renews` adds what ends a process and begins another one."""

    def __init__(self, seed, renews=False):
        self.random, self.renews = Random(seed), renews

    def sequence(self):
        random = self.random
        steps = [self.mint() for _ in range(random.randint(1, 3))]
        # Each sequence has its own taste.
        menu = [
            (self.ask, 14), (self.submit, 8), (self.batch, 3), (self.read, 5), (self.advance, 12),
            (self.patch, 6), (self.get, 5), (self.drive, 3), (self.clear, 1), (self.leave, 2),
            (self.unknown, 2), (self.unauthorized, 1), (self.goto, 1), (self.fault, 4),
            (self.stub, 3), (self.calm, 1), (self.join, 1), (self.remove, 0.5), (self.mint, 1),
            (self.reset, 1), (self.snapshot, 2), (self.restore, 2),
        ]  # fmt: skip
        if self.renews:
            menu += [(self.restart, 3), (self.carry, 2)]
        makers = [make for make, _ in menu]
        weights = [weight * random.choice([0.2, 1, 1, 3]) for _, weight in menu]
        for _ in range(random.randint(10, 50)):
            made = random.choices(makers, weights)[0]()
            # A burst of the same request meets rate limits, slots and the last credits.
            steps += [made] * (
                random.choice([1, 1, 1, 2, 4]) if made["do"] in ("ask", "get") else 1
            )
        return steps

    # MARK: Whom it concerns

    def whom(self):
        random = self.random
        key = random.choice([90, 91, 92, 97]) if random.random() < 0.04 else random.randint(0, 2)
        return {"org": random.randint(0, 2), "key": key}

    def one_in(self, count):
        return self.random.randrange(count) == 0

    # MARK: Organizations

    def mint(self):
        random = self.random
        made = {
            "do": "mint", "plan": random.choice(["free", "lite", "hobby", "starter"]),
            "contract": random.choice(REVISIONS), "latency": random.choice(LATENCIES),
            "progression": random.choice(
                ["time", "time", "time", "immediate", "hold", {"mode": "polls", "polls": 2}]
            ),
            "webhookMode": "collect",
        }  # fmt: skip
        if random.random() < 0.7:
            made["credits"] = random.choice([0, 5, 7, 13, 20, 50, 400])
        if random.random() < 0.7:
            made["concurrency"] = random.choice([0, 1, 1, 2, 3])
        if random.random() < 0.5:
            made["requestsPerSecond"] = random.choice([1, 2, 3, 5])
        if random.random() < 0.2:
            made["queueLimit"] = random.choice([0, 1, 3])
        return made

    def join(self):
        return {"do": "join", "org": self.random.randint(0, 2)}

    def remove(self):
        return {"do": "remove", "org": self.random.randint(0, 2), "key": self.random.randint(0, 2)}

    def patch(self):
        random = self.random
        change = random.choice([
            {"plan": random.choice(["free", "lite", "hobby", "growth"])},
            {"concurrency": random.choice([0, 1, 2, 4])},
            {"credits": random.choice([0, 6, 7, 20, 1000])},
            {"addCredits": random.choice([-7, -1, 1, 5, 30])},
            {"requestsPerSecond": random.choice([1, 2, 4, 1000])},
            {"latency": random.choice(LATENCIES)},
            {"revoked": random.choice([True, False])},
            {"plan": "lite", "credits": 12, "concurrency": 2},
        ])  # fmt: skip
        return {"do": "patch", "org": random.randint(0, 2), "key": random.randint(0, 2), **change}

    # MARK: Requests

    def unauthorized(self):
        value, code = self.random.choice(REFUSED_KEYS)
        path = self.random.choice(["/v1/credits", "/v1/monitor/grok", "/v1/nothing"])
        return {"do": "unauthorized", "value": value, "code": code, "path": path}

    def unknown(self):
        method, path, allow = self.random.choice(UNKNOWN)
        made = {"do": "unknown", **self.whom(), "method": method, "path": path}
        return made | ({"allow": allow} if allow else {})

    def get(self):
        what, query = self.random.choice([
            ("credits", None), ("status", None), ("countries", None), ("countries", "model=grok"),
            ("countries", "model=AIOverview"), ("countries", "model=bing"),
            ("states", "country=US"), ("states", "country=DE"), ("states", "country=us"),
            ("states", None),
        ])  # fmt: skip
        return {"do": "get", **self.whom(), "what": what, "query": query}

    def goto(self):
        url = self.random.choice(
            ["https://www.google.com/url?q=https://example.com/", "https://example.com/", "x"]
        )
        return {"do": "goto", **self.whom(), "body": {"url": url}}

    def ask(self):
        provider = self.random.choice(list(PROVIDERS))
        made = {"do": "ask", **self.whom(), "provider": provider, "body": self.body(provider)}
        if self.one_in(40):
            made["body"] = self.random.choice([[], {"raw": "{"}, {"raw": ""}, "text", None])
        return made | ({"leaves": True} if self.one_in(15) else {})

    def leave(self):
        return {"do": "leave", "flight": self.random.randint(0, 5)}

    def body(self, provider):
        random = self.random
        body = {question_of(provider): f"Which laptop, {random.randint(0, 99)}?", "country": "US"}
        if provider in WITH_STATE and self.one_in(4):
            body["state"] = random.choice(["CA", "NY", "DC"])
        if provider in ("google", "google/news") and self.one_in(3):
            body["pages"] = random.choice([1, 2, 3, 10])
        flags = sorted(FLAGS[provider])
        if self.one_in(3):
            body["include"] = {
                flag: random.choice([True, True, False])
                for flag in random.sample(flags, random.randint(0, len(flags)))
            }
            if provider == "google" and self.one_in(3):
                body["include"]["aioverview"] = random.choice([{}, {"markdown": True}])
        if self.one_in(5):
            for _ in range(random.randint(1, 2)):
                self.spoil(provider, body)
        return body

    def spoil(self, provider, body):
        """Makes a body bad, or good in one revision only."""
        random, question = self.random, question_of(provider)
        kind = random.choice([
            "empty", "absent", "number", "long", "country", "unknown", "state", "pages", "device",
            "location", "include", "flag", "october", "overview",
        ])  # fmt: skip
        if kind == "absent":
            body.pop(random.choice([question, "country"]), None)
        elif kind in ("empty", "number", "long"):
            body[question] = {"empty": "", "number": 5, "long": "x" * 10_001}[kind]
        elif kind == "country":
            body["country"] = random.choice(["us", "ZZ", "DE", 7, None, "XK", "CN", ""])
        elif kind == "unknown":
            body[random.choice(["colour", "Prompt", "model"])] = True
        elif kind == "state":
            body["state"] = random.choice(["XX", "ca", "CAL", "CA", 5])
        elif kind == "pages":
            body["pages"] = random.choice([0, 11, 1.5, "2", True, 4, 9.5, 0.2])
        elif kind == "device":
            body["device"] = random.choice(["desktop", "mobile", "ios", "android", "tablet", 1])
        elif kind == "location":
            body["location"] = "Paris,France"
            if self.one_in(2):
                body["uule"] = "w+CAIQ"
        elif kind == "include":
            body["include"] = random.choice([[], True, None, "html"])
        elif isinstance(body.get("include", {}), dict):
            flags = {
                "flag": {random.choice(["html", "colour"]): random.choice(["yes", 1, None])},
                "october": {"googleGoto": True}, "overview": {
                    "aioverview": random.choice([{"colour": True}, True, False, {"markdown": 1}, 1])
                },
            }[kind]  # fmt: skip
            body["include"] = {**body.get("include", {}), **flags}
            if kind == "october" and provider not in OCTOBER_FLAGS:
                body["gl"], body["hl"] = "us", "en"

    # MARK: Tasks

    def item(self):
        random = self.random
        name = random.choice(list(PROVIDERS.values()))
        provider = {v: k for k, v in PROVIDERS.items()}[name]
        item = {"taskType": name, "payload": self.body(provider)}
        if self.one_in(3):
            item["priority"] = random.choice([1, 2, 5, 9, 10])
        if self.one_in(4):
            item["idempotencyKey"] = random.choice(["k1", "k2", "k3"])
        if self.one_in(4):
            item["webhook"] = dict(HOOK)
        if self.one_in(12):
            item |= random.choice([
                {"taskType": "BING"}, {"priority": 0}, {"priority": 11}, {"priority": "5"},
                {"payload": 5}, {"payload": {}}, {"colour": 1}, {"webhook": {"url": "ftp://x"}},
                {"idempotencyKey": 5},
            ])  # fmt: skip
        return item

    def submit(self):
        return {"do": "submit", **self.whom(), "item": self.item()}

    def batch(self):
        items = [self.item() for _ in range(self.random.choice([1, 2, 3, 5]))]
        if self.one_in(15):
            items = self.random.choice([[], {}, "x"])
        return {"do": "batch", **self.whom(), "items": items}

    def read(self):
        return {"do": "read", **self.whom(), "task": self.random.randint(0, 12)}

    def clear(self):
        return {"do": "clear", **self.whom()}

    def drive(self):
        verb = self.random.choice(["complete", "fail", "release"])
        return {"do": "drive", "task": self.random.randint(0, 5), "verb": verb}

    # MARK: Time and rules

    def advance(self):
        seconds = self.random.choice(LONG) if self.one_in(25) else self.random.choice(ADVANCES)
        return {"do": "advance", "seconds": seconds}

    def fault(self):
        random = self.random
        provider = random.choice(list(PROVIDERS))
        match = random.choice([
            {"provider": provider, "path": f"/v1/monitor/{provider}"},
            {"path": f"/v1/monitor/{provider}"}, {"path": "/v1/credits"},
            {"path": "/v1/async/task"},
        ])  # fmt: skip
        body = {"match": dict(match), "times": random.choice([1, 2])}
        if self.one_in(3):
            body["match"]["nth"] = random.choice([1, 2])
        is_monitor = "monitor" in match["path"]
        fault = {"kind": "status", "status": random.choice([500, 502, 503]), "retryAfter": 7}
        if is_monitor:
            fault = random.choice([
                fault, {"kind": "latency", "latency": "700ms"}, {"kind": "connection_reset"},
                {"kind": "empty_response"}, {"kind": "malformed_response"},
                {"kind": "truncate_body", "bytes": 5},
            ])  # fmt: skip
        if self.one_in(4):
            body["match"] = random.choice([{}, {"provider": provider}])
            fault = {"kind": "task_failure", "code": "ENGINE_DOWN", "message": "The engine is away"}
        return {"do": "fault", **self.pair(), "body": {**body, "fault": fault}}

    def pair(self):
        return {"org": self.random.randint(0, 2), "key": self.random.randint(0, 2)}

    def stub(self):
        random = self.random
        match = {"provider": random.choice([each for each in PROVIDERS if "google" not in each])}
        body = {"match": match, "times": random.choice([1, 2])}
        if self.one_in(3):
            body["latency"] = random.choice(["0ms", "900ms"])
        if self.one_in(3):
            body["error"] = {
                "status": 503, "retryAfter": 7, "code": "SERVICE_UNAVAILABLE", "message": "Away",
            }  # fmt: skip
        else:
            body["result"] = {"text": "The blue one."}
        return {"do": "stub", **self.pair(), "body": body}

    def calm(self):
        kind = self.random.choice(["faults", "responses"])
        return {"do": "calm", "org": self.random.randint(0, 2), "kind": kind}

    # MARK: Other processes

    def restart(self):
        return {"do": "restart", "kills": self.random.choice([True, False])}

    def carry(self):
        return {"do": "carry"}

    # MARK: Reset and snapshots

    def some(self):
        return {} if self.one_in(4) else {"org": self.random.randint(0, 2)}

    def reset(self):
        return {"do": "reset", **self.some()}

    def snapshot(self):
        return {"do": "snapshot", "name": self.random.choice(NAMES), **self.some()}

    def restore(self):
        return {"do": "restore", "name": self.random.choice(NAMES), **self.some()}
