"""The control API: every route with what it does and what it refuses."""

from monitor_calls import UNKNOWN_KEY, ask, path_of, question
from playing import BUILT_IN_KEY
from task_calls import TASK, submit, task

# Every call of the control API.
CALLS = [
    ("GET", "health"), ("GET", "ready"), ("GET", "keys"), ("POST", "keys"), ("GET", "keys/x"),
    ("PATCH", "keys/x"), ("DELETE", "keys/x"), ("POST", "reset"), ("GET", "ledger"),
    ("GET", "clock"),
    ("PUT", "clock"), ("POST", "clock/advance"), ("GET", "requests"), ("POST", "requests/release"),
    ("POST", "requests/x/release"), ("POST", "tasks/await"), ("POST", "webhooks/await"),
    ("POST", "verify"), ("GET", "unused"), ("GET", "report"), ("POST", "forecast"),
    ("POST", "recordings/start"), ("POST", "recordings/stop"),
    ("GET", "tasks"), ("POST", "tasks/x/complete"),
    ("POST", "tasks/x/fail"), ("POST", "tasks/x/release"), ("GET", "webhooks"),
    ("POST", "webhooks/x/redeliver"), ("GET", "results/x/y"), ("GET", "openapi.json"),
    ("GET", "conformance"), ("GET", "faults"), ("POST", "faults"), ("DELETE", "faults"),
    ("DELETE", "faults/x"), ("GET", "responses"), ("POST", "responses"), ("DELETE", "responses"),
    ("DELETE", "responses/x"), ("GET", "journal"), ("DELETE", "journal"), ("POST", "journal/await"),
    ("GET", "events"), ("GET", "metrics"), ("POST", "snapshots/x"), ("DELETE", "snapshots/x"),
    ("POST", "snapshots/x/restore"), ("GET", "organizations"), ("GET", "selfcheck"), ("GET", ""),
    ("POST", "mcp"), ("GET", "mcp"), ("DELETE", "mcp"), ("GET", "llms.txt"),
    ("GET", "llms-full.txt"), ("GET", "skill.md"),
]  # fmt: skip
PATHS = list(dict.fromkeys(path for _, path in CALLS))


def routes(player):
    """Paths and methods that there are, and those that there aren't."""
    for path in PATHS:
        for method in ("PUT", "OPTIONS") if path != "clock" else ("POST", "OPTIONS"):
            player.control(method, path)
        if path != "events":
            player.control("HEAD", path)
    for path in ("health", "ready", "conformance", "openapi.json", "", "metrics"):
        player.control("GET", path)
    player.get("/_mock", note="to the page")
    player.call("HEAD", "/_mock")
    player.get("/_mock?a=b")
    for path in (
        "x", "health/", "Health", "keys/", "keys//", "key", "journall", "clock/advance/x",
        "/health",
        "%68ealth", "keys/../keys", "snapshots", "snapshots/", "results", "openapi",
    ):  # fmt: skip
        player.control("GET", path)
    for revision in ("2026-07", "2026-10", "2025-01", ""):
        player.control("GET", f"openapi.json?contract={revision}")
    player.control("GET", f"openapi.json?key={player.mint(contract='2026-10')}")
    player.control("GET", "openapi.json?key=x")
    player.get("/_mock/openapi.json", host="other.test")
    for path in ("clock", "metrics", "conformance", "tasks", "webhooks", "organizations", "keys"):
        player.control("GET", f"{path}?kye=x")
        player.control("GET", f"{path}?key=x")
    for path in ("reset", "snapshots/a", "journal", "keys/x"):
        player.control(
            "DELETE" if path in ("journal", "keys/x") else "POST", f"{path}?a=1&b=2", {"c": 3}
        )
        player.control("DELETE" if path in ("journal", "keys/x") else "POST", path, [], "an array")
        player.control("DELETE" if path in ("journal", "keys/x") else "POST", path, b"{", "no JSON")
    for method, path in CALLS:
        player.control(method, f"{path}?unknown=1&keey=2", note="an unknown query")
        if path not in ("health", "ready", "results/x/y", ""):
            foreign = [("Origin", "http://evil.test")]
            player.control(method, path, None, "from elsewhere", fields=foreign)
    for origin in ("http://evil.test", "null", "http://double.test:8080", "http://example.com"):
        host = "example.com" if "example" in origin else "double.test:8080"
        player.control("POST", "keys", {}, f"from {origin}", fields=[("Origin", origin)], host=host)
    for site in ("cross-site", "same-site", "same-origin", "none"):
        player.control("POST", "keys", {}, f"from {site}", fields=[("Sec-Fetch-Site", site)])
        player.control("GET", "clock", None, f"from {site}", fields=[("Sec-Fetch-Site", site)])


