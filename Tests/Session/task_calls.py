"""Asynchronous tasks: their creation, life, end, and the webhooks that report them."""

from monitor_calls import path_of, question
from normalising import SECRET
from playing import Receiver, value_of

KINDS = [
    "CHATGPT", "GEMINI", "GROK", "PERPLEXITY", "COPILOT", "AIMODE", "GOOGLE", "GOOGLE_NEWS",
]  # fmt: skip
TASK = "/v1/async/task"
BATCH = "/v1/async/task/batch"
UNKNOWN_ID = "b0864943-5d45-4796-bc64-f052661256f0"


def task(kind="CHATGPT", text="What is the best laptop?", payload=None, **members):
    name = "query" if kind.startswith("GOOGLE") else "prompt"
    return {
        "taskType": kind,
        "payload": {name: text, "country": "US", **(payload or {})},
        **members,
    }


def submit(player, key, note="", **members):
    """A new task's identifier."""
    return value_of(player.post(TASK, task(**members), key, note))["task"]["id"]


def read(player, key, identifier, note=""):
    return player.get(f"{TASK}/{identifier}", key, note)


def creation(player):
    """All kinds of tasks, and all refusals of one and of many."""
    key = player.mint(progression="hold", concurrency=2)
    for kind in KINDS:
        player.post(TASK, task(kind), key, kind)
    more = {"include": {"html": True, "markdown": True}}
    for kind in KINDS:
        player.post(TASK, task(kind, payload=more, priority=7), key, f"{kind} with more")
    player.get("/v1/async/status", key)
    for note, body in (
        ("no body", None), ("no JSON", b"["), ("an array", []), ("nothing", {}),
        ("no payload", {"taskType": "GROK"}), ("no kind", {"payload": {}}),
        ("no such kind", task("BING")), ("a lower-case kind", task("grok")),
        ("kind 1", task() | {"taskType": 1}),
        ("payload 1", {"taskType": "GROK", "payload": 1}),
        ("an empty payload", {"taskType": "GROK", "payload": {}}),
        ("a bad payload", task(payload={"state": 1, "include": {"html": 1}, "x": 2, "country": 3})),
        ("priority 0", task(priority=0)), ("priority 11", task(priority=11)),
        ("priority 1.5", task(priority=1.5)), ("priority x", task(priority="x")),
        ("priority 10", task(priority=10)),
        ("a key 1", task(idempotencyKey=1)), ("webhook 1", task(webhook=1)),
        ("webhook {}", task(webhook={})),
        ("url 1", task(webhook={"url": 1})), ("a bad url", task(webhook={"url": "ftp://a"})),
        ("a webhook's members", task(webhook={"url": "http://a.test", "secret": "b"})),
        ("unknown members", task(a=1, prioriti=2)),
        ("everything wrong",
         {"taskType": "X", "payload": 1, "priority": 0, "idempotencyKey": 2, "webhook": 3, "z": 4}),
    ):  # fmt: skip
        player.post(TASK, body, key, note)
    for note, body in (
        ("no JSON", b"x"), ("an object", {}), ("an empty batch", []), ("501", [task()] * 501),
        ("three", [task("GROK"), task("GEMINI", priority=3), task("GOOGLE")]),
        ("mixed", [task(), {}, 1, task("BING"), task(priority=0, a=1), task("GROK")]),
    ):  # fmt: skip
        player.post(BATCH, body, key, note)
    player.get("/v1/async/status", key)
    for identifier in (UNKNOWN_ID, "x", "%20", UNKNOWN_ID.upper()):
        read(player, key, identifier, "no such task")
    mine = submit(player, key, "to be read", idempotencyKey="k1")
    read(player, key, mine)
    player.call("HEAD", f"{TASK}/{mine}", None, key)
    read(player, player.mint(), mine, "of another organization")
    player.post(TASK, task(idempotencyKey="k1"), key, "a taken key")
    player.post(
        BATCH, [task(idempotencyKey=name) for name in ("k1", "k2", "k2")], key, "taken keys"
    )
    player.control("PATCH", f"keys/{key}", {"credits": 3})
    player.post(TASK, task(idempotencyKey="k1"), key, "a taken key, too few credits")
    player.post(TASK, task(), key, "too few credits")
    player.post(BATCH, [task(), task("GOOGLE"), task(idempotencyKey="k1")], key, "too few credits")
    player.call("DELETE", "/v1/async/queue", None, key)
    player.call("DELETE", "/v1/async/queue", None, key, "an empty queue")
    player.get("/v1/async/status", key)
    player.control("GET", f"tasks?key={key}")
    key = player.mint(queueLimit=2, concurrency=1, progression="hold")
    for number in range(4):
        player.post(TASK, task(text=f"Number {number}?"), key, f"two may wait, {number + 1}")
    player.post(BATCH, [task(), task()], key, "no room for a batch")
    player.control("PATCH", f"keys/{key}", {"queueLimit": 3})
    player.post(BATCH, [task(), task()], key, "room for one of two")
    player.post(BATCH, [task()], key, "room for one")
    key = player.mint(queueLimit=0)
    player.post(TASK, task(), key, "no queue")


