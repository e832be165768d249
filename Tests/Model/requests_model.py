"""What the contract says of a request by itself: which fields fail, what it costs, and the texts of
refusals. Written from the contract's documents alone."""

import json
import re

JULY, OCTOBER = "2026-07", "2026-10"
REVISIONS = (JULY, OCTOBER)
PROVIDERS = {
    "chatgpt": "CHATGPT", "gemini": "GEMINI", "grok": "GROK", "perplexity": "PERPLEXITY",
    "copilot": "COPILOT", "aimode": "AIMODE", "google": "GOOGLE", "google/news": "GOOGLE_NEWS",
}  # fmt: skip
TYPES = {name: provider for provider, name in PROVIDERS.items()}
WITH_STATE = {"chatgpt", "gemini", "grok", "perplexity", "copilot"}
PLANS = {
    "free": (500, 1), "lite": (37_500, 10), "hobby": (250_000, 20), "starter": (650_000, 50),
    "growth": (1_350_000, 75), "business": (2_800_000, 100),
}  # fmt: skip
BASE = {
    "chatgpt": 5, "gemini": 4, "grok": 4, "perplexity": 4, "copilot": 5, "aimode": 4, "google": 3,
    "google/news": 3,
}  # fmt: skip
FLAGS = {
    "chatgpt": {"html", "markdown", "rawResponse", "searchQueries", "ads", "shopping"},
    "gemini": {"html", "markdown", "rawResponse"}, "grok": {"html", "markdown", "rawResponse"},
    "copilot": {"html", "markdown", "rawResponse"},
    "perplexity": {"html", "markdown", "rawResponse"},
    "aimode": {"html", "markdown"}, "google": {"html", "paaAioverview"}, "google/news": {"html"},
}  # fmt: skip
OCTOBER_FLAGS = {"aimode": {"expandProducts", "googleGoto"}, "google": {"googleGoto"}}
# Enough of the enumerations to tell good from bad among the texts that the steps send.
COUNTRIES = {"US", "DE", "FR", "XK", "GB"}
STATES = {"CA", "NY", "DC", "TX"}
ABSENT = object()


# MARK: Fields


def question_of(provider):
    return "query" if provider.startswith("google") else "prompt"


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def issues(revision, provider, body):
    """The names of the failing fields of a monitor request."""
    if not isinstance(body, dict):
        return {""}
    failing, known, get = set(), set(), body.get
    october, of_google = revision == OCTOBER, provider in ("google", "google/news", "aimode")

    def check(name, is_good, required=False):
        known.add(name)
        if name not in body:
            if required:
                failing.add(name)
        elif not is_good(body[name]):
            failing.add(name)

    check(question_of(provider), lambda v: isinstance(v, str) and 1 <= len(v) <= 10_000, True)
    has_gl = october and of_google and isinstance(get("gl"), str)
    check("country", lambda v: isinstance(v, str) and (not october or v in COUNTRIES), not has_gl)
    if october and of_google:
        check("gl", lambda v: isinstance(v, str) and v.upper() in COUNTRIES)
        check("hl", lambda v: isinstance(v, str))
    if provider in WITH_STATE:
        shape = re.compile("[A-Z]{2}")
        check(
            "state",
            lambda v: (
                isinstance(v, str)
                and shape.fullmatch(v)
                and (not october or v in STATES)
                and get("country") == "US"
            ),
        )
    if provider in ("google", "aimode"):
        check("location", lambda v: isinstance(v, str))
        check("uule", lambda v: isinstance(v, str) and "location" not in body)
    if of_google:
        devices = {"desktop", "mobile"}
        if october and provider != "aimode":
            devices |= {"ios", "android"}
        check("device", lambda v: v in devices)
    if provider in ("google", "google/news"):
        check("pages", lambda v: is_whole(v) and 1 <= v <= 10)
    if october and provider == "chatgpt":
        for name in ("legacy", "disableWebSearch"):
            check(name, lambda v: isinstance(v, bool))
    known.add("include")
    if "include" in body:
        failing |= include_issues(revision, provider, body["include"])
    return failing | (set(body) - known)


def include_issues(revision, provider, include):
    if not isinstance(include, dict):
        return {"include"}
    flags = FLAGS[provider] | (OCTOBER_FLAGS.get(provider, set()) if revision == OCTOBER else set())
    failing = set()
    for name, value in include.items():
        if provider == "google" and name == "aioverview":
            if not isinstance(value, dict):
                failing.add("include.aioverview")
            else:
                for inner, flag in value.items():
                    if inner != "markdown" or not isinstance(flag, bool):
                        failing.add(f"include.aioverview.{inner}")
        elif name not in flags or not isinstance(value, bool):
            failing.add(f"include.{name}")
    return failing


