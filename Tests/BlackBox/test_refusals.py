"""What the control API refuses: the right status, one shape, words that say what was expected."""

import json
import re

import pytest

from async_support import HOLD, UNKNOWN_ID, deliveries, hooked, submit
from control_support import CREDITS, entries, fault, page, snapshot, stub
from support import BUILT_IN_KEY, UNKNOWN_KEY, Double


@pytest.fixture(scope="module")
def scene():
    """A double in which everything exists that a path may name."""
    one = Double("--clock", "manual")
    key = one.minted(progression=HOLD, webhookMode="collect")
    ids = [submit(one, key, hooked("http://127.0.0.1:9/")) for _ in range(2)]
    one.control("POST", f"tasks/{ids[1]}/complete", status=200)
    # What a call that isn't refused, but ought to be, may destroy.
    spare = one.minted()
    snapshot(one, "named", key=spare)
    one.names = {
        "key": key, "spare": spare, "task": ids[0], "done": ids[1],
        "delivery": deliveries(one, key)[0]["id"],
        "fault": fault(one, "connection_reset", key, match={"prompt": "never"})["id"],
        "stub": stub(one, key, match={"prompt": "never"}, result={})["id"],
    }  # fmt: skip
    yield one
    assert one.stop() == 0


def refused(scene, method, path, status, **request):
    """The error of a refusal, whose shape is always the same."""
    path = path.format(**scene.names)
    answer = scene.http.request(method, f"/_mock/{path}", **request)
    assert answer.status_code == status, (method, path, request, answer.text)
    assert answer.headers["content-type"] == "application/json"
    assert not [name for name in answer.headers if name.startswith("x-")]
    assert list(answer.json()) == ["error"]
    error = answer.json()["error"]
    assert list(error) in (["code", "message"], ["code", "message", "details"])
    codes = {
        400: "INVALID_REQUEST", 401: "UNAUTHORIZED", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED",
        409: "CONFLICT",
    }  # fmt: skip
    assert error["code"] == codes[status]
    assert error["message"][-1] != " " and "Optional(" not in error["message"]
    return error


# MARK: Bodies

BODIES = [
    ("POST", "keys", {}), ("PATCH", "keys/{key}", {}), ("PUT", "clock", {}),
    ("POST", "clock/advance", {"seconds": 0}),
    ("POST", "faults", {"fault": {"kind": "connection_reset"}, "match": {"prompt": "never"}}),
    ("POST", "responses", {"result": {}, "match": {"prompt": "never"}}),
    ("POST", "journal/await", {"match": {"path": "/never"}, "timeoutMs": 0}),
    ("POST", "tasks/{task}/complete", {}), ("POST", "tasks/{task}/fail", {}),
    ("POST", "tasks/{task}/release", {}), ("POST", "recordings/start", {}),
]  # fmt: skip
BARE = [
    ("POST", "reset?key={spare}", None), ("POST", "snapshots/new?key={spare}", None),
    ("POST", "snapshots/named/restore", None), ("POST", "webhooks/{delivery}/redeliver", None),
    ("POST", "recordings/stop", None),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), BODIES + BARE)
def test_a_member_that_nobody_knows_is_named(scene, method, path, body):
    error = refused(scene, method, path, 400, json={**(body or {}), "surprise": 1})
    assert "surprise: unknown member" in error["message"]
    assert [each["field"] for each in error["details"]] == ["surprise"]


@pytest.mark.parametrize(("method", "path", "body"), BARE)
def test_a_call_without_a_body_refuses_what_is_none(scene, method, path, body):
    refused(scene, method, path, 400, content=b"{")


