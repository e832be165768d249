"""Faults and stubs of every kind, and every refusal of one."""

from monitor_calls import PROVIDERS, ask, path_of, question
from task_calls import BATCH, TASK, UNKNOWN_ID, read, submit, task

ERRORS = [
    (400, None), (400, "MODEL_UNAVAILABLE"), (401, None), (401, "MISSING_API_KEY"),
    (401, "INVALID_API_KEY_FORMAT"), (403, None), (403, "INSUFFICIENT_PERMISSIONS"), (404, None),
    (409, None), (429, None), (429, "CONCURRENT_LIMIT_EXCEEDED"),
    (429, "CONCURRENCY_LIMIT_EXCEEDED"),
    (429, "QUEUE_LIMIT_EXCEEDED"), (499, None), (500, None), (502, None), (503, None),
]  # fmt: skip


def fault(player, key, kind, note="", match=None, **members):
    described = kind if isinstance(kind, dict) else {"kind": kind}
    body = {"match": {"key": key, **(match or {})}, "fault": described, **members}
    return player.control("POST", "faults", body, note)


def stub(player, key, note="", match=None, **members):
    return player.control(
        "POST", "responses", {"match": {"key": key, **(match or {})}, **members}, note
    )


def statuses(player):
    """Every documented error by a fault and by a stub, on each sort of endpoint."""
    for status, code in ERRORS:
        key = player.mint(credits=100, concurrency=2)
        error = {"status": status, **({"code": code} if code else {})}
        note = f"{status} {code or ''}"
        fault(player, key, {"kind": "status", **error, "retryAfter": 7}, note)
        for provider in PROVIDERS:
            ask(player, provider, key, note)
        link = "https://www.google.com/goto?url=https://example.com"
        player.post(path_of("google/goto"), {"url": link}, key, note)
        player.post(TASK, task(), key, note)
        player.post(BATCH, [task()], key, note)
        for target in ("countries", "states?country=US", "credits", "async/status"):
            player.get(f"/v1/{target}", key, note)
        read(player, key, UNKNOWN_ID, note)
        player.call("DELETE", "/v1/async/queue", None, key, note)
        player.control("DELETE", f"faults?key={key}")
        stub(player, key, note, error=error | {"message": "As I say."}, times=1)
        ask(player, "gemini", key, note)
        ask(player, "gemini", key, f"after {note}")
        player.control("GET", f"journal?key={key}&limit=3", note=note)
    key = player.mint()
    fault(player, key, {"kind": "status", "status": 500, "message": "Maximum retries exceeded"})
    ask(player, "grok", key, "a documented message chooses the error")


def kinds(player):
    """Each fault that isn't a status."""
    for kind, more in (
        ("connection_reset", {}), ("empty_response", {}), ("random_data_then_close", {}),
        ("malformed_response", {}), ("truncate_body", {}), ("truncate_body", {"bytes": 0}),
        ("truncate_body", {"bytes": 1000}), ("slow_body", {}),
        ("slow_body", {"duration": "uniform(1s,9s)", "chunks": 3}), ("latency", {"latency": "2s"}),
        ("latency", {"latency": "uniform(1s,9s)"}),
    ):  # fmt: skip
        key = player.mint(credits=1000)
        fault(player, key, {"kind": kind, **more}, kind)
        calls = [
            ("POST", path_of("chatgpt"), question("chatgpt")), ("GET", "/v1/credits", None),
            ("POST", TASK, task("GROK")), ("GET", "/v1/states?country=US", None),
        ]  # fmt: skip
        # A free answer that was delayed may leave when the clock has moved on already: its date is
        # the same only if the clock stops at that moment.
        if more.get("latency", "").startswith("uniform"):
            calls = [
                ("POST", path_of(each), question(each)) for each in ("chatgpt", "google", "grok")
            ]
        for method, target, body in calls:
            held = player.begin(method, target, body, key, kind)
            player.advance(2 if more.get("latency") == "2s" else 10, note=kind)
            held.end()
        player.control("GET", f"journal?key={key}", note=kind)
        player.control("GET", f"ledger?key={key}", note=kind)
        player.control("GET", f"faults?key={key}", note=kind)
    key = player.mint(progression="immediate")
    fault(player, key, {"kind": "task_failure"}, times=1)
    fault(
        player,
        key,
        {"kind": "task_failure", "code": "X", "message": "Y"},
        match={"prompt": "laptop"},
    )
    for text in ("A laptop?", "A laptop?", "A phone?"):
        one = submit(player, key, "task_failure", text=text)
        player.settle()
        read(player, key, one, "task_failure")
    key = player.mint()
    fault(player, key, {"kind": "latency", "latency": "5s"})
    held = player.begin("POST", path_of("gemini"), question("gemini"), key, "left", slots=1)
    held.hang_up()
    player.control("GET", f"journal?key={key}", note="left")


