"""The API under test in one revision, as tests speak of it."""

import json
from contextlib import contextmanager

from rules import JULY
from support import TIMESTAMP, eventually, path_of, question
from wire import RawConnection, request_bytes

TASK_TYPES = {
    "chatgpt": "CHATGPT", "gemini": "GEMINI", "grok": "GROK", "google": "GOOGLE",
    "google/news": "GOOGLE_NEWS", "copilot": "COPILOT", "perplexity": "PERPLEXITY",
    "aimode": "AIMODE",
}  # fmt: skip
RATE = {"x-ratelimit-limit", "x-ratelimit-remaining"}
CREDITS = {"x-credits-remaining", "x-credits-charged"}
IDENTITY = {"x-request-id", "x-latency-ms"}


class Api:
    """A double in one revision; `double` has the control API."""

    def __init__(self, double, revision):
        self.double, self.revision = double, revision
        self.is_july = revision == JULY
        self.prefix = "x-concurrent-" if self.is_july else "x-concurrency-"
        self.slot_names = {self.prefix + name for name in ("limit", "current", "remaining")}
        # What every authenticated answer has.
        self.always = RATE if self.is_july else RATE | IDENTITY

    # MARK: Calls

    def mint(self, **body):
        return self.double.mint(contract=self.revision, **body)["key"]

    def send(self, method, path, key=None, body=None, **options):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return self.double.http.request(
            method, path, json=body, headers=headers | options.pop("headers", {}), **options
        )

    def get(self, key, path, **params):
        return self.send("GET", path, key, params=params or None)

    def post(self, key, path, body):
        return self.send("POST", path, key, body)

    def ask(self, key, provider="chatgpt", text="What is the best laptop?", **members):
        return self.post(key, path_of(provider), body(provider, text, **members))

    def result(self, key, provider="chatgpt", text="What is the best laptop?", **members):
        answer = self.ask(key, provider, text, **members)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def goto(self, key, url):
        return self.post(key, path_of("google/goto"), {"url": url})

    def waiting(self, key):
        """The identifier of a question that waits; the client doesn't stay."""
        with RawConnection(self.double.port) as connection:
            body = question("chatgpt")
            connection.send(request_bytes("POST", path_of("chatgpt"), key, body))
            rows = eventually(
                lambda: self.double.control("GET", "requests", key=key).json()["requests"],
                "a request that waits",
            )
        return rows[0]["requestId"]

    # MARK: Tasks

    def submit(self, key, provider="chatgpt", payload=None, **members):
        return self.post(key, "/v1/async/task", task(provider, payload, **members))

    def submitted(self, key, provider="chatgpt", payload=None, **members):
        """The new task's id."""
        answer = self.submit(key, provider, payload, **members)
        assert answer.status_code == 200, answer.text
        return answer.json()["task"]["id"]

    def batch(self, key, tasks):
        return self.post(key, "/v1/async/task/batch", tasks)

    def read(self, key, id):
        return self.get(key, f"/v1/async/task/{id}").json()

    def settled(self, key):
        """Waits until no task of the key's organization is under way, without asking the API."""

        def unfinished():
            tasks = self.double.control("GET", "tasks", status=200, key=key).json()["tasks"]
            return [each for each in tasks if each["status"] in ("QUEUED", "PROCESSING")]

        eventually(lambda: not unfinished(), "finished tasks")

    def outcome(self, key, id):
        """A task that ends by itself, read when it has."""
        self.settled(key)
        return self.read(key, id)

    def status(self, key, id):
        return self.read(key, id)["task"]["status"]

    def drive(self, id, action, body=None):
        """Completes, fails or releases a task by hand."""
        return self.double.control("POST", f"tasks/{id}/{action}", body or {}, status=200).json()

    # MARK: Time, faults, slots

    def advance(self, seconds):
        return self.double.advance(seconds)

    @contextmanager
    def fault(self, key, path=None, **fault):
        match = {name: value for name, value in (("key", key), ("path", path)) if value}
        made = self.double.control("POST", "faults", {"match": match, "fault": fault}, status=201)
        yield
        self.double.control("DELETE", f"faults/{made.json()['id']}", status=200)

    def hold(self, key, count=1, provider="chatgpt"):
        """That many questions in their latency, admitted one after the other."""
        before = self.double.running(key)
        connections = []
        for number in range(count):
            connection = RawConnection(self.double.port)
            connection.send(request_bytes("POST", path_of(provider), key, body(provider)))
            connections.append(connection)
            self.double.await_running(key, before + number + 1)
        return connections

    # MARK: Answers

    def slots(self, answer):
        """Limit, current and remaining."""
        get = answer.headers.get
        return tuple(int(get(self.prefix + name)) for name in ("limit", "current", "remaining"))

    def envelope(self, code, message, details=None, kind="object"):
        """A refusal's exact text, its timestamp as T. `kind` is the wrapping in 2026-07."""
        more = {} if details is None else {"details": details}
        error = {"code": code, "message": message, **more, "timestamp": "T"}
        if not self.is_july or kind == "success":
            whole = {"success": False, "error": error}
        elif kind == "text":
            whole = {"success": False, "error": message, **more}
        else:
            whole = {"error": error}
        return json.dumps(whole, separators=(",", ":"), ensure_ascii=False)


def body(provider, text="What is the best laptop?", **members):
    """A request body; a member that is `...` is left out."""
    whole = question(provider, text, **members)
    return {name: value for name, value in whole.items() if value is not ...}


def task(provider="chatgpt", payload=None, **members):
    payload = body(provider) if payload is None else payload
    return {"taskType": TASK_TYPES[provider], "payload": payload, **members}


def exact(answer):
    """An answer's text without the time."""
    return TIMESTAMP.sub("T", answer.text)


def code(answer):
    """Status and code of a refusal; a text that stands in its place counts as the code."""
    error = answer.json().get("error")
    return answer.status_code, error["code"] if isinstance(error, dict) else error


def issues(answer):
    """The entries of a validation failure, in any envelope."""
    whole = answer.json()
    return whole["details"] if "details" in whole else whole["error"]["details"]


def fields(answer):
    """The failing fields, sorted; none for a success."""
    return [] if answer.status_code == 200 else sorted(each["field"] for each in issues(answer))


def documented(answer):
    """The names of an answer's X- headers."""
    return {name.lower() for name in answer.headers if name.lower().startswith("x-")}
