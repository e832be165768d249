"""Requests that wait: what is listed, held and released, and what becomes of those forgotten."""

import time

import pytest

from control_support import CHATGPT, CREDITS, asking, entries, fault, last
from support import UNKNOWN_KEY, cli, eventually
from wire import RawConnection, request_bytes

ROW = [
    "requestId", "key", "organization", "method", "path", "provider", "prompt", "since", "dueAt",
    "state", "slot",
]  # fmt: skip


def requests(double, key=None, **query):
    query |= {"key": key} if key else {}
    return double.http.get("/_mock/requests", params=query).json()["requests"]


def await_held(double, key, count):
    eventually(lambda: len(requests(double, key, state="held")) == count, f"{count} held")


def peak(double, key):
    (found,) = double.control("GET", "organizations", key=key).json()["organizations"]
    return found["peak"]


@pytest.mark.parametrize("clock", ["real", "manual"])
def test_21_questions_on_20_slots(shared, frozen, clock):
    double = shared if clock == "real" else frozen
    key = double.minted(plan="hobby", holdSync=True)
    asked = [asking(double, key, text=f"Question {number}?") for number in range(20)]
    await_held(double, key, 20)
    assert double.ask(key).status_code == 429
    held = requests(double, key)
    assert sorted(row["slot"] for row in held) == list(range(1, 21))
    assert {row["state"] for row in held} == {"held"} and {row["dueAt"] for row in held} == {None}
    assert peak(double, key) == {"concurrency": 20, "queued": 0}
    released = double.control("POST", "requests/release", status=200, key=key).json()
    assert released == {"released": 20}
    for connection in asked:
        assert connection.answer().status == 200
        connection.socket.close()
    charges = [entry["amount"] for entry in double.ledger(key)["entries"][1:]]
    assert charges == [-7] * 20 and double.running(key) == 0
    ids = {entry["requestId"] for entry in entries(double, key, status=200, path=CHATGPT)}
    assert ids == {row["requestId"] for row in held}
    assert requests(double, key) == []


def test_a_row_says_what_waits_and_until_when(frozen):
    key = frozen.minted(latency="2s")
    with asking(frozen, key, "google", "Which laptop?") as connection:
        frozen.await_running(key, 1)
        (row,) = requests(frozen, key)
        assert list(row) == ROW
        assert row["key"] == key[-4:] and (row["method"], row["path"]) == (
            "POST", "/v1/monitor/google",
        )  # fmt: skip
        assert (row["provider"], row["prompt"]) == ("google", "Which laptop?")
        assert (row["state"], row["slot"]) == ("running", 1) and row["dueAt"] > row["since"]
        assert requests(frozen, key, state="held") == []
        assert requests(frozen, key, state="running") == requests(frozen, key)
        answer = frozen.control("POST", f"requests/{row['requestId']}/release")
        assert answer.status_code == 409 and "not held" in answer.json()["error"]["message"]
        frozen.advance(2)
        assert connection.answer().status == 200
    assert last(frozen, key)["requestId"] == row["requestId"]


def test_latency_begins_with_the_release_and_an_advance_waits_for_the_answer(frozen):
    key = frozen.minted(holdSync=True, latency="3s")
    with asking(frozen, key) as connection:
        await_held(frozen, key, 1)
        frozen.advance(60)
        (row,) = requests(frozen, key)
        released = frozen.control("POST", f"requests/{row['requestId']}/release", status=200).json()
        assert released["state"] == "running" and released["slot"] == 1
        frozen.advance(2.999)
        assert requests(frozen, key, state="running")
        frozen.advance(0.001)
        assert connection.answer().status == 200
    assert last(frozen, key)["latencyMs"] == 63_000


def test_a_setting_is_changed_and_shown(frozen):
    key = frozen.minted()
    shown = frozen.control("GET", f"keys/{key}").json()
    assert (shown["holdSync"], shown["label"], shown["budget"]) == (False, None, None)
    changed = frozen.patch(key, holdSync=True, label="nightly", budget=70)
    assert (changed["holdSync"], changed["label"], changed["budget"]) == (True, "nightly", 70)
    with asking(frozen, key) as connection:
        await_held(frozen, key, 1)
        assert frozen.patch(key, holdSync=False, label="")["label"] is None
        assert frozen.ask(key).status_code == 200
        frozen.control("POST", "requests/release", status=200, key=key)
        assert connection.answer().status == 200
    labels = [entry["label"] for entry in entries(frozen, key)]
    assert sorted(labels, key=str) == [None, "nightly"]


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("holdSync", "yes", "expected true or false"),
        ("label", 1, "a text of at most 200 characters"),
        ("label", "x" * 201, "a text of at most 200 characters"),
        ("budget", -1, "a whole number from 0"),
    ],
)
def test_settings_that_can_t_be_used(frozen, member, value, expected):
    refused = frozen.control("POST", "keys", {member: value})
    assert refused.status_code == 400 and expected in refused.json()["error"]["message"]


