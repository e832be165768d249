"""Tools' schemas: valid, and what they allow is what the operations take."""

import json
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from support import Double
from test_protocol import Agent, request

TOOLS = """get_status mint_key change_key add_fault add_response list_rules verify_requests
explain_refusals read_journal read_ledger list_tasks drive_task list_webhooks advance_clock
run_report forecast reset""".split()
READERS = {"get_status", "list_rules", "verify_requests", "explain_refusals", "read_journal",
           "read_ledger", "list_tasks", "list_webhooks", "run_report", "forecast"}  # fmt: skip
VALUES = [
    None, True, 0, 1, -1, 7, 1.5, 10**16, "", "x", "free", "2026-10", "10s", "sk_live_x", [], {},
    {"mode": "hold"}, "hold", "vary", "QUEUED", {"kind": "status", "status": 503}, "never",
    {"kind": "latency", "latency": "1s"}, {"status": 503}, {"path": "/v1"}, [{"path": "/v1"}],
    {"exactly": 1}, {"text": "Acme"}, [{"name": "Acme", "rank": 1}], ["Acme"], "all", "complete",
    [{"provider": "grok", "count": 2}], ["free"], {"provider": "grok"}, "fail",
]  # fmt: skip


@pytest.fixture(scope="module")
def agent():
    one = Double()
    yield Agent(one)
    one.stop()


@cache
def tools(agent):
    answer = agent.send(request("tools/list")).json()
    return {each["name"]: each for each in answer["result"]["tools"]}


def test_the_tools_are_these_and_their_schemas_valid(agent):
    assert list(tools(agent)) == TOOLS
    for name, tool in tools(agent).items():
        for schema in (tool["inputSchema"], tool["outputSchema"]):
            Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"
            # The models' services refuse these.
            assert not {"oneOf", "anyOf", "allOf"} & set(schema), name
        hints = tool["annotations"]
        assert hints["readOnlyHint"] == (name in READERS)
        assert hints["openWorldHint"] is False
    assert tools(agent)["reset"]["annotations"]["destructiveHint"]
    assert not tools(agent)["mint_key"]["annotations"]["destructiveHint"]


@pytest.mark.parametrize("name", TOOLS)
def test_what_a_schema_allows_the_operation_takes(agent, name):
    tool = tools(agent)[name]
    takes = Draft202012Validator(tool["inputSchema"])
    gives = Draft202012Validator(tool["outputSchema"])
    members = sorted(tool["inputSchema"]["properties"])
    cases = st.dictionaries(
        st.sampled_from([*members, "unknown"]), st.sampled_from(VALUES), max_size=4
    )

    @settings(max_examples=60, deadline=None, database=None, derandomize=True,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(cases)
    def judge(arguments):
        if arguments.get("timeoutMs") == 7 or name != "advance_clock":
            arguments = {key: value for key, value in arguments.items() if key != "wait"}
        if isinstance(arguments.get("timeoutMs"), int):
            arguments["timeoutMs"] = min(arguments["timeoutMs"], 7)
        answer = agent.send(
            request("tools/call", {"name": name, "arguments": arguments}),
            Accept="application/json",
        ).json()
        result = answer["result"]
        refused = result["isError"] and result["content"][0]["text"].startswith("INVALID_REQUEST")
        if takes.is_valid(arguments):
            # What only the double knows, such as its plans, no schema says.
            assert not refused or unknowable(result["content"][0]["text"]), (arguments, result)
        else:
            # An unknown key may be noticed first.
            assert result["isError"], (arguments, result)
        if not result["isError"]:
            gives.validate(result["structuredContent"])
            assert json.loads(result["content"][1]["text"]) == result["structuredContent"]

    judge()


def unknowable(text):
    return any(part in text for part in ("is no plan", "is unknown", "joins an existing", "report"))
