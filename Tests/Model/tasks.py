"""Tasks: submitted alone or in batches, read, driven and cleared."""

import json

from judge import UUID, Judge, same, stamp
from requests_model import (
    JULY, OCTOBER, TYPES, conflict, invalid, is_off, no_credits, price, queue_full, switched_off,
    task_issues, unknown_task,
)  # fmt: skip

TASK, BATCH, QUEUE = "/v1/async/task", "/v1/async/task/batch", "/v1/async/queue"


class Tasks(Judge):
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
        provider = TYPES[item["taskType"]]
        if is_off(one.contract, provider):
            return self.refused(answer, one.contract, headers, switched_off(provider))
        cost = price(one.contract, provider, item["payload"], False)
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
            provider = TYPES[item["taskType"]]
            if is_off(one.contract, provider):
                same(row["error"]["code"], "MODEL_UNAVAILABLE", f"row {row}")
                continue
            cost = price(one.contract, provider, item["payload"], False)
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
