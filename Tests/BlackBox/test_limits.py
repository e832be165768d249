"""What a double keeps at most: what a test adds beyond that is refused with the number, and what
the double makes itself is dropped, the oldest first, and counted."""

import pytest

from async_support import finished, submit, task
from control_support import fault, metrics, snapshot, stub
from support import BUILT_IN_KEY, cli, eventually


def reached(answer, name, number):
    assert answer.status_code == 409, answer.text
    error = answer.json()["error"]
    assert error["code"] == "LIMIT_REACHED"
    assert error["details"] == {"limit": name, "number": number}
    assert str(number) in error["message"] and f"--limit {name}=N" in error["message"]


def test_minted_keys(double):
    one = double("--limit", "keys=3")
    first, second = one.minted(), one.minted()
    before = one.control("GET", "keys").json()
    reached(one.control("POST", "keys", {}), "keys", 3)
    joined = {"organization": one.control("GET", f"keys/{first}").json()["organization"]}
    reached(one.control("POST", "keys", joined), "keys", 3)
    assert one.control("GET", "keys").json() == before
    one.control("DELETE", f"keys/{second}", status=200)
    # The refusals have used up no number.
    assert one.mint()["organization"] == "org-3"
    one.control("POST", "reset", status=200)
    assert one.minted() and one.minted()


def test_snapshots(double):
    one = double("--limit", "snapshots=2", "--limit", "snapshot-items=8", "--clock", "manual")
    key = one.minted(credits=1000, concurrency=9)
    snapshot(one, "a", key=key)
    snapshot(one, "b", key=key)
    reached(one.control("POST", "snapshots/c"), "snapshots", 2)
    # One that is replaced makes room for its successor.
    snapshot(one, "b", key=key)
    one.control("DELETE", "snapshots/b", status=200)
    for _ in range(7):
        submit(one, key)
    # Seven tasks and a key, and the key of the other snapshot.
    reached(one.control("POST", "snapshots/b", key=key), "snapshot-items", 8)
    one.control("DELETE", "snapshots/a", status=200)
    snapshot(one, "b", key=key)


@pytest.mark.parametrize(
    ("path", "add"),
    [("faults", lambda one, key: fault(one, {"kind": "empty_response"}, key)),
     ("responses", lambda one, key: stub(one, key, result={}))],
)  # fmt: skip
def test_rules(double, path, add):
    one = double(env={"CLORO_MOCK_LIMIT": "rules=2,keys=50"})
    key, other = one.minted(), one.minted()
    body = {"match": {"key": key}}
    body |= {"fault": {"kind": "empty_response"}} if path == "faults" else {"result": {}}
    first = add(one, key)
    add(one, key)
    reached(one.control("POST", path, body), "rules", 2)
    # Each organization has its own, and so have those for all.
    add(one, other)
    add(one, None)
    one.control("DELETE", f"{path}/{first['id']}", status=200)
    one.control("POST", path, body, status=201)


def test_finished_tasks(double):
    one = double("--limit", "finished-tasks=3")
    key, other = one.minted(credits=1000), one.minted(credits=1000)
    ids = [submit(one, key) for _ in range(3)]
    for each in ids:
        finished(one, key, each)
    last = submit(one, other)
    finished(one, other, last)
    listed = one.control("GET", "tasks", status=200).json()
    assert [each["id"] for each in listed["tasks"]] == [*ids[1:], last]
    assert listed["dropped"] == 1
    assert one.get(key, f"/v1/async/task/{ids[0]}").status_code == 404
    assert one.control("GET", "tasks", key=key).json()["dropped"] == 1
    assert one.control("GET", "tasks", key=other).json()["dropped"] == 0
    assert "cloro_mock_tasks_dropped_total 1" in metrics(one)
    assert one.control("GET", "selfcheck").json()["problems"] == []
    # Tasks that run or wait are never dropped.
    slow = one.minted(credits=1000, latency="1h", concurrency=2)
    for _ in range(5):
        submit(one, slow)
    assert len(one.control("GET", "tasks", key=slow).json()["tasks"]) == 5