def life(player):
    """Progression by time, by reads, at once and by hand; priorities, slots, credits, expiry."""
    key = player.mint(concurrency=1, latency="10s", credits=40)
    ids = [
        submit(player, key, f"priority {priority}", text=f"Of {priority}?", priority=priority)
        for priority in (1, 5, 10, 5)
    ]
    player.get("/v1/async/status", key)
    player.post(path_of("grok"), question("grok"), key, "a task holds the slot")
    for _ in ids:
        player.advance(10)
        for identifier in ids:
            read(player, key, identifier, "by time")
    player.control("GET", f"ledger?key={key}")
    player.advance(86_400, note="records end")
    read(player, key, ids[0], "its record has ended")
    key = player.mint(progression={"mode": "polls", "polls": 3})
    polled = submit(player, key, "by reads", kind="GOOGLE", payload={"pages": 2})
    for number in range(4):
        read(player, key, polled, f"read {number + 1} of 3")
    key = player.mint(progression="immediate", credits=12)
    for kind in ("CHATGPT", "GEMINI", "GOOGLE", "GROK"):
        one = submit(player, key, "at once", kind=kind) if kind != "GROK" else None
        if one:
            player.settle()
            read(player, key, one, "at once")
    player.post(TASK, task("GROK"), key, "at once, too few credits")
    key = player.mint(progression="hold", concurrency=3, latency="5s", credits=100)
    ids = [submit(player, key, "held", kind=kind) for kind in KINDS[:6]]
    for status in ("", "&status=QUEUED", "&status=PROCESSING", "&status=COMPLETED", "&status=x"):
        player.control("GET", f"tasks?key={key}{status}")
    for name, identifier in (("no such", UNKNOWN_ID), ("a bad", "x")):
        for verb in ("complete", "fail", "release"):
            player.control("POST", f"tasks/{identifier}/{verb}", {}, f"{name} task")
    one, two, three, four, five, six = ids
    for verb, body in (
        ("complete", {"result": 1}), ("complete", {"x": 1}), ("complete", []), ("complete", b"{"),
        ("fail", {"code": 1}), ("fail", {"mesage": "x"}), ("release", {"x": 1}), ("freeze", {}),
    ):  # fmt: skip
        player.control("POST", f"tasks/{one}/{verb}", body)
    player.control("GET", f"tasks/{one}/complete")
    player.control("POST", f"tasks/{one}/complete", {"result": {"text": "By hand."}})
    player.control("POST", f"tasks/{one}/complete", {}, "finished already")
    player.control("POST", f"tasks/{one}/fail", {}, "finished already")
    player.control("POST", f"tasks/{one}/release", {}, "finished already")
    player.control("POST", f"tasks/{two}/fail", {"code": "MODEL_UNAVAILABLE", "message": "No."})
    player.control("POST", f"tasks/{three}/fail")
    player.control("POST", f"tasks/{four}/release")
    player.control("POST", f"tasks/{four}/release", {}, "not held")
    player.control("POST", f"tasks/{five}/complete")
    player.advance(5)
    for identifier in ids:
        read(player, key, identifier, "by hand")
    player.control("PATCH", f"keys/{key}", {"credits": 1})
    player.control("POST", f"tasks/{six}/complete", {}, "too few credits at its end")
    read(player, key, six, "too few credits at its end")
    player.control("GET", f"tasks?key={key}")
    player.control("GET", f"ledger?key={key}")
    key = player.mint(concurrency=1, latency="10s", credits=16)
    ids = [submit(player, key, "credits for three at submission") for _ in range(4)]
    player.post(path_of("chatgpt"), question("chatgpt"), key, "beside tasks")
    player.advance(60)
    for identifier in ids:
        read(player, key, identifier, "credits for three")
    key = player.mint(concurrency=1, latency="4s", progression="time")
    gemini = path_of("gemini")
    held = player.begin("POST", gemini, question("gemini"), key, "holds the slot", slots=1)
    waiting = submit(player, key, "waits for a request's slot")
    read(player, key, waiting)
    player.advance(4, note="the slot goes on to the task")
    held.end()
    read(player, key, waiting)
    player.advance(4)
    read(player, key, waiting)