@pytest.mark.parametrize(("method", "path", "body"), BODIES)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "The body is not JSON: "), (b"{'a': 1}", "The body is not JSON: "),
        (b"{} {}", "The body is not JSON: "), (b'{"a": "\xff"}', "The body is not JSON: "),
        (b"nope", "The body is not JSON: "), (b"NaN", "The body is not JSON: "),
        (b"[]", "The body must be an object, found array"),
        (b"[{}]", "The body must be an object, found array"),
        (b"null", "The body must be an object, found null"),
        (b'"a"', "The body must be an object, found string"),
        (b"7", "The body must be an object, found number"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_object_is_refused(scene, method, path, body, content, message):
    assert refused(scene, method, path, 400, content=content)["message"].startswith(message)


def test_a_body_as_deep_as_one_likes_is_refused_and_harms_nobody(scene):
    for content in (b"[" * 200_000, b'{"a":' * 100_000):
        refused(scene, "POST", "keys", 400, content=content)


@pytest.mark.parametrize(("method", "path", "body"), [row for row in BODIES if row[2]])
def test_a_member_that_stands_twice_is_named(scene, method, path, body):
    name, value = next(iter(body.items()))
    content = json.dumps(body)[:-1] + f", {json.dumps(name)}: {json.dumps(value)}}}"
    assert f"{name}: stands twice" in refused(scene, method, path, 400, content=content)["message"]


STATUSES = "204 or a whole number from 400 to 599"
RESET = {"kind": "connection_reset"}
WRONG = [
    # path, body, the whole message or its beginning
    ("POST keys", {"plna": "free"}, 'plna: unknown member, did you mean "plan"?; allowed: plan, '),
    ("POST keys", {"plan": "hoby"},
     'plan: "hoby" is no plan, did you mean "hobby"?; allowed: free'),
    ("POST keys", {"plan": 1}, "plan: expected a string, found 1"),
    ("POST keys", {"credits": -1}, "credits: expected a whole number from 0 to "),
    ("POST keys", {"credits": 1.5}, "credits: expected a whole number from 0 to "),
    ("POST keys", {"credits": True}, "credits: expected a whole number from 0 to "),
    ("POST keys", {"concurrency": "3"}, "concurrency: expected a whole number from "),
    ("POST keys", {"requestsPerSecond": 0}, "requestsPerSecond: expected a whole number from 1 "),
    ("POST keys", {"queueLimit": -1}, "queueLimit: expected a whole number from 0 "),
    ("POST keys", {"latency": "2 s"}, "latency: expected a latency such as 250ms, 2s, "),
    ("POST keys", {"latency": "-2s"}, "latency: expected a latency such as 250ms, 2s, "),
    ("POST keys", {"latency": "25h"}, "latency: expected a latency such as 250ms, 2s, "),
    ("POST keys", {"latency": "uniform(3s,1s)"}, "latency: expected a latency such as "),
    ("POST keys", {"progression": "polls"}, None),
    ("POST keys", {"progression": {"mode": "pols"}},
     'progression.mode: "pols" is unknown, did you mean "polls"?; allowed: time, immediate, '),
    ("POST keys", {"progression": {}}, "progression.mode: is missing"),
    ("POST keys", {"progression": {"mode": "polls", "polls": 0}},
     "progression.polls: expected a whole number from 1 "),
    ("POST keys", {"progression": {"mode": "time", "polls": 2}},
     "progression.polls: goes with the mode polls only"),
    ("POST keys", {"seed": -1}, "seed: expected a whole number of at least 0, found -1"),
    ("POST keys", {"key": "sk_live_short"},
     "key: expected a key of the form sk_live_ or sk_test_ "),
    ("POST keys", {"key": UNKNOWN_KEY.upper()}, "key: expected a key of the form sk_live_ or "),
    ("POST keys", {"contract": "2026-8"},
     'contract: "2026-8" is unknown, did you mean "2026-07"?; allowed: 2026-07, 2026-10'),
    ("POST keys", {"webhookMode": "colect"},
     'webhookMode: "colect" is unknown, did you mean "collect"?; allowed: '),
    ("POST keys", {"organization": "demo", "plan": "free"}, "organization: joins an existing one"),
    ("PATCH keys/{key}", {"revoked": "yes"}, 'revoked: expected true or false, found "yes"'),
    ("PATCH keys/{key}", {"addcredits": 1},
     'addcredits: unknown member, did you mean "addCredits"?'),
    ("PATCH keys/{key}", {"addCredits": -(10**9)}, "addCredits: the balance must stay from 0 to "),
    ("PATCH keys/{key}", {"addCredits": 10**15}, "addCredits: the balance must stay from 0 to "),
    ("PATCH keys/{key}", {"addCredits": 10**18}, "addCredits: expected a whole number from -"),
    ("PATCH keys/{key}", {"plan": None}, "plan: expected a string, found null"),
    ("POST clock/advance", {"seconds": -0.5}, "seconds: expected a number from 0 to "),
    ("PUT clock", {"mode": "fast"}, 'mode: expected real, manual or xN, found "fast"'),
    ("PUT clock", {"now": "2000-01-01T00:00:00Z"}, "now: time only goes forward; it is 20"),
    ("POST faults", {}, "fault: is missing"),
    ("POST faults", {"fault": []}, "fault: expected an object, found array"),
    ("POST faults", {"fault": "connection_reset"}, "fault: expected an object, found string"),
    ("POST faults", {"fault": {}}, "fault.kind: is missing"),
    ("POST faults", {"fault": {"kind": "conection_reset"}},
     'fault.kind: "conection_reset" is unknown, did you mean "connection_reset"?; '
     "allowed: status, "),
    ("POST faults", {"fault": {"kind": "status"}}, "fault.status: is missing"),
    ("POST faults", {"fault": {"kind": "status", "status": 399}},
     f"fault.status: expected {STATUSES}, found 399"),
    ("POST faults", {"fault": {"kind": "status", "status": "503"}},
     f'fault.status: expected {STATUSES}, found "503"'),
    ("POST faults", {"fault": {"kind": "status", "status": 503, "code": "DOWN"}},
     "fault.code: is no documented error of 503; allowed: SERVICE_UNAVAILABLE"),
    ("POST faults", {"fault": {"kind": "status", "status": 503, "retryAfter": -1}},
     "fault.retryAfter: expected a whole number from 0 "),
    ("POST faults", {"fault": {"kind": "status", "status": 503, "retryAfter": "7\r\nX-Evil: yes"}},
     "fault.retryAfter: expected a whole number from 0 "),
    ("POST faults", {"fault": {"kind": "status", "status": 503, "retryafter": 1}},
     'fault.retryafter: unknown member, did you mean "retryAfter"?'),
    ("POST faults", {"fault": {"kind": "latency"}}, "fault.latency: is missing"),
    ("POST faults", {"fault": {"kind": "latency", "latency": 2}},
     "fault.latency: expected a latency "),
    ("POST faults", {"fault": {"kind": "truncate_body", "bytes": -1}},
     "fault.bytes: expected a whole number from 0 "),
    ("POST faults", {"fault": {"kind": "slow_body", "chunks": 0}},
     "fault.chunks: expected a whole number from 1 "),
    ("POST faults", {"fault": {"kind": "slow_body", "duration": "long"}},
     "fault.duration: expected a latency such as "),
    ("POST faults", {"fault": {"kind": "webhook_stale_timestamp", "seconds": 0}},
     "fault.seconds: expected a whole number from 1 "),
    ("POST faults", {"fault": RESET, "match": {"nth": 0}},
     "match.nth: expected a whole number from 1 "),
    ("POST faults", {"fault": RESET, "match": {"provder": "grok"}},
     'match.provder: unknown member, did you mean "provider"?; allowed: key, path, '),
    ("POST faults", {"fault": RESET, "match": {"provider": "chatgtp"}},
     'match.provider: "chatgtp" is unknown, did you mean "chatgpt"?; allowed: chatgpt, '),
    ("POST faults", {"fault": RESET, "match": {"prompt": {"regex": "("}}}, "match.prompt.regex: "),
    ("POST faults", {"fault": RESET, "match": {"prompt": {}}},
     "match.prompt: expected one of equals, contains, regex"),
    ("POST faults", {"fault": RESET, "times": 0}, "times: expected a whole number from 1 "),
    ("POST faults", {"fault": RESET, "probability": 1.1},
     "probability: expected a number from 0 to 1, found 1.1"),
    ("POST faults", {"fault": RESET, "probability": -0.1},
     "probability: expected a number from 0 to 1"),
    ("POST responses", {}, "expected either result or error"),
    ("POST responses", {"result": {}, "error": {"status": 500}}, "expected either result or error"),
    ("POST responses", {"result": "text"}, 'result: expected an object, found "text"'),
    ("POST responses", {"error": {"status": 200}},
     "error.status: expected a whole number from 400 to 599, found 200"),
    ("POST responses", {"error": {"status": 500}, "mode": "merge"}, "mode: goes with result only"),
    ("POST responses", {"result": {}, "mode": "replase"},
     'mode: "replase" is unknown, did you mean "replace"?; allowed: merge, replace'),
    ("POST responses", {"result": {}, "match": {"country": "us"}},
     "match.country: expected an ISO 3166-1 alpha-2 code in capitals"),
    ("POST responses", {"result": {}, "match": {"nth": 1}}, "match.nth: unknown member"),
    ("POST journal/await", {"match": {"statuss": 1}},
     'match.statuss: unknown member, did you mean "status"?; allowed: '),
    ("POST journal/await", {"match": {}, "count": "2"}, "count: expected a whole number from 1 "),
    ("POST tasks/{task}/complete", {"result": "text"}, 'result: expected an object, found "text"'),
    ("POST tasks/{task}/fail", {"code": 500}, "code: expected a string, found 500"),
]  # fmt: skip


@pytest.mark.parametrize(
    "row", [row for row in WRONG if row[2]], ids=lambda row: f"{row[0]} {row[1]}"[:90]
)
def test_each_wrong_member_says_what_was_expected(scene, row):
    call, body, message = row
    method, path = call.split(" ")
    error = refused(scene, method, path, 400, json=body)
    assert error["message"].startswith(message), error["message"]
    if call == "POST keys" and not {"key", "organization"} & set(body):
        # What may be changed is read as it is when a key is minted.
        error = refused(scene, "PATCH", "keys/{key}", 400, json=body)
        assert error["message"].startswith(message), error["message"]


def test_all_that_is_wrong_is_said_at_once(scene):
    body = {"plan": "x", "credits": -1, "sede": 1, "progression": {"mode": "x"}}
    error = refused(scene, "POST", "keys", 400, json=body)
    fields = [each["field"] for each in error["details"]]
    assert fields == ["plan", "credits", "progression.mode", "sede"]
    joined = "; ".join(f"{each['field']}: {each['message']}" for each in error["details"])
    assert error["message"] == joined


def test_what_is_refused_changes_nothing(double):
    one = double("--clock", "manual")
    key = one.minted(credits=100)
    before = [one.control("GET", path).text for path in ("keys", "clock", "faults", "responses")]
    one.control("PATCH", f"keys/{key}", {"credits": 5, "revoked": 1}, status=400)
    one.control("PATCH", f"keys/{key}", {"plan": "free", "addCredits": -(10**9)}, status=400)
    one.control("POST", "keys", {"plan": "free", "credits": -1}, status=400)
    one.control("POST", "keys", {"organization": "demo", "credits": 1}, status=400)
    one.control("POST", "keys", {"key": key}, status=409)
    one.control("PUT", "clock", {"mode": "real", "now": "2000-01-01T00:00:00Z"}, status=400)
    one.control("POST", "faults", {"fault": {"kind": "latency"}}, status=400)
    one.control("POST", "responses", {"result": {}, "times": 0}, status=400)
    after = [one.control("GET", path).text for path in ("keys", "clock", "faults", "responses")]
    assert after == before
    # Nor does it use up a number: the next one is what it would have been.
    other = double("--clock", "manual")
    other.minted(credits=100)
    assert one.minted() == other.minted()


# MARK: Things that aren't there


@pytest.mark.parametrize(
    ("call", "status", "message"),
    [
        (f"GET keys/{UNKNOWN_KEY}", 404, "There is no such key."),
        (f"PATCH keys/{UNKNOWN_KEY}", 404, "There is no such key."),
        (f"DELETE keys/{UNKNOWN_KEY}", 404, "There is no such key."),
        ("DELETE faults/fault-x", 404, "There is no fault fault-x."),
        ("DELETE faults/{stub}", 404, "There is no fault "),
        ("DELETE responses/stub-x", 404, "There is no stub stub-x."),
        ("DELETE responses/{fault}", 404, "There is no stub "),
        (f"POST tasks/{UNKNOWN_ID}/complete", 404, f"There is no task {UNKNOWN_ID}."),
        (f"POST tasks/{UNKNOWN_ID}/fail", 404, f"There is no task {UNKNOWN_ID}."),
        (f"POST tasks/{UNKNOWN_ID}/release", 404, f"There is no task {UNKNOWN_ID}."),
        ("POST tasks/x/complete", 404, "There is no task x."),
        ("POST tasks/{done}/complete", 409, "The task is finished already."),
        ("POST tasks/{done}/fail", 409, "The task is finished already."),
        ("POST tasks/{done}/release", 409, "The task is not held: it is COMPLETED."),
        ("POST webhooks/x/redeliver", 404, "There is no delivery x."),
        ("POST snapshots/nmed/restore", 404, 'There is no snapshot "nmed", did you mean "named"?'),
        ("DELETE snapshots/nmed", 404, 'There is no snapshot "nmed", did you mean "named"?'),
        (f"GET results/{UNKNOWN_ID}/page-1.html", 404, "There is no such result"),
        ("GET nothing", 404, "There is no /_mock/nothing"),
        ("GET jornal", 404, 'There is no /_mock/jornal in the control API, did you mean "'),
        ("GET key", 404, 'There is no /_mock/key in the control API, did you mean "'),
        ("GET keys/", 404, "There is no /_mock/keys/"),
        ("GET //health", 404, "There is no "),
        ("GET Health", 404, "There is no /_mock/Health"),
    ],
)
def test_what_is_not_there_is_named(scene, call, status, message):
    method, path = call.split(" ")
    assert refused(scene, method, path, status)["message"].startswith(message)


NARROWED = [
    "GET keys", "POST reset", "GET journal", "DELETE journal", "GET ledger", "GET faults",
    "DELETE faults", "GET responses", "DELETE responses", "GET tasks", "GET webhooks",
    "POST snapshots/new", "POST snapshots/named/restore", "GET events", "GET openapi.json",
    "DELETE faults/{fault}", "DELETE responses/{stub}",
]  # fmt: skip


@pytest.mark.parametrize("call", NARROWED)
@pytest.mark.parametrize("key", [UNKNOWN_KEY, "", "nobody", "%00"])
def test_an_unknown_key_narrows_to_nothing(scene, call, key):
    method, path = call.split(" ")
    message = refused(scene, method, f"{path}?key={key}", 404)["message"]
    assert message in ("There is no such key.", "The snapshot has no such key.")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("GET journal?status=abc", 'status: expected a whole number of at least 0, found "abc"'),
        ("GET journal?since=-1", 'since: expected a whole number of at least 0, found "-1"'),
        ("GET journal?limit=1e3", 'limit: expected a whole number of at least 0, found "1e3"'),
        ("GET ledger?limit=", 'limit: expected a whole number of at least 0, found ""'),
        ("GET ledger?since=x", 'since: expected a whole number of at least 0, found "x"'),
        ("GET tasks?status=DONE", 'status: "DONE" is unknown; allowed: QUEUED, PROCESSING, '),
        ("GET tasks?status=queued", 'status: "queued" is unknown, did you mean "QUEUED"?'),
        ("GET events?bodies=0", 'bodies: expected true or false, found "0"'),
        ("GET openapi.json?contract=2026", 'contract: "2026" is unknown'),
    ],
)
def test_what_is_wrong_with_a_query_is_said(scene, call, message):
    method, path = call.split(" ")
    assert refused(scene, method, path, 400)["message"].startswith(message)


