"""Doubles that are started otherwise: with fixtures, an admin token, a small journal, or none."""

import json
import resource

from control_calls import CALLS
from monitor_calls import PROVIDERS, ask, path_of, question
from normalising import SECRET
from task_calls import TASK, read, submit, task

ACME, BETA = ("sk_test_" + digit * 32 for digit in "ab")
TEAM = {
    "plan": "team", "extends": "free", "credits": 60, "concurrency": 2, "queueLimit": 3,
    "rateLimit": {"requestsPerSecond": 4, "refill": "continuous"},
    "pricing": {"chatgpt": 11, "syncSurcharge": 0, "state": 5, "google/news": 1},
    "latency": {"default": "0ms", "grok": "2s"},
    "unavailable": ["copilot"], "countries": {"exclude": ["AQ", "KP"]}, "progression": "hold",
    "webhooks": {"mode": "collect", "secret": SECRET, "attempts": 2, "retrySeconds": [1]},
    "faults": [{"match": {"path": "/v1/states", "nth": 2},
    "fault": {"kind": "status", "status": 503}}],
    "responses": [{"match": {"prompt": "stub"}, "result": {"text": "From the file."}}],
    "keys": [{"key": ACME, "organization": "acme"},
    {"key": BETA, "organization": "beta", "credits": 5}],
}  # fmt: skip
WILD = {
    "plan": "wild",
    "contract": "2026-10",
    "rateLimit": {"enabled": False, "requestsPerSecond": 1},
}
FILES = [("team.json", json.dumps(TEAM)), ("wild.json", json.dumps(WILD))]
FLAGS = [
    "--fixture", "wild.json", "--fixture", "team.json", "--admin-token", "open sesame",
    "--journal-entries", "12", "--log-level", "debug",
]  # fmt: skip


def with_fixtures(player):
    """Needs `FILES`, `FLAGS` and the token."""
    for method, path in CALLS:
        player.call(method, f"/_mock/{path}", note="no token")
    for token in (None, "open", "open sesame!", "OPEN SESAME"):
        player.get("/_mock/keys", token, "a wrong token")
        player.post("/_mock/keys", {}, token, "a wrong token")
        player.get("/_mock/nowhere", token, "a wrong token")
        player.call("PUT", "/_mock/keys", None, token, "a wrong token")
        player.get("/_mock/events", token, "a wrong token")
    for path in ("health", "ready", "", "results/x/page-1.html", "openapi.json", "metrics"):
        player.get(f"/_mock/{path}", note="no token")
    player.control("POST", "keys", {}, "from elsewhere", fields=[("Origin", "http://evil.test")])
    player.control("GET", "keys")
    player.control("GET", "organizations")
    player.control("GET", "faults")
    player.control("GET", "responses")
    for provider in PROVIDERS:
        held = player.begin("POST", path_of(provider), question(provider), ACME)
        player.advance(2)
        held.end()
    ask(player, "chatgpt", BETA, "too few credits")
    ask(player, "perplexity", ACME, "a stub", text="A stub?")
    ask(player, "gemini", ACME, "a state's price", state="NY")
    player.get("/v1/countries", ACME)
    for number in range(6):
        player.get("/v1/states?country=US", ACME, f"call {number + 1}")
        player.advance(0.125)
    player.post(TASK, task("COPILOT"), ACME, "unavailable")
    one = submit(player, ACME, "collected", kind="GOOGLE_NEWS", webhook={"url": "http://a.test/"})
    player.control("POST", f"tasks/{one}/complete")
    read(player, ACME, one)
    player.control("GET", "webhooks")
    player.control("GET", "ledger")
    player.control("GET", f"ledger?key={BETA}")
    wild = player.mint(plan="wild")
    for _ in range(3):
        player.get("/v1/credits", wild, "no rate")
    player.control("GET", "journal", note="what is left of it")
    player.control("GET", f"journal?key={ACME}", note="what is left of it")
    # The beginning of the stream, what was dropped, and the twelve that are left.
    player.events("?since=0").read(14, "after a drop")
    player.events(f"?since=0&key={ACME}").read(3, "of a key after a drop")
    stream = player.events("?since=1&bodies=false")
    # The next request makes the journal drop one more, which the stream must have before.
    stream.take(14)
    player.get("/v1/credits", wild, "on the stream")
    stream.read(15, "after a drop, and live")
    player.control("DELETE", f"journal?key={ACME}")
    player.control("GET", f"journal?key={ACME}", note="cleared")
    player.control("GET", "metrics")
    player.control("POST", f"reset?key={ACME}")
    player.control("POST", "reset")
    player.control("GET", "keys", note="reset")
    player.control("GET", "faults", note="reset")
    ask(player, "chatgpt", ACME, "reset")


def without_journal(player):
    """Needs a journal of 0 entries."""
    player.get("/v1/countries", note="no key")
    player.control("GET", "journal")
    player.control("GET", "events")
    player.control("POST", "journal/await", {"match": {}})
    player.control("DELETE", "journal")
    player.control("GET", "metrics")


def with_full_disk(player):
    """Needs a ledger in a file. In the middle no file of the double may grow any more."""
    key = player.mint(progression="immediate")
    held = player.mint(progression="hold")
    one = submit(player, held, "held")
    ask(player, "chatgpt", key, "with room")
    player.control("POST", f"snapshots/before?key={key}")
    limits = resource.prlimit(player.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(player.process.pid, resource.RLIMIT_FSIZE, (0, limits[1]))
    for provider in ("chatgpt", "google"):
        ask(player, provider, key, "without room")
    player.get("/v1/credits", key, "without room")
    two = submit(player, key, "without room")
    player.settle()
    read(player, key, two, "without room")
    player.control("POST", f"tasks/{one}/complete", note="without room")
    for method, path, body in (
        ("GET", f"ledger?key={key}", None), ("GET", f"journal?key={key}", None),
        ("GET", "metrics", None), ("POST", "keys", {}), ("PATCH", f"keys/{key}", {"addCredits": 1}),
        ("PATCH", f"keys/{key}", {"revoked": True}), ("POST", "snapshots/x", None),
        ("POST", "snapshots/before/restore", None), ("POST", f"reset?key={key}", None),
        ("GET", "keys", None), ("DELETE", f"keys/{held}", None), ("GET", "organizations", None),
    ):  # fmt: skip
        player.control(method, path, body, "without room")
    resource.prlimit(player.process.pid, resource.RLIMIT_FSIZE, limits)
    ask(player, "grok", key, "with room again")
    player.control("POST", "keys", {}, "with room again")
    player.control("GET", f"ledger?key={key}", note="with room again")
    player.control("POST", "snapshots/before/restore", note="with room again")
    player.control("GET", "keys", note="with room again")
    resource.prlimit(player.process.pid, resource.RLIMIT_FSIZE, (0, limits[1]))
    player.control("POST", "reset", note="without room")
    player.control("GET", "keys", note="without room")
    resource.prlimit(player.process.pid, resource.RLIMIT_FSIZE, limits)
    player.control("POST", "reset", note="with room again")
    player.control("GET", "metrics", note="with room again")