def keys(player):
    """Minting, changing, listing and removing."""
    for body in (
        None, {}, {"plan": "free"}, {"plan": "growth", "credits": 0}, {"seed": 5}, {"seed": 5},
        {"contract": "2026-10"}, {"contract": "2026-07"}, {"key": "sk_test_" + "a" * 32},
        {"key": "sk_test_" + "a" * 32}, {"key": "sk_live_x"}, {"organization": "nobody"},
        {"organization": "demo"}, {"organization": "demo", "credits": 1},
        {"progression": {"mode": "polls", "polls": 2}, "latency": "1s", "queueLimit": 7,
         "concurrency": 3, "requestsPerSecond": 9, "webhookSecret": "s", "webhookMode": "collect"},
        b"{", [], "x", {"plan": "hoby"}, {"plan": 1}, {"credits": -1}, {"credits": 1e30},
        {"credits": "many"}, {"concurrency": 1_000_001}, {"requestsPerSecond": 0},
        {"queueLimit": -1},
        {"latency": "1"}, {"latency": "uniform(3s,1s)"}, {"progression": "later"},
        {"progression": {"polls": 2}}, {"progression": {"mode": "hold", "polls": 2}}, {"seed": -1},
        {"webhookMode": "keep"}, {"webhookSecret": 1}, {"contract": "2026"}, {"addCredits": 1},
        {"revoked": True},
        {"Plan": "free", "credit": 1, "x": [], "concurrency": "two", "seed": 0.5},
    ):  # fmt: skip
        player.control("POST", "keys", body)
    key = player.mint(credits=50, plan="starter")
    player.control("GET", f"keys/{key}")
    for body in (
        {"credits": 70}, {"addCredits": 5}, {"addCredits": -5}, {"addCredits": -1000},
        {"addCredits": 10**15}, {"credits": 10, "addCredits": 1}, {"plan": "free"},
        {"concurrency": 4},
        {"requestsPerSecond": 2}, {"queueLimit": 1}, {"latency": "2s"}, {"latency": "0ms"},
        {"progression": "hold"}, {"seed": 9}, {"webhookSecret": "x"}, {"webhookMode": "deliver"},
        {"contract": "2026-10"}, {"revoked": True}, {"revoked": False}, {}, None, b"x", [],
        {"key": key},
        {"organization": "demo"}, {"plan": "x", "credits": -1, "revoked": "no", "y": 1},
    ):  # fmt: skip
        player.control("PATCH", f"keys/{key}", body)
    for path in (f"keys/{UNKNOWN_KEY}", "keys/x", "keys/%20+a"):
        player.control("GET", path)
        player.control("PATCH", path, {"credits": 1})
        player.control("DELETE", path)
    player.control("GET", "keys")
    player.control("GET", f"keys?key={key}")
    player.control("GET", f"ledger?key={key}")
    player.control("DELETE", f"keys/{key}")
    player.control("GET", f"keys/{key}", note="removed")
    running = player.mint(latency="5s")
    held = player.begin(
        "POST", path_of("gemini"), question("gemini"), running, "of a removed key", slots=1
    )
    player.control("DELETE", f"keys/{running}")
    player.advance(5)
    held.end()


def ledger(player):
    """Pages of entries."""
    key = player.mint(credits=100)
    for provider in ("chatgpt", "grok", "google", "aimode"):
        ask(
            player,
            provider,
            key,
            text=f"{provider}?",
            include={"expandProducts": True} if provider == "aimode" else {},
        )
    player.control("PATCH", f"keys/{key}", {"addCredits": 11})
    first = player.control("GET", f"ledger?key={key}")["entries"]
    for query in ("&limit=2", f"&since={first[1]['id']}", f"&since={first[0]['id']}&limit=1",
        "&limit=0",
                  "&limit=x", "&since=-1", "&limit=", "&limit=99999999999999999999",
                  "&page=1"):  # fmt: skip
        player.control("GET", f"ledger?key={key}{query}")
    player.control("GET", "ledger")
    player.control("GET", "ledger?key=x")


