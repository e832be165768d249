"""Sends a request to the double, and judges what comes back by the model."""

import json
import re
from datetime import datetime, timedelta, timezone

from requests_model import JULY, OCTOBER, rate_limited, unauthorized
from support import UNKNOWN_KEY
from organization import REPLACING
from wire import RawConnection, request_bytes
from world import World

UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UNHEARD = {"date", "content-length", "content-type", "connection"}
OURS = JULY  # what the double itself speaks to those whom it doesn't know
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
GOTO = "/v1/monitor/google/goto"


class Difference(AssertionError):
    pass


def stamp(milliseconds):
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def milliseconds(text):
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH) // timedelta(
        milliseconds=1
    )


def same(found, wanted, what):
    if found != wanted:
        raise Difference(f"{what}:\n  double {found}\n  model  {wanted}")


class Judge:
    """The double, the model of it, and what both have been asked so far."""

    def __init__(self, double):
        self.double = double
        double.control("POST", "reset", status=200)
        now = self.now()
        # Each sequence begins with a minute.
        double.advance((60_000 - now % 60_000) / 1000)
        self.world = World(now + 60_000 - now % 60_000)
        self.line = RawConnection(double.port)
        self.open, self.handles = {}, 0  # connections of flights
        self.known = []  # ids of tasks, whatever became of them
        self.keys = []  # all keys ever, in order

    def now(self):
        return milliseconds(self.double.control("GET", "clock").json()["now"])

    def meet(self):
        """Another process has taken the place of the one before, whose connections are gone."""
        self.close()
        self.line, self.open = RawConnection(self.double.port), {}

    def close(self):
        for each in [self.line, *self.open.values()]:
            each.socket.close()

    # MARK: What is meant

    def chosen(self, org):
        """The organization of a number, or none."""
        names = list(self.world.organizations)
        return self.world.organizations[names[org % len(names)]] if names else None

    def pair(self, org, key=0):
        one = self.chosen(org)
        return (one, list(one.keys)[key % len(one.keys)]) if one else (None, None)

    def key_of(self, org, key):
        """A number from 90 on means a key of the past, or one that never was."""
        if key >= 90:
            return self.keys[key % len(self.keys)] if self.keys and key > 90 else UNKNOWN_KEY
        return self.pair(org, key)[1]

    # MARK: Sending and judging

    def send(self, method, path, key=None, body=None, fields=()):
        data = request_bytes(method, path, key, body, fields=fields)
        try:
            self.line.send(data)
            return self.line.answer(method)
        except (AssertionError, OSError) as error:
            raise Difference(f"no answer: {error}") from None

    def judge(self, answer, revision, status, headers, text=None, latency=0):
        same(answer.status, status, f"status, with {answer.body[:300]}")
        found = {name: value for name, value in answer.headers.items() if name not in UNHEARD}
        headers = dict(headers)
        if revision == OCTOBER:
            headers["x-latency-ms"] = str(latency)
            identifier = found.pop("x-request-id", "")
            same(bool(UUID.fullmatch(identifier)), True, f"X-Request-ID {identifier!r}")
        same(found, headers, f"headers of a {status}")
        same(len(answer.fields), len(answer.headers), "fields that stand once")
        if text is not None:
            same(answer.body.decode(), text, "body")

    def refused(self, answer, revision, headers, refusal, at=None, latency=0):
        text = refusal.text(revision, stamp(self.world.now if at is None else at))
        self.judge(answer, revision, refusal.status, headers, text, latency)
        if refusal.fields is None:
            return
        whole = json.loads(answer.body)
        if revision == JULY:
            same(list(whole), ["success", "error", "details"], "members")
            same((whole["success"], whole["error"]), (False, refusal.message), "envelope")
            details = whole["details"]
        else:
            same(list(whole), ["success", "error"], "members")
            error = whole["error"]
            same(list(error), ["code", "message", "details", "timestamp"], "members")
            same(
                (whole["success"], error["code"], error["message"], error["timestamp"]),
                (False, refusal.code, refusal.message, stamp(self.world.now)),
                "envelope",
            )
            details = error["details"]
        same(sorted(each["field"] for each in details), sorted(refusal.fields), "failing fields")

    def slots(self, one, current=None):
        prefix = "x-concurrent-" if one.contract == JULY else "x-concurrency-"
        return {prefix + name: value for name, value in one.slot_headers(current).items()}

    def headers(self, one, remaining, path=None, stage="early", current=None, charged=0):
        """Of an authenticated answer. `stage` is how far the request came: `early`, `valid` when
        its body was, `served`; `path` is given for monitor endpoints that have such headers."""
        found = {
            "x-ratelimit-limit": str(one.per_second), "x-ratelimit-remaining": str(remaining),
        }  # fmt: skip
        if path is None or not path.startswith("/v1/monitor/"):
            return found
        if one.contract == JULY or (stage != "early" and path != GOTO):
            found |= self.slots(one, current)
        if one.contract == JULY or stage == "served":
            found["x-credits-remaining"] = str(one.balance)
            found["x-credits-charged"] = str(charged)
        return found

    def begin(self, key, endpoint, method, path, body=None, fields=()):
        """Sends a request that is answered at once, and judges key and rate.

        Returns the organization, what is left in the bucket and the answer; None when it is judged.
        """
        one = self.world.of(key)
        if one is None:
            name = self.world.keys.get(key)
            revision = self.world.organizations[name].contract if name else OURS
            answer = self.send(method, path, key, body, fields)
            self.refused(answer, revision, {}, unauthorized("INVALID_OR_EXPIRED_API_KEY"))
            return None
        passes, remaining = one.draw(key, endpoint, self.world.now)
        answer = self.send(method, path, key, body, fields)
        if not passes:
            self.refused(answer, one.contract, self.headers(one, 0, path), rate_limited())
            return None
        return one, remaining, answer

    def struck(self, one, key, path, remaining, answer):
        """Judges an answer that a fault of a status stands in for; None when none does."""
        fault = one.strike(REPLACING, key, path, None)
        if fault is None:
            return False
        self.judge_fault(one, answer, fault, self.headers(one, remaining, path, "valid"))
        return True

    def judge_fault(self, one, answer, fault, headers, latency=0):
        if "retryAfter" in fault:
            headers["retry-after"] = str(fault["retryAfter"])
        self.judge(answer, one.contract, fault["status"], headers, latency=latency)