def matching(player):
    """What rules look at, how often they strike, and in which order."""
    key = player.mint(credits=10_000)
    teapot = {"kind": "status", "status": 503}
    for note, match, more in (
        ("provider", {"provider": "google/news"}, {}), ("path", {"path": "/v1/countries"}, {}),
        ("text", {"prompt": "best"}, {}), ("equals", {"prompt": {"equals": "Which?"}}, {}),
        ("contains", {"prompt": {"contains": "ü"}}, {}), ("nth", {"nth": 2}, {}),
        ("regex", {"prompt": {"regex": r"(?i)\bBIKE(s|rs)?\b"}}, {}), ("times", {}, {"times": 2}),
        ("probability", {}, {"probability": 0.5}), ("never", {}, {"probability": 0}),
    ):  # fmt: skip
        found = fault(player, key, teapot, note, match, **more)
        for provider, text in (
            ("google/news", "Which?"), ("chatgpt", "The best?"), ("grok", "Which?"),
            ("gemini", "Für wen?"), ("copilot", "Two bikes, please."),
        ):  # fmt: skip
            ask(player, provider, key, note, text=text)
        player.get("/v1/countries", key, note)
        player.control("DELETE", f"faults/{found['id']}")
    player.control("DELETE", "faults/fault-1")
    fault(player, key, teapot | {"retryAfter": 1}, "first", times=1)
    player.control("POST", "faults", {"fault": teapot | {"retryAfter": 2}, "times": 2}, "for all")
    fault(player, key, teapot | {"retryAfter": 3}, "third")
    for _ in range(4):
        ask(player, "chatgpt", key, "the first that matches")
    player.control("GET", "faults")
    player.control("GET", f"faults?key={key}")
    player.control("DELETE", "faults", note="all")
    player.control("GET", "faults", note="none")
    ask(player, "chatgpt", key, "no fault")
    answers = (
        ("merged", {}, {"result": {"text": "Blue.", "sources": None, "new": {"a": [1, 2.5, "x"]}}}),
        ("replaced", {}, {"result": {"only": True}, "mode": "replace"}),
        ("of a provider", {"provider": "google"}, {"result": {"a": 1}}),
        ("of a country", {"country": "DE"}, {"result": {"b": 1}, "latency": "3s"}),
        ("of a text", {"prompt": {"regex": "^A.*z$"}}, {"error": {"status": 502}, "times": 1}),
    )
    for note, match, members in answers:
        stub(player, key, note, match, **members)
        ask(player, "chatgpt", key, note, include={"html": True})
        ask(player, "google", key, note, text="A to z")
        ask(player, "google", key, f"{note} again", text="A to z")
        held = player.begin("POST", path_of("gemini"), question("gemini", country="DE"), key, note)
        player.advance(3)
        held.end()
    listed = player.control("GET", f"responses?key={key}")["responses"]
    player.control("DELETE", f"responses/{listed[0]['id']}")
    player.control("DELETE", f"responses/{listed[0]['id']}", note="gone")
    player.control("POST", "responses", {"result": {"text": "For all."}}, "for all")
    ask(player, "aimode", player.mint(), "for all")
    player.control("GET", "responses")
    tasks = player.mint(progression="immediate")
    stub(player, tasks, "a task's", {"prompt": "laptop"}, result={"text": "A stub's."})
    stub(player, tasks, "a task's", {"prompt": "phone"}, error={"status": 500})
    for text in ("A laptop?", "A phone?"):
        one = submit(player, tasks, "stubbed", text=text)
        player.settle()
        read(player, tasks, one, "stubbed")
    player.control("DELETE", f"responses?key={tasks}")
    player.control("DELETE", "responses")
    player.control("GET", "responses", note="none")