def webhooks(player):
    """Reports that are collected, delivered, tried again, and sent once more by hand."""
    key = player.mint(progression="immediate", webhookMode="collect", webhookSecret=SECRET)
    for kind in ("CHATGPT", "GOOGLE"):
        one = submit(
            player, key, "collected", kind=kind, webhook={"url": "https://hooks.test/a?b=c"}
        )
    player.settle()
    read(player, key, one, "collected")
    listed = player.control("GET", f"webhooks?key={key}")["webhooks"]
    player.control("POST", f"webhooks/{listed[0]['id']}/redeliver")
    player.control("POST", "webhooks/x/redeliver")
    player.control("POST", f"webhooks/{listed[0]['id']}/redeliver", {"x": 1})
    player.control("GET", f"webhooks/{listed[0]['id']}/redeliver")
    player.control("GET", f"webhooks?key={key}", note="once more")
    key = player.mint(progression="immediate", webhookMode="collect")
    submit(player, key, "collected unsigned", webhook={"url": "http://hooks.test"})
    player.settle()
    player.control("GET", f"webhooks?key={key}", note="unsigned")
    receiver = Receiver()
    player.normaliser.name_port(receiver.port, "recvr")
    key = player.mint(progression="immediate", webhookSecret=SECRET)
    hook = {"url": receiver.url + "?a=b"}
    for kind in KINDS:
        one = submit(player, key, "delivered", kind=kind, webhook=hook)
        player.hooks(receiver, kind)
    read(player, key, one, "delivered")
    receiver.statuses = [500, 302, 404]
    two = submit(player, key, "delivered at the fourth try", webhook=hook, idempotencyKey="i")
    player.hooks(receiver, "the first try")
    read(player, key, two, "not delivered yet")
    for _ in range(3):
        player.advance(480)
        player.hooks(receiver, "tries")
    read(player, key, two, "delivered at last")
    receiver.statuses = [500] * 6
    three = submit(player, key, "never delivered", webhook=hook)
    player.settle()
    number = player.control("GET", f"webhooks?key={key}", unseen=True)["webhooks"][-1]["id"]
    player.control("POST", f"webhooks/{number}/redeliver", note="by hand, refused")
    player.settle()
    player.advance(3000)
    player.hooks(receiver, "given up")
    read(player, key, three, "given up")
    player.control("POST", f"webhooks/{number}/redeliver", note="by hand, taken")
    player.hooks(receiver, "by hand")
    read(player, key, three, "by hand")
    player.control("GET", f"webhooks?key={key}")
    unsigned = player.mint(progression="immediate")
    submit(player, unsigned, "unsigned", webhook=hook)
    player.hooks(receiver, "unsigned")
    fails = player.mint(progression="hold", webhookSecret=SECRET)
    four = submit(player, fails, "to fail", webhook=hook)
    player.control("POST", f"tasks/{four}/fail")
    player.hooks(receiver, "a failed task")
    receiver.close()
    four = submit(player, key, "nobody listens", webhook=hook)
    player.settle()
    player.control("GET", f"webhooks?key={key}", note="nobody listens")
    player.control("DELETE", f"keys/{key}")
    player.control("GET", "webhooks")
    strange = player.mint(progression="immediate")
    submit(player, strange, "strange", webhook={"url": "http://127.0.0.1:0/"})
    player.settle()
    player.control("GET", f"webhooks?key={strange}", note="port 0")