def clock(player):
    """Setting and advancing, with what fires, and the ends of cycles."""
    player.control("GET", "clock")
    for body in (None, {}, {"seconds": -1}, {"seconds": "1"}, {"seconds": 3_155_760_001},
        {"second": 1}, [],
                 b"{", {"seconds": 0}, {"seconds": 0.0015}, {"seconds": 1, "x": 1}):  # fmt: skip
        player.control("POST", "clock/advance", body)
    now = player.control("GET", "clock")["now"]
    for body in (None, {}, {"now": now}, {"now": "2026-01-01T00:00:00Z"}, {"now": "soon"},
        {"now": 1},
                 {"mode": "fast"}, {"mode": "x0"}, {"mode": 1}, {"now": "2300-01-01T00:00:00Z"},
                 {"mod": "real"},
                 {"mode": "manual"}, b"{", []):  # fmt: skip
        player.control("PUT", "clock", body)
    key = player.mint(latency="2s", concurrency=3)
    held = [
        player.begin(
            "POST",
            path_of("gemini"),
            question("gemini", f"{number}?"),
            key,
            f"held {number}",
            slots=number,
        )
        for number in (1, 2)
    ]
    submit(player, key, "beside them")
    player.advance(1.999)
    player.advance(0.001, note="all at once")
    for each in held:
        each.end()
    player.control("PATCH", f"keys/{key}", {"credits": 77})
    player.advance(31 * 86_400, note="a cycle")
    player.control("GET", f"ledger?key={key}", note="a cycle")
    player.get("/v1/credits", key, "a cycle")
    player.get("/v1/credits", player.mint(plan="free"), "without cycle")
    later = player.begin(
        "POST", path_of("gemini"), question("gemini"), key, "until the clock is set", slots=1
    )
    year = int(player.control("GET", "clock")["now"][:4]) + 1
    player.control("PUT", "clock", {"now": f"{year}-01-01T00:00:00.250Z"})
    later.end()
    player.control("GET", "clock")


def journal(player):
    """Entries by all filters, waiting for them, and the stream of events."""
    player.control("DELETE", "journal")
    player.control("GET", "journal", note="empty")
    key, other = player.mint(credits=20), player.mint(requestsPerSecond=1)
    for provider in ("chatgpt", "google", "gemini", "grok"):
        ask(player, provider, key, include={"html": True})
    player.post(path_of("chatgpt"), b"no JSON \xff", key)
    player.get(
        f"/v1/countries?model={key}",
        other,
        fields=[("X-Trace", "a"), ("x-trace", "b"), ("X-Key", key)],
    )
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    traced = [("traceparent", f"00-{trace}-00f067aa0ba902b7-01")]
    player.get("/v1/countries", other, fields=traced)
    player.get(f"/v1/countries?k={key}", other, "masked")
    player.get(f"/v1/{key}", other, "masked")
    player.post("/v1/async/task", {"secret": key}, other, "masked")
    player.post(path_of("chatgpt"), question("chatgpt", "a" * 70_000), other, "a long body")
    player.get("/v1/credits", note="nobody's")
    player.get("/v1/credits", "sk_live_short")
    player.raw("malformed, for the journal", b"nonsense\r\n\r\n")
    last = player.control("GET", "journal")["entries"][-1]["sequence"]
    for query in (f"key={key}", f"key={other}", "path=/v1/credits", "status=200", "status=429",
        "status=0",
                  f"since={last - 2}", "limit=2", "limit=0", f"since={last - 5}&limit=2",
                  "status=x", "since=-1",
                  "limit=x", "key=x", "method=GET", f"traceparent={trace}",
                  f"key={key}&status=403&path=/v1/monitor/gemini", "path=/v1/%63",
                  "path=/v1/a+b"):  # fmt: skip
        player.control("GET", f"journal?{query}")
    for match, more in (
        ({}, {}), ({"key": key}, {"count": 4}), ({"status": 429}, {}),
        ({"method": "GET", "path": "/v1/credits"}, {}),
        ({"reason": "credits:"}, {}), ({"key": key, "status": 200}, {"count": 99, "timeoutMs": 0}),
        ({"path": "/nowhere"}, {"timeoutMs": 0}), ({"key": UNKNOWN_KEY}, {}), ({"key": 1}, {}),
        ({"status": 99}, {}), ({"traceparent": traced[0][1]}, {}),
        ({"reason": 1, "method": 2, "pth": 3}, {"count": 0, "timeoutMs": 700_000, "x": 1}),
        ({}, {"count": "x"}),
    ):  # fmt: skip
        player.control("POST", "journal/await", {"match": match, **more})
    for body in (None, {}, {"match": 1}, [], b"{"):
        player.control("POST", "journal/await", body)
    waiting = player.begin("POST", "/_mock/journal/await",
                           {"match": {"path": "/v1/states"}, "timeoutMs": 60_000},
                           note="in time")  # fmt: skip
    player.get("/v1/states?country=US", key, "awaited")
    waiting.end()
    for query, fields, count, note in (
        (f"?since={last - 3}", [], 4, "since"), ("?since=0&status=403", [], 2, "of a status"),
        (f"?since=0&key={key}&path=/v1/monitor/grok", [], 2, "of a key"),
        ("?since=0&bodies=false", [], 5, "without bodies"),
        ("", [f"Last-Event-ID: {last - 1}"], 2, "last event"),
        ("", ["Last-Event-ID: 4000000000"], 3, "an event to come"),
        ("", ["Last-Event-ID: x"], 1, "no event"),
    ):  # fmt: skip
        player.events(query, fields).read(count, note)
    player.events("?since=0", version="1.0").read(3, "HTTP/1.0")
    stream = player.events("?bodies=true")
    for provider in ("grok", "copilot"):
        ask(player, provider, other, "on the stream")
    player.get("/v1/credits", note="on the stream")
    stream.read(4, "live")
    for query in ("?bodies=yes", "?since=x", "?status=x", "?key=x", "?limit=1"):
        player.control("GET", f"events{query}")
    player.control("HEAD", "events?since=x")
    player.control("DELETE", f"journal?key={key}")
    player.control("GET", f"journal?key={key}", note="cleared")
    player.control("DELETE", "journal?key=x")
    player.control("GET", "journal?limit=1")