def test_deliveries(double):
    one = double("--limit", "deliveries=3", "--clock", "manual")
    key = one.minted(credits=1000, webhookMode="collect")
    ids = [submit(one, key, task(webhook={"url": "http://127.0.0.1:9/"})) for _ in range(5)]
    rows = lambda **query: one.control("GET", "webhooks", status=200, **query).json()  # noqa: E731
    eventually(lambda: rows()["dropped"] == 2, "two dropped deliveries")
    assert [row["taskId"] for row in rows()["webhooks"]] == ids[2:]
    assert "cloro_mock_webhooks_dropped_total 2" in metrics(one)


def tried(one, identifier):
    rows = one.control("GET", "webhooks").json()["webhooks"]
    return any(row["error"] for row in rows if row["taskId"] == identifier)


def test_deliveries_that_wait_for_their_next_attempt(double):
    one = double("--limit", "deliveries=2", "--clock", "manual")
    key = one.minted(credits=1000)
    ids = []
    for _ in range(4):
        ids.append(submit(one, key, task(webhook={"url": "http://127.0.0.1:9/"})))
        eventually(lambda: tried(one, ids[-1]), "an attempt")
    answer = one.control("GET", "webhooks").json()
    assert {row["taskId"] for row in answer["webhooks"]} == set(ids[2:])
    assert answer["dropped"] == 2
    # Only those that are left are tried again.
    fired = one.advance(3600)["fired"]
    assert len({each["id"] for each in fired if each["kind"] == "delivery"}) == 2


def test_pages_of_tasks(double):
    one = double("--clock", "manual")
    key, other = (one.minted(credits=1000, latency="1h") for _ in range(2))
    ids = [submit(one, each) for each in (key, other, key, other, key)]
    page = lambda **query: one.control("GET", "tasks", status=200, **query).json()  # noqa: E731
    seen, since = [], 0
    while rows := page(since=since, limit=2)["tasks"]:
        assert len(rows) <= 2
        seen += [row["id"] for row in rows]
        since = rows[-1]["number"]
    assert seen == ids
    assert [row["id"] for row in page(key=other, limit=1)["tasks"]] == ids[1:2]
    assert page(limit=0)["tasks"] == []
    for query in ("since=-1", "limit=x", "since=1&since=2"):
        assert one.http.get(f"/_mock/tasks?{query}").status_code == 400


def test_pages_of_webhooks(double):
    one = double("--clock", "manual")
    key = one.minted(credits=1000, webhookMode="collect")
    ids = [submit(one, key, task(webhook={"url": "http://127.0.0.1:9/"})) for _ in range(5)]
    page = lambda **query: one.control("GET", "webhooks", status=200, **query).json()  # noqa: E731
    eventually(lambda: len(page()["webhooks"]) == 5, "five deliveries")
    seen, since = [], 0
    while rows := page(since=since, limit=2)["webhooks"]:
        seen += [row["taskId"] for row in rows]
        since = rows[-1]["number"]
    assert seen == ids
    assert page(limit=0)["webhooks"] == []
    assert one.http.get("/_mock/webhooks?limit=-1").status_code == 400


@pytest.mark.parametrize("text", ["keys", "keys=", "keys=-1", "keys=x", "kyes=1", "=1", "keys=1=2"])
def test_what_is_no_limit(text):
    for ended in (cli("--limit", text), cli("serve", env={"CLORO_MOCK_LIMIT": f"rules=1,{text}"})):
        assert ended.returncode == 64 and "snapshot-items=N" in ended.stderr
        assert "limit" in ended.stderr.lower() and text in ended.stderr


def test_a_limit_of_nothing(double):
    one = double("--limit", "keys=0", "--limit", "finished-tasks=0", "--limit", "deliveries=0",
                 "--limit", "rules=0", "--limit", "snapshots=0")  # fmt: skip
    # What fixtures give is there all the same.
    assert one.ask(BUILT_IN_KEY).status_code == 200
    reached(one.control("POST", "keys", {}), "keys", 0)
    reached(one.control("POST", "snapshots/a"), "snapshots", 0)
    submit(one, BUILT_IN_KEY, task(webhook={"url": "http://127.0.0.1:9/"}))
    eventually(lambda: one.control("GET", "tasks").json()["dropped"] == 1, "a dropped task")
    assert one.control("GET", "selfcheck").json()["problems"] == []
