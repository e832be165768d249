"""The protocol itself, by plain HTTP: exact codes for everything that is wrong."""

import json
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from support import BINARY

BOTH = {"Accept": "application/json, text/event-stream"}
PATH = "/_mock/mcp"


def hello(version="2025-11-25"):
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test"}}
    return request("initialize", params)


def request(method, params=None, id=1):
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}


class Agent:
    """One session, message by message."""

    def __init__(self, one, version="2025-11-25"):
        self.http = one.http
        answer = self.http.post(PATH, json=hello(version), headers=BOTH)
        assert answer.status_code == 200, answer.text
        self.result = answer.json()["result"]
        self.fields = {**BOTH, "Mcp-Session-Id": answer.headers["mcp-session-id"]}

    def send(self, message, **fields):
        return self.http.post(PATH, json=message, headers={**self.fields, **fields})

    def call(self, tool, arguments, id=1):
        return self.send(request("tools/call", {"name": tool, "arguments": arguments}, id)).json()


class Stateless:
    """Requests that belong to no session, as in 2026-07-28."""

    def __init__(self, one, version="2026-07-28"):
        self.http = one.http
        self.meta = {
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientCapabilities": {},
        }

    def message(self, method, params=None, id=1):
        params = params or {}
        meta = {**self.meta, **params.get("_meta", {})}
        return request(method, {**params, "_meta": meta}, id)

    def fields(self, message):
        params = message.get("params", {})
        name = params.get("name", params.get("uri"))
        version = params.get("_meta", {}).get("io.modelcontextprotocol/protocolVersion")
        method = message["method"]
        own = {"MCP-Protocol-Version": version, "Mcp-Method": method, "Mcp-Name": name}
        return BOTH | {field: value for field, value in own.items() if isinstance(value, str)}

    def post(self, message, **fields):
        """Sends a message with its fields; those given as None are left out."""
        fields = {**self.fields(message), **fields}
        fields = {key: value for key, value in fields.items() if value is not None}
        return self.http.post(PATH, json=message, headers=fields)

    def send(self, message, **fields):
        marked = self.message(message["method"], message["params"], message["id"])
        return self.post(marked, **fields)


@pytest.fixture
def agent(double):
    return Agent(double("--clock", "manual"))


@pytest.fixture
def stateless(double):
    return Stateless(double("--clock", "manual"))


@pytest.mark.parametrize(
    "asked, spoken",
    [("2025-11-25", "2025-11-25"), ("2025-06-18", "2025-06-18"), ("2024-01-01", "2025-11-25"),
     ("2026-07-28", "2025-11-25")],  # fmt: skip
)
def test_the_revision_is_negotiated(double, asked, spoken):
    one = Agent(double(), asked)
    assert one.result["protocolVersion"] == spoken
    assert one.send(request("ping"), **{"MCP-Protocol-Version": spoken}).json()["result"] == {}