def state(player):
    """Organizations, metrics, snapshots, and going back to the beginning."""
    key = player.mint(
        latency="5s", concurrency=2, requestsPerSecond=5, plan="lite", webhookSecret="s"
    )
    held = player.begin("POST", path_of("gemini"), question("gemini"), key, "kept", slots=1)
    submit(player, key, "kept", priority=4)
    submit(player, key, "kept", priority=2, idempotencyKey="i")
    player.control(
        "POST",
        "faults",
        {"match": {"key": key, "nth": 3}, "fault": {"kind": "status", "status": 503}},
    )
    player.control("GET", f"organizations?key={key}")
    player.control("GET", "organizations?key=x")
    player.control("POST", "snapshots/one")
    player.control("POST", f"snapshots/two%20%2B+x?key={key}")
    player.control("POST", "snapshots/one?key=x")
    player.control("GET", "snapshots")
    player.control("GET", f"snapshots?key={key}")
    player.control("PATCH", f"keys/{key}", {"credits": 1, "revoked": True})
    extra = player.mint()
    player.advance(5)
    held.end()
    player.control("GET", f"organizations?key={key}", note="later")
    player.control("POST", f"snapshots/one/restore?key={key}")
    player.control("GET", f"organizations?key={key}", note="restored")
    player.control("GET", f"tasks?key={key}", note="restored")
    player.control("GET", f"faults?key={key}", note="restored")
    player.control("GET", f"keys/{key}", note="restored")
    ask(player, "chatgpt", key, "restored, one slot is a task's")
    player.advance(20)
    player.control("GET", f"tasks?key={key}", note="restored, later")
    player.control("GET", f"ledger?key={key}", note="restored, later")
    player.get(f"/_mock/keys/{extra}", note="not restored")
    player.control("POST", "snapshots/one/restore", note="everything")
    player.control("GET", f"keys/{extra}", note="everything restored")
    player.mint()
    player.control("POST", "snapshots/on/restore")
    player.control("POST", "snapshots/one/restore?key=x")
    player.control("POST", "snapshots/two%20%2B+x/restore")
    player.control("GET", "snapshots/one")
    player.control("DELETE", "snapshots/two")
    player.control("DELETE", "snapshots/one")
    player.control("DELETE", "snapshots/one", note="gone")
    player.control("GET", "organizations")
    player.control("GET", "keys")
    player.control("POST", f"reset?key={key}")
    player.control("POST", "reset?key=x")
    player.control("GET", f"organizations?key={key}", note="reset")
    player.control("GET", f"ledger?key={key}", note="reset")
    player.control("PATCH", f"keys/{key}", {"latency": "0ms"})
    ask(player, "chatgpt", key, "reset")
    player.control("GET", "tasks")
    player.control("GET", "metrics")
    player.control("POST", "reset")
    player.control("GET", "keys", note="reset")
    player.control("GET", "journal", note="reset")
    player.mint()
    ask(player, "chatgpt", BUILT_IN_KEY, "reset")
    player.post(TASK, task(), BUILT_IN_KEY, "reset")
    player.control("GET", "metrics", note="reset")


def all_of_it(player):
    routes(player)
    keys(player)
    ledger(player)
    clock(player)
    journal(player)
    state(player)
