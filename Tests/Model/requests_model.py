"""What the contract says of a request by itself: which fields fail, what it costs, and the texts of
refusals. Written from the contract's documents alone."""

import json
import math
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
COUNTRIES = {"US", "DE", "FR", "XK", "GB", "CN"}
# Nobody else is in China.
IN_CHINA = {"google", "google/news"}
STATES = {"CA", "NY", "DC", "TX"}
ABSENT = object()


# MARK: Fields


def question_of(provider):
    return "query" if provider.startswith("google") else "prompt"


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_off(revision, provider):
    """Whether a provider is switched off."""
    return revision == OCTOBER and provider == "grok"


def issues(revision, provider, body):
    """The names of the failing fields of a monitor request."""
    if not isinstance(body, dict):
        return {""}
    failing, is_broken = issues_by_themselves(revision, provider, body)
    return failing if is_broken else failing | issues_together(revision, provider, body)


def takes_gl(revision, provider):
    return revision == OCTOBER and provider in ("google", "google/news", "aimode")


def takes_url(revision, provider):
    return revision == OCTOBER and provider == "google"


def is_served(provider, country):
    return country in COUNTRIES and (country != "CN" or provider in IN_CHINA)


def issues_by_themselves(revision, provider, body):
    """The failing fields, and whether one of them is missing or of a wrong type."""
    failing, broken = set(), set()

    def check(name, kind, is_good=lambda _: True, required=False):
        if name not in body:
            if required:
                broken.add(name)
        elif not kind(body[name]):
            broken.add(name)
        elif not is_good(body[name]):
            failing.add(name)

    def is_text(value):
        return isinstance(value, str)

    question = question_of(provider)
    check(question, is_text, lambda v: 1 <= len(v) <= 10_000, not takes_url(revision, provider))
    needs_country = not takes_gl(revision, provider)
    check("country", is_text, lambda v: is_served(provider, v), needs_country)
    if takes_gl(revision, provider):
        check("gl", is_text, lambda v: is_served(provider, v.upper()))
        check("hl", is_text)
    if provider in WITH_STATE:
        check("state", is_text)
    if provider in ("google", "aimode"):
        check("location", is_text)
        check("uule", is_text)
    if provider in ("google", "google/news", "aimode"):
        devices = {"desktop", "mobile"}
        if revision == OCTOBER and provider != "aimode":
            devices |= {"ios", "android"}
        check("device", lambda v: v in devices)
    if provider in ("google", "google/news"):
        check("pages", is_number, lambda v: 0 < v <= 10)
    if revision == OCTOBER and provider == "chatgpt":
        for name in ("legacy", "disableWebSearch"):
            check(name, lambda v: isinstance(v, bool))
    if "include" in body:
        broken |= include_issues(revision, provider, body["include"])
    return failing | broken, bool(broken)


def issues_together(revision, provider, body):
    """The fields that fail only beside others."""
    failing = set()
    if provider in WITH_STATE and "state" in body:
        if body["country"].upper() != "US" or body["state"].upper() not in STATES:
            failing.add("state")
    if provider in ("google", "aimode") and "location" in body and "uule" in body:
        failing.add("uule")
    if takes_url(revision, provider) and not body.get("query"):
        return failing | {"query"}
    if takes_gl(revision, provider):
        country, gl = body.get("country"), body.get("gl")
        if not (country or gl) or (country and gl and country.upper() != gl.upper()):
            failing.add("gl")
    return failing


def include_issues(revision, provider, include):
    if not isinstance(include, dict):
        return {"include"}
    flags = FLAGS[provider] | (OCTOBER_FLAGS.get(provider, set()) if revision == OCTOBER else set())
    failing = set()
    for name, value in include.items():
        if provider == "google" and name == "aioverview":
            flag = value.get("markdown", True) if isinstance(value, dict) else value
            if not isinstance(flag, bool):
                failing.add("include.aioverview")
        elif name in flags and not isinstance(value, bool):
            failing.add(f"include.{name}")
    return failing


def task_issues(revision, item):
    """The names of the failing fields of a task."""
    if not isinstance(item, dict):
        return {""}
    failing = set()
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


def price(revision, provider, body, is_sync):
    """Base and extras of a valid request; no cluster of `expandProducts` is in it."""
    include = body.get("include", {})
    total = BASE[provider] + (2 if is_sync else 0)
    if revision == JULY and provider == "perplexity":
        total -= 1
    if provider == "chatgpt" and any(
        include.get(flag) for flag in ("rawResponse", "searchQueries", "ads", "shopping")
    ):
        total += 2
    if provider in WITH_STATE and "state" in body:
        total += 2
    if provider in ("google", "google/news"):
        total += 2 * (math.ceil(body.get("pages", 1)) - 1)
    if provider == "google":
        flags = [include.get(name, False) for name in ("aioverview", "paaAioverview")]
        overviews = [each is not False for each in flags]
        total += 2 * (sum(overviews) if revision == JULY else any(overviews))
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
    message = {
        "MISSING_API_KEY": "Missing or invalid API key",
        "INVALID_API_KEY_FORMAT": "Invalid API key format",
        "INVALID_OR_EXPIRED_API_KEY": "Invalid or expired API key",
    }[code]
    return Refusal(401, code, message)


def switched_off(provider):
    return Refusal(400, "MODEL_UNAVAILABLE", f"Model {provider} is currently unavailable")


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
