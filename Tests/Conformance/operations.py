"""Every operation of the API, how to call it well, and how to provoke each of its statuses."""

from api import body, task
from rules import JULY, OCTOBER
from support import PROVIDERS, UNKNOWN_KEY, path_of

MONITORS = {("POST", path_of(provider)): provider for provider in PROVIDERS}
GOTO = ("POST", path_of("google/goto"))
TASK = ("POST", "/v1/async/task")
BATCH = ("POST", "/v1/async/task/batch")
READ = ("GET", "/v1/async/task/{taskId}")
SHARED = [
    *MONITORS, ("GET", "/v1/countries"), ("GET", "/v1/states"), TASK, BATCH, READ,
    ("GET", "/v1/async/status"), ("DELETE", "/v1/async/queue"), ("GET", "/v1/credits"),
]  # fmt: skip
OPERATIONS = {JULY: SHARED, OCTOBER: [*SHARED, GOTO]}
NOBODY = "00000000-0000-4000-8000-000000000000"
LINK = "https://www.google.com/goto?url=https%3A%2F%2Fexample.com%2F"


def call(api, key, operation, **changes):
    """A valid call; `body`, `path` or `params` replace a part of it."""
    method, path = operation
    options = {"params": {"country": "US"}} if path == "/v1/states" else {}
    if operation in MONITORS:
        options["body"] = body(MONITORS[operation])
    elif operation == GOTO:
        options["body"] = {"url": LINK}
    elif operation == TASK:
        options["body"] = task()
    elif operation == BATCH:
        options["body"] = [task(), task("grok", body("grok", country=1))]
    elif operation == READ and "path" not in changes:
        path = path.format(taskId=api.submitted(key))
    options |= changes
    return api.send(method, options.pop("path", path), key, **options)


def provoke(api, operation, status):
    """Answers of an operation that have, or should have, a status: each way to come to it."""
    faults = {400: [{}], 409: [{}], 499: [{}], 502: [{}], 503: [{"retryAfter": 7}]}
    faults[500] = [{}, {"message": "Maximum retries exceeded"}]
    ways = WAYS.get((operation, status)) or WAYS.get(status)
    if ways:
        yield from ways(api, operation)
    asked = status in faults and (operation, status) != (GOTO, 502)
    # The one 400 that isn't the request's fault is a provider's.
    if asked and (status != 400 or operation in MONITORS or operation == TASK):
        for fault in faults[status]:
            key = api.mint()
            with api.fault(key, kind="status", status=status, **fault):
                path = {"path": f"/v1/async/task/{NOBODY}"} if operation == READ else {}
                yield call(api, key, operation, **path)


def served(api, operation):
    yield call(api, api.mint(), operation)


def invalid(api, operation):
    key = api.mint()
    changes = {
        "/v1/countries": {"params": {"model": "nobody"}},
        "/v1/states": {"params": {}},
        "/v1/async/task/batch": {"body": []},
    }.get(operation[1], {"body": {}})
    yield call(api, key, operation, **changes)
    if operation[0] == "POST":
        yield call(api, key, operation, body="text")


def sync_invalid(api, operation):
    if api.is_july and operation in (TASK, BATCH):
        return
    yield from invalid(api, operation)


def no_key(api, operation):
    path = {"path": f"/v1/async/task/{NOBODY}"} if operation == READ else {}
    for key in (None, "key", UNKNOWN_KEY):
        yield call(api, key, operation, **path)


def poor(api, operation):
    yield call(api, api.mint(credits=0), operation)


def unknown_task(api, operation):
    for id in (NOBODY, "nothing"):
        yield call(api, api.mint(), operation, path=f"/v1/async/task/{id}")


def taken(api, operation):
    key = api.mint()
    api.submit(key, idempotencyKey="once")
    yield call(api, key, operation, body=task(idempotencyKey="once"))