def task_issues(revision, item):
    """The names of the failing fields of a task."""
    if not isinstance(item, dict):
        return {""}
    failing = set(item) - {"taskType", "payload", "priority", "idempotencyKey", "webhook"}
    provider = TYPES.get(item.get("taskType"))
    if provider is None:
        failing.add("taskType")
    payload = item.get("payload", ABSENT)
    if not isinstance(payload, dict):
        failing.add("payload")
    elif provider:
        failing |= {f"payload.{name}" for name in issues(revision, provider, payload)}
    if "priority" in item:
        value = item["priority"]
        if not is_whole(value) or not 1 <= value <= 10:
            failing.add("priority")
    if not isinstance(item.get("idempotencyKey", ""), str):
        failing.add("idempotencyKey")
    if "webhook" in item:
        url = item["webhook"].get("url", "")
        if not re.match("https?://.", url):
            failing.add("webhook.url")
    return failing


# MARK: Prices


def price(provider, body, is_sync):
    """Base and extras of a valid request; no cluster of `expandProducts` is in it."""
    include = body.get("include", {})
    total = BASE[provider] + (2 if is_sync else 0)
    if provider == "chatgpt" and any(
        include.get(flag) for flag in ("rawResponse", "searchQueries", "ads", "shopping")
    ):
        total += 2
    if provider in WITH_STATE and "state" in body:
        total += 2
    total += 2 * (body.get("pages", 1) - 1)
    if provider == "google" and ("aioverview" in include or include.get("paaAioverview")):
        total += 2
    return total


# MARK: Refusals


class Refusal:
    """An error as one revision words it; `family` is 2026-07's envelope."""

    def __init__(self, status, code, message, details=None, family="A", fields=None):
        self.status, self.code, self.message, self.details = status, code, message, details
        self.family, self.fields = family, fields

    def text(self, revision, now):
        """The exact body, or None where messages of fields are up to the double."""
        if self.fields is not None:
            return None
        more = {} if self.details is None else {"details": self.details}
        error = {"code": self.code, "message": self.message, **more, "timestamp": now}
        whole = {"error": error}
        if revision == OCTOBER or self.family == "C":
            whole = {"success": False, "error": error}
        return json.dumps(whole, separators=(",", ":"), ensure_ascii=False)


def unauthorized(code):
    return Refusal(401, code, "Missing or invalid API key")


def invalid(revision, fields, is_async):
    status = 422 if is_async and revision == JULY else 400
    return Refusal(status, "VALIDATION_ERROR", "Request validation failed", fields=fields)


def not_found(path):
    return Refusal(404, "RESOURCE_NOT_FOUND", "Route not found", {"id": path})


def unknown_task(identifier):
    return Refusal(404, "RESOURCE_NOT_FOUND", "Task not found", {"id": identifier})


def rate_limited():
    return Refusal(429, "RATE_LIMIT_EXCEEDED", "API key rate limit exceeded")


def no_credits():
    return Refusal(403, "INSUFFICIENT_CREDITS", "Insufficient credits")


def no_slot(revision, limit):
    word = "Concurrent" if revision == JULY else "Concurrency"
    message = f"{word} limit exceeded"
    return Refusal(429, message.upper().replace(" ", "_"), message, {"limit": limit})


def conflict(revision, key):
    if revision == JULY:
        return Refusal(409, "RESOURCE_CONFLICT", "Resource conflict")
    details = {"field": "idempotencyKey", "value": key}
    return Refusal(409, "RESOURCE_ALREADY_EXISTS", "Task already exists", details)


def queue_full(revision, queued, sent, limit):
    if revision == OCTOBER:
        message = f"Queue limit exceeded. Maximum {limit} queued tasks allowed per organization"
        return Refusal(429, "QUEUE_LIMIT_EXCEEDED", message, {"limit": limit}, "C")
    details = {
        "queuedCount": queued, "batchSize": sent, "maxQueueSize": limit,
        "remainingCapacity": max(0, limit - queued),
    }  # fmt: skip
    return Refusal(429, "QUEUE_LIMIT_EXCEEDED", "Batch would exceed queue capacity", details, "C")
