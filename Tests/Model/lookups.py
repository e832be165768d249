"""Requests that change nothing but a bucket, and those that are refused before anything else."""

import json
import re

from judge import GOTO, OURS, Judge, same, stamp
from requests_model import JULY, OCTOBER, PROVIDERS, invalid, not_found, unauthorized

CREDITS, STATUS = "/v1/credits", "/v1/async/status"


class Lookups(Judge):
    def unauthorized(self, value, code, path):
        fields = () if value is None else (("Authorization", value),)
        answer = self.send("GET", path, None, None, fields)
        self.refused(answer, OURS, {}, unauthorized(code))

    def unknown(self, org, key, method, path, allow=None):
        key = self.key_of(org, key)
        got = key and self.begin(key, "unknown", method, path)
        if got:
            one, remaining, answer = got
            headers = self.headers(one, remaining, path)
            if allow:
                headers["allow"] = allow
            self.refused(answer, one.contract, headers, not_found(path))

    def get(self, org, key, what, query=None):
        key = self.key_of(org, key)
        path = {"credits": CREDITS, "status": STATUS, "countries": "/v1/countries",
                "states": "/v1/states"}[what]  # fmt: skip
        full = path + (f"?{query}" if query else "")
        got = key and self.begin(key, f"GET {path}", "GET", full)
        if not got:
            return
        one, remaining, answer = got
        headers = self.headers(one, remaining)
        fields = self.query_issues(one, what, query)
        if fields:
            return self.refused(answer, one.contract, headers, invalid(one.contract, fields, False))
        if self.struck(one, key, path, remaining, answer):
            return
        self.judge(answer, one.contract, 200, headers)
        body = json.loads(answer.body)
        if what == "credits":
            cycle = (None, None) if one.plan == "free" else (one.per_cycle, stamp(one.cycle_ends))
            same(list(body.items()), [("remaining", one.balance), ("perCycle", cycle[0]),
                                      ("cycleResetsAt", cycle[1])], "credits")  # fmt: skip
        elif what == "status":
            same(body, self.status_of(one), "status")
        elif what == "states":
            same(len(body), 51 if query == "country=US" else 0, "states")
        else:
            wanted = 231 if query == "model=AIOverview" else 245 if query == "model=grok" else 250
            same((len(body), body), (wanted, sorted(body)), "countries")

    def query_issues(self, one, what, query):
        name, _, value = (query or "").partition("=")
        if what == "states" and (name != "country" or not re.fullmatch("[A-Z]{2}", value)):
            return ["country"]
        if what == "countries" and name == "model":
            return [] if value.lower() in {*PROVIDERS, "aioverview"} else ["model"]
        return []

    def status_of(self, one):
        levels = sorted({each.priority for each in one.queued}, reverse=True)
        return {
            "queuedTasks": len(one.queued), "processingTasks": len(one.processing),
            "priorityBreakdown": [
                {"priority": n, "count": sum(each.priority == n for each in one.queued)}
                for n in levels
            ],
            "concurrency": {"used": one.used, "max": one.concurrency},
        }  # fmt: skip

    def goto(self, org, key, body):
        key = self.key_of(org, key)
        name = key and self.world.keys.get(key)
        is_july = name and self.world.organizations[name].contract == JULY
        endpoint = "unknown" if is_july else f"POST {GOTO}"
        got = key and self.begin(key, endpoint, "POST", GOTO, body)
        if not got:
            return
        one, remaining, answer = got
        headers = self.headers(one, remaining, GOTO if is_july else None)
        if is_july:
            return self.refused(answer, JULY, headers, not_found(GOTO))
        fields = [] if list(body) == ["url"] and "google.com/url" in body["url"] else ["url"]
        if fields:
            return self.refused(answer, OCTOBER, headers, invalid(OCTOBER, fields, False))
        if not self.struck(one, key, GOTO, remaining, answer):
            wanted = {"url": "https://example.com/"}
            self.judge(answer, OCTOBER, 200, headers)
            same(json.loads(answer.body), wanted, "goto")