def limited(api, operation):
    key = api.mint(requestsPerSecond=1)
    path = {"path": f"/v1/async/task/{NOBODY}"} if operation == READ else {}
    call(api, key, operation, **path)
    yield call(api, key, operation, **path)
    if operation in MONITORS:
        yield call(api, api.mint(concurrency=0), operation)
    if operation in (TASK, BATCH):
        yield call(api, api.mint(queueLimit=0), operation)


def unresolvable(api, operation):
    yield call(api, api.mint(), operation, body={"url": "https://www.google.com/goto"})


WAYS = {
    200: served, 400: sync_invalid, 401: no_key, 403: poor, 404: unknown_task, 409: None,
    422: invalid, 429: limited, (TASK, 409): taken, (GOTO, 502): unresolvable,
}  # fmt: skip

CONTROL = [
    ("GET", "/_mock/health"), ("GET", "/_mock/ready"),
    ("GET", "/_mock/keys"), ("POST", "/_mock/keys"), ("GET", "/_mock/keys/{key}"),
    ("PATCH", "/_mock/keys/{key}"), ("DELETE", "/_mock/keys/{key}"), ("POST", "/_mock/reset"),
    ("GET", "/_mock/ledger"), ("GET", "/_mock/clock"), ("PUT", "/_mock/clock"),
    ("POST", "/_mock/clock/advance"), ("GET", "/_mock/requests"),
    ("POST", "/_mock/requests/release"), ("POST", "/_mock/requests/{id}/release"),
    ("GET", "/_mock/tasks"), ("POST", "/_mock/tasks/await"), ("POST", "/_mock/webhooks/await"),
    ("POST", "/_mock/verify"), ("GET", "/_mock/unused"), ("GET", "/_mock/report"),
    ("POST", "/_mock/forecast"),
    ("POST", "/_mock/recordings/start"), ("POST", "/_mock/recordings/stop"),
    ("POST", "/_mock/tasks/{id}/complete"), ("POST", "/_mock/tasks/{id}/fail"),
    ("POST", "/_mock/tasks/{id}/release"), ("GET", "/_mock/webhooks"),
    ("POST", "/_mock/webhooks/{deliveryId}/redeliver"), ("GET", "/_mock/results/{id}/{page}"),
    ("GET", "/_mock/openapi.json"), ("GET", "/_mock/fixture.schema.json"),
    ("GET", "/_mock/ca.pem"), ("GET", "/_mock/conformance"), ("GET", "/_mock/faults"),
    ("POST", "/_mock/faults"), ("DELETE", "/_mock/faults"), ("DELETE", "/_mock/faults/{id}"),
    ("GET", "/_mock/responses"), ("POST", "/_mock/responses"), ("DELETE", "/_mock/responses"),
    ("DELETE", "/_mock/responses/{id}"), ("GET", "/_mock/journal"), ("DELETE", "/_mock/journal"),
    ("POST", "/_mock/journal/await"), ("GET", "/_mock/events"), ("GET", "/_mock/metrics"),
    ("GET", "/_mock/snapshots"), ("POST", "/_mock/snapshots/{name}"),
    ("GET", "/_mock/snapshots/{name}"), ("PUT", "/_mock/snapshots/{name}"),
    ("DELETE", "/_mock/snapshots/{name}"),
    ("POST", "/_mock/snapshots/{name}/restore"),
    ("GET", "/_mock/organizations"), ("GET", "/_mock/selfcheck"), ("GET", "/_mock/"),
    ("POST", "/_mock/mcp"), ("GET", "/_mock/mcp"), ("DELETE", "/_mock/mcp"),
    ("GET", "/_mock/llms.txt"), ("GET", "/_mock/llms-full.txt"), ("GET", "/_mock/skill.md"),
]  # fmt: skip
# These answer when something happens, or go on for ever: generated cases would wait for that.
EVENTS, AWAIT = ("GET", "/_mock/events"), ("POST", "/_mock/journal/await")
WAITING = {
    EVENTS, AWAIT, ("POST", "/_mock/tasks/await"), ("POST", "/_mock/webhooks/await"),
    ("POST", "/_mock/verify"), ("GET", "/_mock/mcp"),
}  # fmt: skip
LISTEN = ("GET", "/_mock/mcp")
