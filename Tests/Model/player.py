"""Plays a sequence of steps against a double and the model, and compares the two after each."""

import json
import re
import select
from datetime import datetime, timedelta, timezone

from requests_model import (
    JULY, OCTOBER, PROVIDERS, TYPES, conflict, invalid, issues, no_credits, no_slot, not_found,
    price, queue_full, rate_limited, task_issues, unauthorized, unknown_task,
)  # fmt: skip
from support import UNKNOWN_KEY, eventually
from organization import DELAYING, REPLACING, Rule
from wire import Answer, RawConnection, parse_head, request_bytes
from world import World

UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UNHEARD = {"date", "content-length", "content-type", "connection"}
OURS = JULY  # what the double itself speaks to those whom it doesn't know
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
CREDITS, STATUS, QUEUE = "/v1/credits", "/v1/async/status", "/v1/async/queue"
TASK, BATCH = "/v1/async/task", "/v1/async/task/batch"
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


class Player:
    def __init__(self, double):
        self.double = double
        double.control("POST", "reset", status=200)
        now = milliseconds(double.control("GET", "clock").json()["now"])
        # Each sequence begins with a minute.
        double.advance((60_000 - now % 60_000) / 1000)
        self.world = World(now + 60_000 - now % 60_000)
        self.line = RawConnection(double.port)
        self.open, self.handles = {}, 0  # connections of flights
        self.known = []  # ids of tasks, whatever became of them
        self.keys = []  # all keys ever, in order
        self.rules = 0

    def close(self):
        for each in [self.line, *self.open.values()]:
            each.socket.close()

    def play(self, steps, log=None):
        try:
            for number, step in enumerate(steps):
                if log is not None:
                    log.append(number)
                try:
                    getattr(self, step["do"])(**{k: v for k, v in step.items() if k != "do"})
                    self.compare()
                except Difference as error:
                    raise Difference(f"step {number}, {step}: {error}") from None
        finally:
            self.close()

    # MARK: What is meant

    def chosen(self, org):
        """The organization of a number, or none."""
        names = list(self.world.organizations)
        return self.world.organizations[names[org % len(names)]] if names else None

    def pair(self, org, key=0):
        one = self.chosen(org)
        return (one, list(one.keys)[key % len(one.keys)]) if one else (None, None)

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
            same((whole["success"], error["code"], error["message"], error["timestamp"]),
                 (False, refusal.code, refusal.message, stamp(self.world.now)), "envelope")  # fmt: skip
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

        Returns the organization, what is left in the bucket and the answer; None when it is judged."""
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

    # MARK: Keys and settings

    def mint(self, **settings):
        made = self.double.mint(**settings)
        one = self.world.mint(made["organization"], made["key"], settings)
        same((made["credits"], made["concurrency"], made["requestsPerSecond"]),
             (one.balance, one.concurrency, one.per_second), "minted")  # fmt: skip
        self.keys.append(made["key"])

    def join(self, org):
        one = self.chosen(org)
        if one:
            made = self.double.mint(organization=one.name)
            self.world.join(one.name, made["key"])
            self.keys.append(made["key"])

    def patch(self, org, key, **settings):
        one, key = self.pair(org, key)
        if one is None:
            return
        if "addCredits" in settings:
            settings["addCredits"] = max(settings["addCredits"], -one.balance)
        answer = self.double.control("PATCH", f"keys/{key}", settings)
        same(answer.status_code, 200, f"status of a change, {answer.text}")
        self.world.change(key, settings)
        same(answer.json()["credits"], one.balance, "credits after a change")

    def remove(self, org, key):
        one, key = self.pair(org, key)
        if one:
            self.double.control("DELETE", f"keys/{key}", status=200)
            self.world.remove_key(key)

    # MARK: Requests without a state

    def key_of(self, org, key):
        """A number from 90 on means a key of the past, or one that never was."""
        if key >= 90:
            return self.keys[key % len(self.keys)] if self.keys and key > 90 else UNKNOWN_KEY
        return self.pair(org, key)[1]

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
            same(len(body) > 240 and body[:5], ["AF", "AX", "AL", "DZ", "AS"], "countries")

    def query_issues(self, one, what, query):
        name, _, value = (query or "").partition("=")
        if what == "states" and (name != "country" or not re.fullmatch("[A-Z]{2}", value)):
            return ["country"]
        if what == "countries" and name == "model":
            models = set(PROVIDERS) - {"google/news"}
            if one.contract == OCTOBER:
                models |= {"aioverview"}
            return [] if value in models else ["model"]
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

    # MARK: Synchronous questions

    def ask(self, org, key, provider, body, leaves=False):
        key = self.key_of(org, key)
        if not key:
            return
        path, one = f"/v1/monitor/{provider}", self.world.of(key)
        content = body["raw"].encode() if isinstance(body, dict) and "raw" in body else body
        failing = (
            {""} if content is not body else issues(one.contract if one else JULY, provider, body)
        )
        if one is None or failing or not self.would_pass(one, key, f"POST {path}"):
            got = self.begin(key, f"POST {path}", "POST", path, content)
            if got:
                one, remaining, answer = got
                refusal = invalid(one.contract, failing, False)
                self.refused(answer, one.contract, self.headers(one, remaining, path), refusal)
            return
        _, remaining = one.draw(key, f"POST {path}", self.world.now)
        fault = one.strike(REPLACING, key, path, provider)
        connection = RawConnection(self.double.port)
        self.handles += 1
        self.open[self.handles] = connection
        connection.send(request_bytes("POST", path, key, content))
        if fault:
            self.judge_replaced(
                one, self.handles, fault, self.headers(one, remaining, path, "valid")
            )
            return
        cost = price(provider, body, True)
        early = self.headers(one, remaining, path, "valid")
        if one.balance < cost:
            return self.refused(self.taken(self.handles), one.contract, early, no_credits())
        if one.used >= one.concurrency:
            headers = early | self.slots(one, one.concurrency + 1)
            refusal = no_slot(one.contract, one.concurrency)
            return self.refused(self.taken(self.handles), one.contract, headers, refusal)
        stub = one.stub(key, provider)
        latency = one.latency
        if stub and "latency" in stub:
            latency = int(stub["latency"].removesuffix("ms"))
        if delay := one.strike(DELAYING, key, path, provider):
            latency += int(delay["latency"].removesuffix("ms"))
        headers = {k: v for k, v in early.items() if not k.startswith("x-credits-")}
        headers |= self.slots(one, one.used + 1)
        flight = self.world.fly(one, key, cost, latency, headers, self.handles, provider, stub)
        if latency == 0:
            self.world.end_flight(one, flight)
            self.world.schedule(one)
            return self.land()
        self.await_slots(one, connection)
        if leaves:
            flight.gone = True
            self.open.pop(flight.handle).socket.close()

    def would_pass(self, one, key, endpoint):
        return one.remaining(key, endpoint, self.world.now) > 0

    def taken(self, handle):
        connection = self.open.pop(handle)
        try:
            return connection.answer()
        except (AssertionError, OSError) as error:
            raise Difference(f"no answer: {error}") from None
        finally:
            connection.socket.close()

    def judge_replaced(self, one, handle, fault, headers):
        if fault["kind"] == "status":
            return self.judge_fault(one, self.taken(handle), fault, headers)
        connection = self.open.pop(handle)
        try:
            data = connection.rest()
        except ConnectionResetError:
            data = b""
        connection.socket.close()
        same(data, b"", f"what came instead of an answer under {fault['kind']}")

    def await_slots(self, one, connection):
        """The double has let the question in: it holds a slot, and isn't answered."""

        def is_in():
            if select.select([connection.socket], [], [], 0)[0]:
                raise Difference(f"answered at once: {connection.answer().head}")
            return self.rows()[one.name]["slots"]["used"] == one.used

        eventually(is_in, f"{one.used} slots used")

    def land(self):
        """Judges the answers of the questions that have ended."""
        ended, self.world.ended = self.world.ended, []
        for flight, outcome, balance in ended:
            if flight.gone:
                continue
            latency = flight.ends - flight.began
            headers = dict(flight.headers)
            if outcome == "orphan":
                answer = self.taken(flight.handle)
                same(answer.status, 401, "status of a question whose organization is gone")
                code = json.loads(answer.body)["error"]["code"]
                same(code, "INVALID_OR_EXPIRED_API_KEY", "its code")
                continue
            if outcome == "charged" or flight.revision == JULY:
                headers["x-credits-remaining"] = str(balance)
                charged = flight.price if outcome == "charged" else 0
                headers["x-credits-charged"] = str(charged)
            if flight.spoilt == "truncate_body" and outcome == "charged":
                self.judge_cut(flight, headers, latency)
                continue
            answer = self.taken(flight.handle)
            if outcome == "poor":
                self.refused(answer, flight.revision, headers, no_credits(), flight.ends, latency)
            elif outcome == "error":
                error = flight.stub["error"]
                headers["retry-after"] = str(error["retryAfter"])
                self.judge(answer, flight.revision, error["status"], headers, latency=latency)
            else:
                self.judge(answer, flight.revision, 200, headers, latency=latency)
                self.judge_result(answer, flight)

    def judge_result(self, answer, flight):
        try:
            body = json.loads(answer.body)
        except ValueError:
            return same(flight.spoilt, "malformed_response", "fault of an answer that is no JSON")
        same(flight.spoilt, None, "fault of a good answer")
        same((list(body), body["success"]), (["success", "result"], True), "envelope")
        if flight.stub:
            same(body["result"].get("text"), flight.stub["result"]["text"], "stubbed text")

    def judge_cut(self, flight, headers, latency):
        connection = self.open.pop(flight.handle)
        head = connection.until(b"\r\n\r\n")
        status, fields = parse_head(head[:-4])
        self.judge(
            Answer(status, fields, b"", head), flight.revision, 200, headers, latency=latency
        )
        same(len(connection.rest()), 5, "bytes of a cut body")
        connection.socket.close()

    def leave(self, flight):
        waiting = [
            each
            for one in self.world.organizations.values()
            for each in one.flights
            if not each.gone
        ]
        if waiting:
            one = waiting[flight % len(waiting)]
            one.gone = True
            self.open.pop(one.handle).socket.close()

    # MARK: Tasks

    def submit(self, org, key, item):
        key = self.key_of(org, key)
        got = key and self.begin(key, f"POST {TASK}", "POST", TASK, item)
        if not got:
            return
        one, remaining, answer = got
        headers = self.headers(one, remaining)
        if self.struck(one, key, TASK, remaining, answer):
            return
        failing = task_issues(one.contract, item)
        if failing:
            refusal = invalid(one.contract, failing, True)
            return self.refused(answer, one.contract, headers, refusal)
        cost = price(TYPES[item["taskType"]], item["payload"], False)
        refusals = self.task_refusals(one, item, cost, set())
        if len(one.queued) + 1 > one.queue_limit:
            refusals.append(queue_full(one.contract, len(one.queued), 1, one.queue_limit))
        if refusals:
            # Nobody says which of several comes first.
            fitting = [each for each in refusals if each.status == answer.status]
            return self.refused(answer, one.contract, headers, (fitting or refusals)[0])
        self.judge(answer, one.contract, 200, headers)
        body = json.loads(answer.body)
        self.judge_created(one, item, cost, body)
        same(list(body), ["success", "task", "credits"], "members")
        self.world.submit(one, key, [(body["task"]["id"], item, cost)])
        self.world.schedule(one)
        self.known.append(body["task"]["id"])

    def task_refusals(self, one, item, cost, taken):
        found, name = [], item.get("idempotencyKey")
        if name is not None and (name in taken or name in {each.idempotency for each in one.tasks}):
            found.append(conflict(one.contract, name))
        if one.balance < cost:
            found.append(no_credits())
        return found

    def judge_created(self, one, item, cost, made):
        same(made["success"], True, "success")
        same(bool(UUID.fullmatch(made["task"]["id"])), True, f"id {made['task']['id']}")
        wanted = {
            "id": made["task"]["id"], "taskType": item["taskType"], "status": "QUEUED",
            "priority": item.get("priority", 1), "createdAt": stamp(self.world.now),
        }  # fmt: skip
        if one.contract == OCTOBER:
            wanted["latencyMs"] = None
        if "idempotencyKey" in item:
            wanted["idempotencyKey"] = item["idempotencyKey"]
        same(made["task"], wanted, "task")
        same(made["credits"], {"creditsToCharge": cost, "creditsCharged": None}, "credits")

    def batch(self, org, key, items):
        key = self.key_of(org, key)
        got = key and self.begin(key, f"POST {BATCH}", "POST", BATCH, items)
        if not got:
            return
        one, remaining, answer = got
        headers = self.headers(one, remaining)
        if not isinstance(items, list) or not items:
            return self.refused(answer, one.contract, headers, invalid(one.contract, [""], True))
        if self.struck(one, key, BATCH, remaining, answer):
            return
        if len(one.queued) + len(items) > one.queue_limit:
            refusal = queue_full(one.contract, len(one.queued), len(items), one.queue_limit)
            if answer.status != 429:
                # Only what would be queued counts, says the other reading.
                good = sum(not task_issues(one.contract, each) for each in items)
                same(
                    len(one.queued) + good <= one.queue_limit,
                    True,
                    f"overflow, {answer.body[:200]}",
                )
            else:
                return self.refused(answer, one.contract, headers, refusal)
        self.judge(answer, one.contract, 200, headers)
        self.judge_rows(one, key, items, json.loads(answer.body))

    def judge_rows(self, one, key, items, body):
        made, taken, succeeded = [], set(), 0
        same(list(body), ["success", "summary", "results"], "members")
        same(len(body["results"]), len(items), "rows")
        for index, (item, row) in enumerate(zip(items, body["results"], strict=True)):
            same(row["index"], index, "index")
            if failing := task_issues(one.contract, item):
                self.judge_failed_row(one, row, index, failing)
                continue
            cost = price(TYPES[item["taskType"]], item["payload"], False)
            refusals = self.task_refusals(one, item, cost, taken)
            if refusals:
                codes = {"INSUFFICIENT_CREDITS", "RESOURCE_ALREADY_EXISTS"} & {
                    "RESOURCE_ALREADY_EXISTS" if each.status == 409 else each.code
                    for each in refusals
                }
                same((row["success"], row["error"]["code"] in codes), (False, True), f"row {row}")
                continue
            same(row["success"], True, f"row {row}")
            self.judge_created(one, item, cost, {k: v for k, v in row.items() if k != "index"})
            made.append((row["task"]["id"], item, cost))
            taken.add(item.get("idempotencyKey"))
            succeeded += 1
        summary = {"total": len(items), "succeeded": succeeded, "failed": len(items) - succeeded}
        same(body["summary"], summary, "summary")
        self.known += [identifier for identifier, _, _ in made]
        self.world.submit(one, key, made)
        self.world.schedule(one)

    def judge_failed_row(self, one, row, index, failing):
        error = row["error"]
        same((row["success"], error["code"]), (False, "VALIDATION_ERROR"), f"row {row}")
        if one.contract == JULY:
            same(error["message"], "Task validation failed", "message")
            same(error["details"]["field"] in failing, True, f"field {error['details']}")
        else:
            same(error["message"], f"Invalid task at index {index}", "message")
            named = sorted(each["field"] for each in error["details"]["errors"])
            same(named, sorted(failing), "failing fields")

    def read(self, org, key, task):
        key = self.key_of(org, key)
        if not key:
            return
        identifier = self.known[task % len(self.known)] if self.known and task else "no-such-task"
        path = f"{TASK}/{identifier}"
        got = self.begin(key, "GET /v1/async/task/{taskId}", "GET", path)
        if not got:
            return
        one, remaining, answer = got
        headers = self.headers(one, remaining)
        owner, found = self.world.find(identifier)
        if owner is not one:
            return self.refused(answer, one.contract, headers, unknown_task(identifier))
        if self.struck(one, key, path, remaining, answer):
            return
        self.judge(answer, one.contract, 200, headers)
        self.judge_task(one, found, json.loads(answer.body))
        self.world.read(one, found)
        self.advance(0)

    def judge_task(self, one, task, body):
        wanted = {
            "id": task.id, "taskType": task.type, "status": task.status,
            "priority": task.priority, "createdAt": stamp(task.created),
        }  # fmt: skip
        if one.contract == OCTOBER:
            wanted["latencyMs"] = task.latency
        if task.idempotency is not None:
            wanted["idempotencyKey"] = task.idempotency
        same(body["task"], wanted, "task")
        credits = {"creditsToCharge": task.price, "creditsCharged": task.charged}
        same(body["credits"], credits, "credits")
        members = ["task", "credits"]
        is_finished = task.status in ("COMPLETED", "FAILED")
        if is_finished and task.webhook and one.contract == OCTOBER:
            members.append("webhook")
            same(body["webhook"]["url"], task.webhook, "webhook")
        if is_finished:
            members.append("response")
        same(list(body), members, "members")
        if task.status == "FAILED":
            same(body["response"], {"error": task.error}, "response")
        elif task.status == "COMPLETED":
            same("error" in body["response"] or "success" in body["response"], False, "response")
            if task.stub:
                same(body["response"].get("text"), task.stub["result"]["text"], "stubbed text")

    def clear(self, org, key):
        key = self.key_of(org, key)
        got = key and self.begin(key, f"DELETE {QUEUE}", "DELETE", QUEUE)
        if not got:
            return
        one, remaining, answer = got
        if self.struck(one, key, QUEUE, remaining, answer):
            return
        cleared = len(one.queued)
        one.tasks = [each for each in one.tasks if each.status != "QUEUED"]
        self.judge(answer, one.contract, 200, self.headers(one, remaining))
        same(json.loads(answer.body), {"success": True, "cleared": cleared}, "cleared")

    def drive(self, task, verb):
        """Ends a task by hand."""
        running = [
            (one, each)
            for one in self.world.organizations.values()
            for each in one.processing
            if verb != "release" or each.held
        ]
        if not running:
            return
        one, found = running[task % len(running)]
        body = {"code": "BY_HAND", "message": "Said so"} if verb == "fail" else {}
        self.double.control("POST", f"tasks/{found.id}/{verb}", body, status=200)
        if verb == "release":
            if self.world.go_on(one, found):
                self.world.end_task(one, found)
                self.world.schedule(one)
        else:
            self.world.end_by_hand(one, found, dict(body) or None)
        self.advance(0)

    # MARK: Time, rules, reset and snapshots

    def advance(self, seconds):
        wanted = self.world.advance(round(seconds * 1000))
        got = self.double.advance(seconds)
        same(milliseconds(got["now"]), self.world.now, "now")
        self.land()
        # Of a question the double names the request, which the model doesn't know.
        fired = sorted(
            (
                milliseconds(each["at"]),
                each["kind"],
                "" if each["kind"] == "latency" else each["id"],
            )
            for each in got["fired"]
            if each["id"] != "demo"
        )
        same(fired, sorted((a, k, "" if k == "latency" else i) for a, k, i in wanted), "fired")

    def fault(self, org, key, body):
        self.rule("faults", org, key, body)

    def stub(self, org, key, body):
        self.rule("responses", org, key, body)

    def rule(self, kind, org, key, body):
        one, key = self.pair(org, key)
        if one is None:
            return
        body = {**body, "match": {**body.get("match", {}), "key": key}}
        made = self.double.control("POST", kind, body, status=201).json()
        rules = one.faults if kind == "faults" else one.stubs
        rules.append(Rule(made["id"], key, body, body.get("times")))

    def calm(self, org, kind):
        one, key = self.pair(org)
        if one:
            self.double.control("DELETE", kind, status=200, key=key)
            (one.faults if kind == "faults" else one.stubs).clear()

    def reset(self, org=None):
        one, key = (None, None) if org is None else self.pair(org)
        if org is not None and one is None:
            return
        self.double.control("POST", "reset", status=200, **({"key": key} if key else {}))
        self.world.reset(one and one.name)

    def snapshot(self, name, org=None):
        one, key = (None, None) if org is None else self.pair(org)
        if org is not None and one is None:
            return
        path = f"snapshots/{name}"
        self.double.control("POST", path, status=201, **({"key": key} if key else {}))
        self.world.snapshot(name, one and one.name)

    def restore(self, name, org=None):
        one, key = (None, None) if org is None else self.pair(org)
        if name not in self.world.snapshots or (org is not None and one is None):
            return
        if one and one.name not in self.world.snapshots[name][1]:
            return
        path = f"snapshots/{name}/restore"
        self.double.control("POST", path, status=200, **({"key": key} if key else {}))
        self.world.restore(name, one and one.name)

    # MARK: States

    def rows(self):
        found = self.double.control("GET", "organizations", status=200).json()["organizations"]
        return {each["organization"]: each for each in found if each["organization"] != "demo"}

    def compare(self):
        """Settles the double, then compares all that can be seen of each organization."""
        same(self.double.advance(0)["fired"], [], "fired without time")
        rows, world = self.rows(), self.world
        same(list(rows), list(world.organizations), "organizations")
        for name, one in world.organizations.items():
            row = rows[name]
            same(row["slots"], {"used": one.used, "limit": one.concurrency}, f"slots of {name}")
            same((row["queue"]["queued"], row["queue"]["processing"]),
                 (len(one.queued), len(one.processing)), f"queue of {name}")  # fmt: skip
            same((row["contract"], row["plan"]), (one.contract, one.plan), f"settings of {name}")
            self.compare_buckets(one, row)
            self.compare_ledger(one, row)
            self.compare_tasks(one)

    def compare_buckets(self, one, row):
        tails = {each["key"]: each for each in row["keys"]}
        same({tail: each["revoked"] for tail, each in tails.items()},
             {key[-4:]: revoked for key, revoked in one.keys.items()}, f"keys of {one.name}")  # fmt: skip
        for key in one.keys:
            shown = {
                each["endpoint"]: (each["limit"], each["remaining"])
                for each in tails[key[-4:]]["buckets"]
            }
            drawn = {endpoint for of, endpoint in one.buckets if of == key}
            for endpoint in drawn | set(shown):
                left = one.remaining(key, endpoint, self.world.now)
                found = shown.get(endpoint, (one.per_second, one.per_second))
                same(found, (one.per_second, left), f"bucket {endpoint} of {key[-4:]}")

    def compare_ledger(self, one, row):
        key = next(iter(one.keys))
        ledger = self.double.ledger(key, limit=10_000)
        entries = [(each["kind"], each["amount"]) for each in ledger["entries"]]
        same(entries, one.entries, f"ledger of {one.name}")
        same((ledger["consistent"], ledger["balance"], row["credits"]),
             (True, one.balance, one.balance), f"balance of {one.name}")  # fmt: skip
        same(one.balance >= 0, True, "a balance that isn't negative")

    def compare_tasks(self, one):
        key = next(iter(one.keys))
        answer = self.double.control("GET", "tasks", status=200, key=key).json()
        found = [(each["id"], each["status"]) for each in answer["tasks"]]
        same(found, [(each.id, each.status) for each in one.tasks], f"tasks of {one.name}")
        hooks = self.double.control("GET", "webhooks", status=200, key=key).json()["webhooks"]
        same([each["taskId"] for each in hooks], one.hooks, f"webhooks of {one.name}")