def test_no_call_takes_a_query_name_that_it_does_not_know(double):
    one = double("--clock", "manual")
    calls = [call for call in NARROWED if "events" not in call and "{" not in call] + [
        "POST keys", "GET clock", "GET metrics",
    ]  # fmt: skip
    snapshot(one, "named")
    taken = []
    for call in calls:
        method, path = call.split(" ")
        answer = one.http.request(method, f"/_mock/{path}?kye={UNKNOWN_KEY}")
        if answer.status_code != 400 or "kye" not in answer.text:
            taken.append(call)
    assert taken == []


# MARK: Methods

METHODS = {
    "health": "GET", "ready": "GET", "keys": "GET, POST", "keys/{key}": "GET, PATCH, DELETE",
    "reset": "POST", "journal": "GET, DELETE", "journal/await": "POST", "ledger": "GET",
    "clock": "GET, PUT", "clock/advance": "POST", "faults": "GET, POST, DELETE",
    "faults/{fault}": "DELETE", "responses": "GET, POST, DELETE", "responses/{stub}": "DELETE",
    "tasks": "GET", "tasks/{task}/complete": "POST", "tasks/{task}/fail": "POST",
    "tasks/{task}/release": "POST", "webhooks": "GET", "webhooks/{delivery}/redeliver": "POST",
    "snapshots/named": "POST, GET, PUT, DELETE", "snapshots/named/restore": "POST",
    "recordings/start": "POST", "recordings/stop": "POST",
    "metrics": "GET", "conformance": "GET", "openapi.json": "GET", "events": "GET",
}  # fmt: skip


