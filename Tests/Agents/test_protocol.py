"""The protocol itself, by plain HTTP: exact codes for everything that is wrong."""

import json
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


@pytest.fixture
def agent(double):
    return Agent(double("--clock", "manual"))


@pytest.mark.parametrize(
    "asked, spoken",
    [("2025-11-25", "2025-11-25"), ("2025-06-18", "2025-06-18"), ("2024-01-01", "2025-11-25")],
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


def test_too_large_a_message(agent):
    answer = agent.http.post(PATH, content=b" " * (1 << 20) + b"{}", headers=agent.fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, -32600)


@pytest.mark.parametrize(
    "message, code, near",
    [
        (request("tools/lst"), -32601, "tools/list"),
        (request("prompts/list"), -32601, None), (request("logging/setLevel"), -32601, None),
        (request("tools/call", {"name": "mint_kex"}), -32602, "mint_key"),
        (request("tools/call", {}), -32602, None),
        (request("tools/call", {"name": "mint_key", "arguments": []}), -32602, None),
        (request("tools/list", {"cursor": "x"}), -32602, None),
        (request("resources/read", {"uri": "cloro-mock://conformanc"}), -32602, "conformance"),
        (request("resources/read", {}), -32602, None), (hello(), -32600, None),
    ],
)  # fmt: skip
def test_what_there_is_not(agent, message, code, near):
    error = agent.send(message).json()["error"]
    assert error["code"] == code
    assert near is None or near in error["message"]


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


def test_two_hundred_agents_at_once(double):
    one = double()
    together = threading.Barrier(20)

    def journey(number):
        with httpx.Client(base_url=one.url, trust_env=False, timeout=60) as http:
            if number < 20:
                together.wait()
            first = http.post(PATH, json=hello(), headers=BOTH)
            fields = {**BOTH, "Mcp-Session-Id": first.headers["mcp-session-id"]}
            order = request("tools/call", {"name": "mint_key", "arguments": {"credits": number}})
            answer = http.post(PATH, json=order, headers=fields).json()
            key = answer["result"]["structuredContent"]["key"]
            order = request("tools/call", {"name": "read_ledger", "arguments": {"key": key}})
            ledger = http.post(PATH, json=order, headers=fields).json()["result"]
            assert ledger["structuredContent"]["balance"] == number
            return fields["Mcp-Session-Id"]

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(journey, range(200)))) == 200


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