def webhook_faults(player):
    """Each fault of a delivery."""
    receiver = Receiver()
    player.normaliser.name_port(receiver.port, "recvr")
    hook = {"url": receiver.url}
    for kind, more in (
        ("webhook_drop", {}), ("webhook_duplicate", {}), ("webhook_bad_signature", {}),
        ("webhook_stale_timestamp", {"seconds": 100_000}), ("webhook_reorder", {}),
    ):  # fmt: skip
        key = player.mint(progression="immediate", webhookSecret=SECRET)
        player.control("POST", "faults", {
            "match": {"key": key}, "fault": {"kind": kind, **more}, "times": 1,
        }, kind)  # fmt: skip
        submit(player, key, kind, webhook=hook)
        player.hooks(receiver, kind)
        submit(player, key, f"after {kind}", text="After?", webhook=hook)
        player.hooks(receiver, f"after {kind}")
        player.advance(120, note=kind)
        player.hooks(receiver, f"later than {kind}")
        player.control("GET", f"webhooks?key={key}", note=kind)
        player.control("GET", f"faults?key={key}", note=kind)
    key = player.mint(progression="immediate", webhookSecret=SECRET)
    player.control("POST", "faults", {"match": {"key": key}, "fault": {"kind": "webhook_reorder"}})
    submit(player, key, "held back alone", webhook=hook)
    player.hooks(receiver, "held back alone")
    player.advance(60, note="held back for a minute at most")
    player.hooks(receiver, "held back for a minute at most")
    receiver.close()


def snapshots(player):
    """Tasks and deliveries that go on where they were."""
    receiver = Receiver()
    player.normaliser.name_port(receiver.port, "recvr")
    receiver.statuses = [500]
    key = player.mint(latency="30s", concurrency=1, credits=30, webhookSecret=SECRET)
    hook = {"url": receiver.url}
    ids = [
        submit(player, key, f"task {number}", webhook=hook, priority=number) for number in (1, 2)
    ]
    player.advance(30)
    player.hooks(receiver, "refused")
    player.advance(10)
    player.control("POST", f"snapshots/tasks?key={key}")
    for note in ("before", "restored", "restored again"):
        if note != "before":
            player.control("POST", "snapshots/tasks/restore", note=note)
        player.control("GET", f"tasks?key={key}", note=note)
        player.control("GET", f"webhooks?key={key}", note=note)
        player.advance(20, note=note)
        player.hooks(receiver, f"{note}, a task ended")
        player.advance(90, note=note)
        player.hooks(receiver, f"{note}, a retry")
        for identifier in ids:
            read(player, key, identifier, note)
        player.control("GET", f"ledger?key={key}", note=note)
    receiver.close()


def revision(player):
    creation(player)
    life(player)
    webhooks(player)
    webhook_faults(player)
    snapshots(player)
    player.control("GET", "journal", note="all of it")
    player.control("GET", "metrics", note="after all")
    player.control("GET", "organizations", note="after all")