@pytest.mark.parametrize(
    "body, code",
    [
        (b"{", -32700), (b"", -32700), (b"\xff", -32700), (b"[" * 1000, -32700),
        (b"[]", -32600), (b"[{}]", -32600), (b"1", -32600), (b"{}", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":7}', -32600),
        (b'{"jsonrpc":"2.0","id":1}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32602),
    ],
)  # fmt: skip
def test_what_is_no_message(agent, body, code):
    answer = agent.http.post(PATH, content=body, headers=agent.fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize("body, code", [(b"{", -32700), (b"[]", -32600), (b"\xff", -32700)])
def test_what_is_no_message_has_no_id_without_a_session(stateless, body, code):
    fields = {**BOTH, "MCP-Protocol-Version": "2026-07-28"}
    answer = stateless.http.post(PATH, content=body, headers=fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert "id" not in answer.json()


def test_too_large_a_message(agent):
    answer = agent.http.post(PATH, content=b" " * (1 << 20) + b"{}", headers=agent.fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, -32600)


WRONG = pytest.mark.parametrize(
    "message, code, near",
    [
        (request("tools/lst"), -32601, "tools/list"),
        (request("prompts/list"), -32601, None), (request("logging/setLevel"), -32601, None),
        (request("tools/call", {"name": "mint_kex"}), -32602, "mint_key"),
        (request("tools/call", {}), -32602, None),
        (request("tools/call", {"name": "mint_key", "arguments": []}), -32602, None),
        (request("tools/list", {"cursor": "x"}), -32602, None),
        (request("resources/read", {"uri": "cloro-mock://conformanc"}), -32602, "conformance"),
        (request("resources/read", {}), -32602, None),
    ],
)  # fmt: skip


@WRONG
def test_what_there_is_not(agent, message, code, near):
    error = agent.send(message).json()["error"]
    assert error["code"] == code
    assert near is None or near in error["message"]


@WRONG
def test_what_there_is_not_without_a_session(stateless, message, code, near):
    answer = stateless.send(message)
    assert answer.status_code == {-32601: 404, -32602: 400}[code]
    error = answer.json()["error"]
    assert (error["code"], answer.json()["id"]) == (code, 1)
    assert near is None or near in error["message"]


def test_a_session_begins_once(agent):
    assert agent.send(hello()).json()["error"]["code"] == -32600
    for method in ("server/discover", "subscriptions/listen"):
        assert agent.send(request(method)).json()["error"]["code"] == -32601


def test_what_a_server_says_of_itself(stateless):
    answer = stateless.send(request("server/discover", id="d"))
    assert answer.status_code == 200 and "mcp-session-id" not in answer.headers
    assert answer.json()["id"] == "d"
    result = answer.json()["result"]
    assert result["supportedVersions"] == ["2026-07-28", "2025-11-25", "2025-06-18"]
    # No notifications are announced, since nothing changes.
    assert result["capabilities"] == {"tools": {}, "resources": {}}
    assert "mint_key" in result["instructions"]
    for method, params in (("server/discover", {}), ("tools/list", {}), ("resources/list", {}),
                           ("resources/templates/list", {}),
                           ("resources/read", {"uri": "cloro-mock://conformance"})):  # fmt: skip
        result = stateless.send(request(method, params)).json()["result"]
        assert (result["resultType"], result["cacheScope"]) == ("complete", "private")
        assert result["ttlMs"] > 0
        assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "cloro-mock"
    called = stateless.send(request("tools/call", {"name": "get_status"})).json()["result"]
    assert called["resultType"] == "complete" and "ttlMs" not in called
    # What went with the handshake.
    for method in ("ping", "logging/setLevel", "resources/subscribe"):
        assert stateless.send(request(method)).status_code == 404


@pytest.mark.parametrize("asked", ["1900-01-01", "2025-11-25", "2099-01-01", ""])
def test_a_revision_that_is_not_spoken_is_answered_with_those_that_are(double, asked):
    answer = Stateless(double(), asked).send(request("tools/list", id=7))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], answer.json()["id"]) == (400, -32022, 7)
    supported = ["2026-07-28", "2025-11-25", "2025-06-18"]
    assert error["data"] == {"supported": supported, "requested": asked}


META = "io.modelcontextprotocol/"


@pytest.mark.parametrize(
    "meta",
    [
        None, [], {}, {META + "protocolVersion": "2026-07-28"}, {META + "clientCapabilities": {}},
        {META + "protocolVersion": 7, META + "clientCapabilities": {}},
        {META + "protocolVersion": "2026-07-28", META + "clientCapabilities": []},
        {META + "protocolVersion": "2026-07-28", META + "clientCapabilities": {},
         META + "clientInfo": "me"},
    ],
)  # fmt: skip
def test_what_each_request_must_say(stateless, meta):
    message = request("tools/list", {"_meta": meta} if meta is not None else {})
    fields = {**BOTH, "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}
    answer = stateless.http.post(PATH, json=message, headers=fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32602)
    assert answer.json()["id"] == 1 and "_meta" in answer.json()["error"]["message"]


CALL = request("tools/call", {"name": "get_status", "arguments": {}})


@pytest.mark.parametrize(
    "fields",
    [
        {"MCP-Protocol-Version": None}, {"MCP-Protocol-Version": "2025-11-25"},
        {"Mcp-Method": None}, {"Mcp-Method": "tools/list"}, {"Mcp-Method": "TOOLS/CALL"},
        {"Mcp-Name": None}, {"Mcp-Name": "mint_key"}, {"Mcp-Name": "=?base64?x?="},
        {"Mcp-Name": "=?base64?bWludF9rZXk=?="}, {"Mcp-Name": "=?base64?Z2V0X3N0YXR1cx?="},
    ],
)  # fmt: skip
def test_fields_that_say_something_else_than_the_message(stateless, fields):
    answer = stateless.send(CALL, **fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)
    [(name, value)] = fields.items()
    assert answer.json()["id"] == 1 and f"{name} is " in answer.json()["error"]["message"]
    assert ("is missing" in answer.json()["error"]["message"]) == (value is None)


def test_fields_that_say_the_same_as_the_message(stateless):
    for fields in ({"Mcp-Name": "=?base64?Z2V0X3N0YXR1cw==?="}, {"Mcp-Session-Id": "0" * 32},
                   {"Mcp-Param-Key": "unknown"}, {"Last-Event-ID": "1-1"}):  # fmt: skip
        answer = stateless.send(CALL, **fields)
        assert answer.status_code == 200 and "mcp-session-id" not in answer.headers
        assert not answer.json()["result"]["isError"]
    message = stateless.message("tools/list")
    twice = [*stateless.fields(message).items(), ("Mcp-Method", "tools/list")]
    answer = stateless.http.post(PATH, json=message, headers=twice)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)


def test_what_else_comes_without_a_session(stateless):
    fields = {**BOTH, "MCP-Protocol-Version": "2026-07-28"}
    notification = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {}}
    taken = stateless.http.post(PATH, json=notification, headers=fields)
    assert (taken.status_code, taken.content) == (202, b"")
    unknown = {**fields, "MCP-Protocol-Version": "2099-01-01"}
    refused = stateless.http.post(PATH, json=notification, headers=unknown)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, -32022)
    answer = {"jsonrpc": "2.0", "id": 1, "result": {}}
    assert stateless.http.post(PATH, json=answer, headers=fields).status_code == 400
    for method in ("GET", "DELETE"):
        refused = stateless.http.request(method, PATH, headers=fields)
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    only_json = stateless.send(
        request("subscriptions/listen", {"notifications": {}}), Accept="application/json"
    )
    assert only_json.status_code == 406
    for wrong in ({}, {"notifications": []}, {"notifications": {"toolsListChanged": 1}},
                  {"notifications": {"resourceSubscriptions": [1]}}):  # fmt: skip
        answer = stateless.send(request("subscriptions/listen", wrong))
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32602)


