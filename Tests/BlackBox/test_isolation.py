"""Many organizations in one process: each sees exactly its own, whatever the others do."""

import json
import random
import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from async_support import charges, listed, task
from control_support import CHATGPT, CREDITS, entries, fault, metrics, organization, page, stub
from support import Double, eventually, path_of, question

KEYS = [f"sk_test_{number:032x}" for number in range(12)]


class Visitor:
    """One of many tests that run at the same time: a connection and an organization of its own."""

    def __init__(self, double, number):
        self.double, self.number = double, number
        self.http = httpx.Client(base_url=double.url, timeout=90)
        minted = self.http.post(
            "/_mock/keys",
            json={"credits": 1000 + number, "seed": number, "latency": f"{number % 5}ms"},
        ).json()
        self.key, self.name = minted["key"], minted["organization"]
        self.texts, self.paid, self.statuses = [], 0, []

    def call(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = self.http.request(method, path, json=body, headers=headers)
        self.statuses.append(answer.status_code)
        return answer

    def ask(self, text):
        answer = self.call("POST", CHATGPT, question("chatgpt", text))
        if answer.status_code == 200:
            self.paid += 7
        return answer

    def control(self, method, path, body):
        assert self.http.request(method, f"/_mock/{path}", json=body).status_code == 201

    def work(self):
        """Everything that a test may do with its own organization; the outcomes are certain."""
        mine = {"key": self.key}
        marked = f"of {self.name}"
        stubbed = {"match": {**mine, "prompt": "stub"}, "result": {"text": marked}, "times": 2}
        self.control("POST", "responses", stubbed)
        broken = {"kind": "status", "status": 503 if self.number % 2 else 502}
        twice = {"match": {**mine, "prompt": "fault"}, "fault": broken, "times": 2}
        self.control("POST", "faults", twice)
        texts = [self.ask("stub").json()["result"]["text"] for _ in range(3)]
        assert texts[:2] == [marked] * 2 and texts[2] != marked
        assert [self.ask("fault").status_code for _ in range(3)] == [broken["status"]] * 2 + [200]
        for _ in range(self.number % 4):
            self.call("GET", CREDITS)
        self.call("POST", "/v1/async/task", task(text=self.name))
        self.http.close()
        return self


def test_two_hundred_organizations_in_parallel_see_their_own(double):
    one = double("--journal-entries", "100000")
    with ThreadPoolExecutor(16) as pool:
        visitors = list(pool.map(lambda number: Visitor(one, number).work(), range(200)))
    assert (
        len({visitor.key for visitor in visitors} | {visitor.name for visitor in visitors}) == 400
    )
    for visitor in visitors:
        eventually(lambda: listed(one, visitor.key, "COMPLETED"), "the task's end")
        rows = listed(one, visitor.key)
        assert [row["organization"] for row in rows] == [visitor.name]
        seen = page(one, key=visitor.key)
        assert seen["dropped"] == 0
        assert {entry["organization"] for entry in seen["entries"]} == {visitor.name}
        assert {entry["key"] for entry in seen["entries"]} == {visitor.key[-4:]}
        # One visitor asks one thing after the other, so the order is certain too.
        assert [entry["status"] for entry in seen["entries"]] == visitor.statuses
        assert sum(entry["creditsCharged"] for entry in seen["entries"]) == visitor.paid
        paid = charges(one, visitor.key)
        expected = sorted([7] * (visitor.paid // 7) + [5])
        assert sorted(-entry["amount"] for entry in paid) == expected
        assert one.balance(visitor.key) == 1000 + visitor.number - sum(expected)
    rules = one.control("GET", "faults").json()["faults"]
    assert sorted(rule["match"]["key"] for rule in rules) == sorted(each.key for each in visitors)
    assert {rule["timesLeft"] for rule in rules} == {0}
    used = re.findall(r"^cloro_mock_slots_used\{.*\} (\d+)$", metrics(one), re.MULTILINE)
    assert used == ["0"] * 201
    total = [entry["sequence"] for entry in entries(one)]
    assert total == list(range(1, len(total) + 1))


def script(key):
    """What one test does, in its own order: answers, free calls, tasks, refusals."""
    draw = random.Random(key)
    for number in range(24):
        kind = draw.choice(["ask", "ask", "task", "bad", "free"])
        if kind == "ask":
            provider = draw.choice(["chatgpt", "gemini", "google"])
            yield "POST", path_of(provider), question(provider, f"question {draw.randrange(9)}")
        elif kind == "task":
            yield "POST", "/v1/async/task", task(text=f"task {number}")
        elif kind == "bad":
            yield "POST", CHATGPT, {"prompt": ""}
        else:
            yield "GET", CREDITS, None


def play(one, order):
    """The bytes that each key gets when the requests come in that order of keys."""
    for key in KEYS:
        one.minted(key=key, contract="2026-10", latency="uniform(0ms,9ms)", concurrency=50)
        fault(one, {"kind": "status", "status": 503}, key, probability=0.2)
        stub(one, key, match={"provider": "gemini"}, result={"text": key}, times=3)
    scripts = {key: script(key) for key in KEYS}
    clients = {key: httpx.Client(base_url=one.url, timeout=90) for key in KEYS}
    got = {key: [] for key in KEYS}

    def step(key):
        method, path, body = next(scripts[key])
        headers = {"Authorization": f"Bearer {key}"}
        answer = clients[key].request(method, path, json=body, headers=headers)
        got[key].append((answer.status_code, answer.headers.get("x-request-id"), answer.content))

    order(step)
    for client in clients.values():
        client.close()
    return got


def one_after_the_other(step):
    for key in KEYS:
        for _ in range(24):
            step(key)


def in_turns(step):
    for _ in range(24):
        for key in reversed(KEYS):
            step(key)


def at_random(step):
    steps = KEYS * 24
    random.Random(5).shuffle(steps)
    for key in steps:
        step(key)


def in_parallel(step):
    def whole(key):
        for _ in range(24):
            step(key)

    with ThreadPoolExecutor(len(KEYS)) as pool:
        list(pool.map(whole, KEYS))


def timeless(got):
    """Without what tells the time."""

    def plain(body):
        value = json.loads(body)
        for place in (value.get("error"), value.get("task")):
            if isinstance(place, dict):
                for name in ("timestamp", "createdAt"):
                    place.pop(name, None)
        value.pop("cycleResetsAt", None)
        value.pop("remaining", None)
        return json.dumps(value)

    return {
        key: [(status, id, plain(body)) for status, id, body in rows] for key, rows in got.items()
    }


@pytest.fixture(scope="module")
def in_order():
    one = Double("--seed", "11")
    yield timeless(play(one, one_after_the_other))
    assert one.stop() == 0


@pytest.mark.parametrize("order", [in_turns, at_random, in_parallel])
def test_any_interleaving_gives_each_key_the_same(double, in_order, order):
    one = double("--seed", "11")
    for _ in range(3):  # others come and go
        one.ask(one.minted(), text="somebody else's")
    got = timeless(play(one, order))
    assert got == in_order
    statuses = {status for rows in got.values() for status, *_ in rows}
    assert statuses == {200, 400, 503}
    identifiers = [row[1] for rows in got.values() for row in rows]
    assert len(set(identifiers)) == len(identifiers) == 24 * len(KEYS)


def test_another_seed_gives_another_thing(double, in_order):
    assert timeless(play(double("--seed", "12"), in_turns)) != in_order


def test_a_reset_of_one_begins_its_sequence_anew_and_no_other_s(frozen):
    first, second = frozen.minted(contract="2026-10"), frozen.minted(contract="2026-10")

    def identifier(key):
        return frozen.ask(key).headers["x-request-id"]

    before = [identifier(first), identifier(second)]
    frozen.control("POST", "reset", status=200, key=first)
    assert identifier(first) == before[0] and identifier(second) != before[1]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "reset?kye={}", None), ("POST", "reset", {"key": "{}"}),
     ("DELETE", "faults?keys={}", None), ("DELETE", "responses?Key={}", None),
     ("DELETE", "journal?organization={}", None)],
)  # fmt: skip
def test_a_slip_in_narrowing_does_not_widen(double, method, path, body):
    one = double("--clock", "manual")
    key, other = one.minted(), one.minted()
    fault(one, {"kind": "status", "status": 503}, other, match={"path": CREDITS})
    stub(one, other, result={})
    one.ask(other)
    body = body and {name: value.format(key) for name, value in body.items()}
    refused = one.http.request(method, f"/_mock/{path.format(key)}", json=body)
    assert refused.status_code == 400, refused.text
    assert "key" in refused.json()["error"]["message"]
    assert organization(one, other) and one.get(other, CREDITS).status_code == 503
    assert len(entries(one, other)) == 2
    assert one.control("GET", "responses", key=other).json()["responses"]