def test_what_can_t_be_released_or_listed(frozen):
    assert frozen.control("POST", "requests/x/release").status_code == 404
    refused = frozen.http.get("/_mock/requests", params={"state": "helt"})
    assert refused.status_code == 400
    assert 'did you mean "held"?' in refused.json()["error"]["message"]
    assert frozen.http.get("/_mock/requests", params={"key": UNKNOWN_KEY}).status_code == 404


# MARK: The fault


def test_the_fault_holds_any_request(frozen):
    key = frozen.minted()
    fault(frozen, "hold", key, {"path": CREDITS}, times=1)
    with RawConnection(frozen.port) as connection:
        connection.send(request_bytes("GET", CREDITS, key))
        await_held(frozen, key, 1)
        (row,) = requests(frozen, key)
        assert (row["provider"], row["prompt"], row["slot"]) == (None, None, None)
        assert frozen.get(key, CREDITS).status_code == 200
        frozen.control("POST", f"requests/{row['requestId']}/release", status=200)
        assert connection.answer().status == 200
    assert last(frozen, key)["reason"].endswith("(hold)")


def test_the_fault_holds_a_question_with_its_slot_and_a_refusal_too(frozen):
    key = frozen.minted(concurrency=1)
    fault(frozen, "hold", key, {"provider": "chatgpt"})
    fault(frozen, {"kind": "status", "status": 503}, key, times=1)
    with asking(frozen, key) as connection:
        await_held(frozen, key, 1)
        assert frozen.ask(key, "grok").status_code == 429
        frozen.control("POST", "requests/release", status=200, key=key)
        assert connection.answer().status == 503
    with asking(frozen, key) as connection:
        await_held(frozen, key, 1)
        frozen.control("POST", "requests/release", status=200, key=key)
        assert connection.answer().status == 200


# MARK: Those that nobody releases


@pytest.mark.parametrize("clock", ["real", "manual"])
def test_a_hold_ends_by_itself(double, clock):
    one = double("--hold-limit", "200ms", "--clock", clock)
    key = one.minted(holdSync=True)
    begin = time.monotonic()
    assert one.ask(key).status_code == 200
    assert time.monotonic() - begin >= 0.2
    assert last(one, key)["reason"].endswith("; held for 200 ms, the limit of a hold")


def test_a_held_request_ends_with_the_double(double):
    one = double()
    key = one.minted(holdSync=True)
    with asking(one, key) as connection:
        await_held(one, key, 1)
        assert one.stop() == 0
        assert connection.rest() == b""


def test_a_held_request_doesn_t_hold_run_up():
    code = (
        "import os, socket; "
        "host, port = os.environ['CLORO_BASE_URL'][7:].split(':'); "
        "s = socket.create_connection((host, int(port))); "
        "body = b'{\"prompt\": \"a\", \"country\": \"US\"}'; "
        "s.sendall(b'POST /v1/monitor/chatgpt HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer '"
        " + os.environ['CLORO_API_KEY'].encode() + b'\\r\\nContent-Length: %d\\r\\n\\r\\n'"
        " % len(body) + body)"
    )
    ended = cli("run", "--", "python3", "-c", code)
    assert ended.returncode == 0, ended.stderr


def test_a_reset_lets_held_requests_end(frozen):
    key = frozen.minted(holdSync=True)
    with asking(frozen, key) as connection:
        await_held(frozen, key, 1)
        frozen.control("POST", "reset", status=200, key=key)
        assert connection.answer().status == 401
    assert peak(frozen, key) == {"concurrency": 0, "queued": 0}


def test_a_client_that_leaves_frees_its_slot_with_the_release(frozen):
    key = frozen.minted(holdSync=True)
    asking(frozen, key).socket.close()
    await_held(frozen, key, 1)
    frozen.control("POST", "requests/release", status=200, key=key)
    frozen.advance(0)
    assert frozen.running(key) == 0 and last(frozen, key, status=499)["creditsCharged"] == 7


def test_the_limit_of_a_hold_is_refused_when_it_can_t_be_used():
    for text in ("-1", "soon", "uniform(1s,2s)", "25h"):
        ended = cli("--hold-limit", text)
        assert ended.returncode == 64 and "--hold-limit" in ended.stderr, text


def test_the_peak_of_a_queue(frozen):
    key = frozen.minted(concurrency=2, progression={"mode": "hold"})
    task = {"taskType": "CHATGPT", "payload": {"prompt": "a", "country": "US"}}
    frozen.post(key, "/v1/async/task/batch", [task] * 5)
    assert peak(frozen, key) == {"concurrency": 2, "queued": 3}
    frozen.http.delete("/v1/async/queue", headers={"Authorization": f"Bearer {key}"})
    assert peak(frozen, key) == {"concurrency": 2, "queued": 3}