ARGUMENTS = [
    ("mint_key", {"credit": 7, "plan": 1, "concurrency": -1}, ["credits", "plan", "concurrency"]),
    ("read_journal", {"kye": "x", "limit": "5"}, ["key", "limit"]),
    ("read_ledger", {"limit": 101}, ["limit"]), ("read_ledger", {"since": -1}, ["since"]),
    ("get_status", {"kez": "x"}, ["key"]), ("explain_refusals", {"limit": 0}, ["limit"]),
    ("drive_task", {}, ["id", "action"]), ("drive_task", {"id": "x", "action": "fial"}, ["fail"]),
    ("advance_clock", {"second": 1}, ["seconds"]), ("change_key", {"credits": 1}, ["key"]),
    ("verify_requests", {}, ["match"]), ("run_report", {"kee": "x"}, ["key"]),
    ("reset", {"all": True}, ["all"]),
]  # fmt: skip


@pytest.mark.parametrize("tool, arguments, names", ARGUMENTS)
def test_wrong_arguments_are_told_to_the_model_or_as_an_error(double, tool, arguments, names):
    one = double()
    newer, older = Agent(one), Agent(one, "2025-06-18")

    def told(agent):
        answer = agent.send(
            request("tools/call", {"name": tool, "arguments": arguments}),
            Accept="application/json",
        ).json()
        return answer

    result = told(newer)["result"]
    assert result["isError"] and "structuredContent" not in result
    error = told(older)["error"]
    assert error["code"] == -32602
    for name in names:
        assert name in result["content"][0]["text"] and name in error["message"]