@pytest.mark.parametrize("path", METHODS)
def test_another_method_is_told_which_ones_there_are(scene, path):
    allowed = METHODS[path].split(", ")
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        if method in allowed:
            continue
        message = refused(scene, method, path, 405)["message"]
        assert message == f"This path has {METHODS[path]}."
        answer = scene.http.request(method, f"/_mock/{path.format(**scene.names)}")
        assert answer.headers["allow"] == METHODS[path]


# MARK: The admin token


@pytest.fixture(scope="module")
def guarded():
    one = Double("--admin-token", "let-me-in")
    yield one
    assert one.stop() == 0


def unauthorized(answer, method):
    if answer.status_code != 401 or answer.headers["www-authenticate"] != "Bearer":
        return False
    return method == "HEAD" or answer.json()["error"]["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("path", METHODS)
@pytest.mark.parametrize("token", [None, "let-me-out", "let-me-inn", "Let-me-in", BUILT_IN_KEY])
def test_every_call_but_health_and_ready_needs_the_token(guarded, path, token):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    methods = METHODS[path].split(", ")
    for method in methods + ["HEAD"] * ("GET" in methods):
        path = re.sub(r"\{.*\}", "x", path)
        answer = guarded.http.request(method, f"/_mock/{path}", headers=headers)
        if path in ("health", "ready"):
            assert answer.status_code == 200
        else:
            assert unauthorized(answer, method), (method, answer.text)


def test_without_the_token_nobody_learns_what_there_is(guarded):
    told = []
    for path in [*METHODS, "", "nothing", "keys/a/b"]:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            answer = guarded.http.request(method, f"/_mock/{path}")
            # The page has no data of its own: a browser can't send a token before it is there.
            if (method, path) == ("GET", ""):
                continue
            if path not in ("health", "ready") and not unauthorized(answer, method):
                told.append((method, path, answer.status_code))
    assert told == []


def test_with_the_token_all_is_as_without_one(guarded):
    headers = {"Authorization": "Bearer let-me-in"}
    # Events never end, and there is no snapshot yet.
    left = {"events", "snapshots/named"}
    paths = [path for path, methods in METHODS.items() if "GET" in methods and "{" not in path]
    for path in paths:
        if path not in left:
            assert guarded.http.get(f"/_mock/{path}", headers=headers).status_code == 200
    guarded.http.get(CREDITS, headers=headers)
    assert guarded.http.get("/_mock/keys?token=let-me-in").status_code == 401
    body = json.dumps(guarded.http.get("/_mock/journal", headers=headers).json())
    assert "let-me-in" not in body


def test_control_calls_are_in_no_journal(scene):
    before = page(scene)
    refused(scene, "GET", "nothing", 404)
    refused(scene, "POST", "keys", 400, content=b"{")
    assert page(scene) == before
    assert all(not entry["path"].startswith("/_mock") for entry in entries(scene))
