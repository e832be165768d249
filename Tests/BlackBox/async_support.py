"""What the tests of asynchronous tasks share."""

from datetime import datetime, timezone

from support import DEADLINE, eventually

KINDS = {
    "CHATGPT": "chatgpt", "GEMINI": "gemini", "GROK": "grok", "PERPLEXITY": "perplexity",
    "COPILOT": "copilot", "AIMODE": "aimode", "GOOGLE": "google", "GOOGLE_NEWS": "google/news",
}  # fmt: skip
FINAL = {"COMPLETED", "FAILED"}
HOLD = {"mode": "hold"}
UNKNOWN_ID = "b0864943-5d45-4796-bc64-f052661256f0"


def task(kind="CHATGPT", text="What is the best laptop?", payload=None, **members):
    """The smallest valid task; `payload` adds to its payload."""
    name = "query" if kind.startswith("GOOGLE") else "prompt"
    content = {name: text, "country": "US", **(payload or {})}
    return {"taskType": kind, "payload": content, **members}


def hooked(receiver, **members):
    """A task that reports to a receiver, or to an address."""
    return task(webhook={"url": getattr(receiver, "url", receiver)}, **members)


def post(double, key, body=None):
    return double.post(key, "/v1/async/task", task() if body is None else body)


def post_batch(double, key, items):
    return double.post(key, "/v1/async/task/batch", items)


def submit(double, key, body=None):
    """The id of a new task."""
    answer = post(double, key, body)
    assert answer.status_code == 200, answer.text
    return answer.json()["task"]["id"]


def submit_batch(double, key, items):
    """The ids of new tasks."""
    answer = post_batch(double, key, items)
    assert answer.status_code == 200, answer.text
    assert answer.json()["summary"]["failed"] == 0, answer.text
    return [result["task"]["id"] for result in answer.json()["results"]]


def read(double, key, identifier):
    answer = double.get(key, f"/v1/async/task/{identifier}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def state(double, key, identifier):
    return read(double, key, identifier)["task"]["status"]


def finished(double, key, identifier):
    """The finished task."""

    def look():
        found = read(double, key, identifier)
        return found if found["task"]["status"] in FINAL else None

    return eventually(look, f"the end of {identifier}")


def status(double, key):
    return double.get(key, "/v1/async/status").json()


def in_slots(double, key, count):
    """Waits until that many tasks are processing."""
    eventually(lambda: status(double, key)["processingTasks"] == count, f"{count} processing")


def clear(double, key):
    headers = {"Authorization": f"Bearer {key}"}
    return double.http.delete("/v1/async/queue", headers=headers)


def listed(double, key, wanted=None):
    """The control API's list of an organization's tasks."""
    params = {"key": key} | ({"status": wanted} if wanted else {})
    answer = double.http.get("/_mock/tasks", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["tasks"]


def drive(double, identifier, verb, body=None):
    return double.control("POST", f"tasks/{identifier}/{verb}", body)


def deliveries(double, key):
    """Each attempt to deliver a webhook."""
    return double.control("GET", "webhooks", status=200, key=key).json()["webhooks"]


def settled(double, key, count, seconds=DEADLINE):
    """The attempts, once there are that many and each is over."""

    def look():
        found = deliveries(double, key)
        over = [each for each in found if each["status"] is not None or each["error"] is not None]
        return found if len(found) == len(over) == count else None

    return eventually(look, f"{count} attempts", seconds)


def charges(double, key):
    ledger = double.ledger(key, limit=10_000)
    assert ledger["consistent"] is True
    return [entry for entry in ledger["entries"] if entry["kind"] == "charge"]


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def start_of(double):
    return moment(double.control("GET", "clock").json()["now"])


def utc_now():
    return datetime.now(timezone.utc)