def test_sessions_and_versions(agent):
    for fields, status in (
        ({"Mcp-Session-Id": "0" * 32}, 404), ({"MCP-Protocol-Version": "2020-01-01"}, 400),
        ({"Accept": "text/html"}, 406),
    ):  # fmt: skip
        answer = agent.send(request("ping"), **fields)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, -32600)
    answer = agent.http.post(PATH, json=request("ping"), headers=BOTH)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32600)
    assert agent.http.request("DELETE", PATH, headers=agent.fields).status_code == 204
    assert agent.send(request("ping")).status_code == 404
    assert agent.http.request("DELETE", PATH, headers=agent.fields).status_code == 404


def test_a_token_and_foreign_pages(double):
    closed, open_to_all = double("--admin-token", "secret"), double()
    assert closed.http.post(PATH, json=hello(), headers=BOTH).status_code == 401
    token = {"Authorization": "Bearer secret"}
    assert closed.http.post(PATH, json=hello(), headers={**BOTH, **token}).status_code == 200
    for fields in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        fields = {**BOTH, "Origin": "http://evil.example", **fields}
        assert open_to_all.http.post(PATH, json=hello(), headers=fields).status_code == 403


def events(stream):
    """Identifiers and data of a stream's events."""
    id = None
    for line in stream.iter_lines():
        if line.startswith("id:"):
            id = line[3:].strip()
        elif line.startswith("data: "):
            yield id, json.loads(line[6:])


def waiting(seconds=30):
    verify = {"match": {"path": "/never"}, "timeoutMs": seconds * 1000}
    return {"name": "verify_requests", "arguments": verify, "_meta": {"progressToken": "p"}}


class Raw:
    """One request on a connection of its own, which can be left in the middle."""

    def __init__(self, one, stateless, message):
        self.connection = socket.create_connection((one.http.base_url.host, one.port), 30)
        body = json.dumps(message).encode()
        fields = {**stateless.fields(message), "Host": f"localhost:{one.port}",
                  "Content-Length": str(len(body))}  # fmt: skip
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        # Of HTTP/1.0, so that the stream is what comes until the end.
        self.connection.sendall(f"POST {PATH} HTTP/1.0\r\n{head}\r\n".encode() + body)
        self.file = self.connection.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline() != b"\r\n":
            pass

    def event(self):
        data = self.file.readline()
        assert data.startswith(b"data: ") and self.file.readline() == b"\n"
        return json.loads(data[6:])

    def leave(self):
        """Says that no more is wanted; returns what comes until the double ends the connection."""
        self.connection.shutdown(socket.SHUT_WR)
        return self.file.read()


def test_whoever_closes_the_stream_has_cancelled_the_call(double):
    one = double()
    stateless = Stateless(one)
    call = Raw(one, stateless, stateless.message("tools/call", waiting(600)))
    assert call.event()["method"] == "notifications/progress"
    assert call.leave() == b""
    without_events = Stateless(one)
    without_events.fields = lambda message: {
        **stateless.fields(message), "Accept": "application/json"
    }
    message = stateless.message("tools/call", waiting(1))
    assert without_events.post(message).json()["result"]["isError"]