def refusals(player):
    """Rules that can't be set."""
    status = {"kind": "status", "status": 503}
    for body in (
        b"{", [], {}, {"fault": 1}, {"fault": {}}, {"fault": {"kind": 1}},
        {"fault": {"kind": "statu"}},
        {"fault": {"kind": "status"}}, {"fault": {"kind": "status", "status": 418}},
        {"fault": {"kind": "status", "status": "503"}}, {"fault": status | {"code": "X"}},
        {"fault": status | {"retryAfter": -1}}, {"fault": status | {"bytes": 1}},
        {"fault": {"kind": "latency"}}, {"fault": {"kind": "latency", "latency": "soon"}},
        {"fault": {"kind": "truncate_body", "bytes": -1}},
        {"fault": {"kind": "slow_body", "chunks": 0}},
        {"fault": {"kind": "slow_body", "duration": 1}},
        {"fault": {"kind": "task_failure", "code": 1}},
        {"fault": {"kind": "webhook_stale_timestamp", "seconds": 0}}, {"fault": status, "times": 0},
        {"fault": status, "probability": 2}, {"fault": status, "probability": "x"},
        {"fault": status, "tims": 1},
        {"fault": status, "match": 1}, {"fault": status, "match": {"provider": "bing"}},
        {"fault": status, "match": {"prompt": 1}}, {"fault": status, "match": {"prompt": {}}},
        {"fault": status, "match": {"prompt": {"regex": "("}}},
        {"fault": status, "match": {"prompt": {"regex": r"(a)\1"}}},
        {"fault": status, "match": {"prompt": {"equals": "a", "contains": "b"}}},
        {"fault": status, "match": {"nth": 0}}, {"fault": status, "match": {"country": "DE"}},
        {"fault": status, "match": {"key": "sk_live_" + "9" * 32}},
        {"fault": status, "match": {"key": 1}},
        {"fault": {"kind": "x", "y": 1}, "match": {"nth": "z", "a": 1}, "times": "b", "c": {}},
    ):  # fmt: skip
        player.control("POST", "faults", body, "refused")
    for body in (
        b"[1", [], {}, {"result": 1}, {"result": {}, "error": {"status": 500}},
        {"result": {}, "mode": "mix"},
        {"error": {"status": 500}, "mode": "merge"}, {"error": {}}, {"error": 1},
        {"error": {"status": 1}},
        {"result": {}, "latency": "x"}, {"result": {}, "times": 0},
        {"result": {}, "probability": 1},
        {"result": {}, "match": {"country": "xx"}}, {"result": {}, "match": {"nth": 1}},
        {"result": {}, "match": {"path": "/"}},
        {"result": {}, "match": {"key": "sk_live_" + "9" * 32}},
    ):  # fmt: skip
        player.control("POST", "responses", body, "refused")
    for path in ("faults", "responses"):
        for call in (("GET", f"{path}?key=x"), ("DELETE", f"{path}?key=x"), ("DELETE", f"{path}/x"),
                     ("PUT", path), ("GET", f"{path}/x"), ("GET", f"{path}?kee=x")):  # fmt: skip
            player.control(*call)
        player.control("DELETE", f"{path}?x=1", {"y": 2})


def revision(player):
    statuses(player)
    kinds(player)
    matching(player)
    refusals(player)
    player.control("GET", "journal", note="all of it")
    player.control("GET", "metrics", note="after all")