def test_a_subscription_stands_until_its_client_leaves(double):
    one = double()
    stateless = Stateless(one)

    def subscription(id):
        asked = {"notifications": {"toolsListChanged": True, "resourceSubscriptions": ["x"]}}
        return Raw(one, stateless, stateless.message("subscriptions/listen", asked, id))

    all = [subscription(f"s{number}") for number in range(250)]
    for number, each in enumerate(all):
        assert each.event() == {
            "jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged",
            "params": {"_meta": {META + "subscriptionId": f"s{number}"}, "notifications": {}},
        }  # fmt: skip
    full = subscription("more")
    assert full.status == 503 and json.load(full.file)["error"]["code"] == -32603
    # A comment keeps the connection alive.
    assert all[0].file.readline() == b":\n"
    assert set(all[1].leave()) <= set(b":\n")
    assert subscription("again").event()["params"]["notifications"] == {}


def test_a_client_that_leaves_gets_the_rest_of_its_stream(double):
    one = double()
    agent = Agent(one)
    message = request("tools/call", waiting())
    with agent.http.stream("POST", PATH, json=message, headers=agent.fields) as stream:
        id, progress = next(events(stream))
    assert progress["method"] == "notifications/progress"
    one.http.get("/never")
    fields = {**agent.fields, "Last-Event-ID": id}
    with agent.http.stream("GET", PATH, headers=fields) as stream:
        *_, (_, answer) = events(stream)
    assert answer["result"]["structuredContent"] == {"matched": 1}
    assert agent.http.get(PATH, headers={**fields, "Last-Event-ID": "77-1"}).status_code == 400


def test_a_cancelled_call_ends_without_an_answer(double):
    agent = Agent(double())
    message = request("tools/call", waiting(600), id="long")
    with agent.http.stream("POST", PATH, json=message, headers=agent.fields) as stream:
        seen = events(stream)
        next(seen)
        twice = agent.send(message)
        assert twice.json()["error"]["code"] == -32600
        cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled",
                  "params": {"requestId": "long"}}  # fmt: skip
        assert agent.send(cancel).status_code == 202
        assert all("method" in data for _, data in seen)
    assert agent.send(request("ping")).json()["result"] == {}


def test_a_standing_stream_ends_with_its_session(agent):
    with agent.http.stream("GET", PATH, headers=agent.fields) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "id: 0-0"
        assert agent.http.request("DELETE", PATH, headers=agent.fields).status_code == 204
        assert set(lines) <= {"data:", ""}


@pytest.mark.parametrize("has_session", [True, False])
def test_two_hundred_agents_at_once(double, has_session):
    one = double()
    together = threading.Barrier(20)

    def journey(number):
        with httpx.Client(base_url=one.url, trust_env=False, timeout=60) as http:
            if number < 20:
                together.wait()
            one_agent = (Agent if has_session else Stateless)(Seen(http))
            order = request("tools/call", {"name": "mint_key", "arguments": {"credits": number}})
            key = one_agent.send(order).json()["result"]["structuredContent"]["key"]
            order = request("tools/call", {"name": "read_ledger", "arguments": {"key": key}})
            ledger = one_agent.send(order).json()["result"]
            assert ledger["structuredContent"]["balance"] == number
            return one_agent.fields["Mcp-Session-Id"] if has_session else number

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(journey, range(200)))) == 200


class Seen:
    """A double as one client sees it."""

    def __init__(self, http):
        self.http = http


def test_the_session_that_was_idle_longest_makes_room(double):
    one = double()
    first, second = Agent(one), Agent(one)
    assert first.send(request("ping")).status_code == 200
    for _ in range(999):
        Agent(one)
    assert second.send(request("ping")).status_code == 404
    assert first.send(request("ping")).status_code == 200


def test_standard_output_has_nothing_but_messages():
    messages = [hello(), {"jsonrpc": "2.0", "method": "notifications/initialized"},
                request("ping", id=2), request("nothing", id=3)]  # fmt: skip
    lines = [json.dumps(each) for each in messages] + ["{", "x" * ((1 << 20) + 1), ""]
    done = subprocess.run(
        [BINARY, "mcp"], input="\n".join(lines), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    found = {str(each["id"]): each.get("error", {}).get("code") for each in answers}
    assert found["1"] is None and found["2"] is None and found["3"] == -32601
    codes = sorted(each["error"]["code"] for each in answers if each["id"] is None)
    assert codes == [-32700, -32600]


def test_both_ways_over_one_standard_input(stateless):
    """Also what no field of HTTP can carry, and what has to end with standard input."""
    listen = stateless.message("subscriptions/listen", {"notifications": {}}, "listen")
    unspoken = Stateless(stateless, "1900\r\nHost: x").message("tools/list", id="version")
    messages = [
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        listen, stateless.message("server/discover", id="discover"),
        stateless.message("tools/lst\r\nX: y", id="method"), unspoken,
        stateless.message("tools/call", {"name": "mint_kéy"}, "name"),
        stateless.message("tools/call", {"name": "x" * 5000}, "long"),
        stateless.message("tools/call", {"name": "get_status"}, "status"),
        request("tools/list", {"_meta": {META + "clientCapabilities": {}}}, "half"),
        hello(), request("ping", id="ping"),
    ]  # fmt: skip
    done = subprocess.run(
        [BINARY, "mcp"], input="\n".join(map(json.dumps, messages)), capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    found = {each["id"]: each.get("error", {}).get("code") for each in lines if "id" in each}
    assert found == {
        "discover": None, "method": -32601, "version": -32022, "name": -32602, "long": -32602,
        "status": None, "half": -32602, 1: None, "ping": None,
    }  # fmt: skip
    near = next(each for each in lines if each.get("id") == "name")["error"]
    assert near["data"] == {"nearest": "mint_key"}


def talk(*arguments, **options):
    return subprocess.Popen(
        [BINARY, "mcp", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        bufsize=1, **options,
    )  # fmt: skip


def test_a_call_is_cancelled_over_standard_input(stateless):
    with talk() as process:
        process.stdin.write(json.dumps(stateless.message("tools/call", waiting(600), "w")) + "\n")
        assert json.loads(process.stdout.readline())["method"] == "notifications/progress"
        cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled",
                  "params": {"requestId": "w"}}  # fmt: skip
        process.stdin.write(json.dumps(cancel) + "\n")
        process.stdin.write(json.dumps(stateless.message("server/discover", id="d")) + "\n")
        # It would wait for the call's answer otherwise.
        rest, _ = process.communicate(timeout=60)
        answers = [json.loads(line) for line in rest.splitlines()]
        assert [each["id"] for each in answers if "id" in each] == ["d"]


def test_a_double_that_stops_ends_what_stands(double):
    one = double()
    stateless = Stateless(one)
    with talk("--url", one.url) as process:
        listen = stateless.message("subscriptions/listen", {"notifications": {}}, "s")
        process.stdin.write(json.dumps(listen) + "\n")
        acknowledged = json.loads(process.stdout.readline())
        assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
        one.stop()
        assert json.loads(process.stdout.readline()) == {
            "jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "s"},
        }  # fmt: skip
        process.stdin.close()
        assert process.wait(60) == 0


def test_a_double_that_is_not_there():
    done = subprocess.run(
        [BINARY, "mcp", "--url", "http://127.0.0.1:1"], input=json.dumps(hello()) + "\n",
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert json.loads(done.stdout)["error"]["code"] == -32603
    wrong = subprocess.run([BINARY, "mcp", "--url", "ftp://x"], capture_output=True, timeout=60)
    assert wrong.returncode == 64


def test_the_texts_for_language_models(double):
    one = double("--admin-token", "secret")
    index, whole, skill = (one.http.get(f"/_mock/{each}") for each in
                           ("llms.txt", "llms-full.txt", "skill.md"))  # fmt: skip
    assert index.text.startswith("# cloro-mock\n\n> ")
    assert "POST /_mock/verify" in index.text and "Coding agents" in index.text
    assert whole.text.startswith(index.text) and "# Faults" in whole.text
    assert skill.text.startswith("---\nname: cloro-mock\n")
    for word in ("mint_key", "explain_refusals", "advance_clock", "Strict", "budget", "clock"):
        assert word in skill.text
