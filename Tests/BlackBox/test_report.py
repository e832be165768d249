"""The report of a run: what it took, by label and provider, in three forms, and its budget."""

import json
import signal
import sys
import xml.etree.ElementTree as xml

import pytest

from async_support import submit, task
from control_support import CREDITS, entries, fault, stub
from receiver import Receiver
from support import UNKNOWN_KEY, Double, cli, eventually

MEMBERS = [
    "credits", "usd", "requests", "byLabel", "byProvider", "refusals", "peak", "webhooks",
    "findings", "unused", "budget",
]  # fmt: skip
# So many synchronous ChatGPT questions, each another one, by what `run` sets: 7 credits each.
ASK = """
import json, os, sys, urllib.request

for number in range(int(sys.argv[1])):
    body = json.dumps({"prompt": f"Which laptop, {number}?", "country": "US"}).encode()
    request = urllib.request.Request(os.environ["CLORO_BASE_URL"] + "/v1/monitor/chatgpt", body)
    request.add_header("Authorization", "Bearer " + os.environ["CLORO_API_KEY"])
    urllib.request.urlopen(request, timeout=90).read()
"""


def report(double, **query):
    answer = double.http.get("/_mock/report", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def text(double, format, **query):
    return double.http.get("/_mock/report", params={"format": format, **query}).text


def ask(double, key, count, **options):
    for number in range(count):
        assert double.ask(key, text=f"Question {number}?", **options).status_code == 200


def test_ten_questions_are_70_credits_in_all_forms(double):
    one = double()
    key = one.first_key
    ask(one, key, 10)
    found = report(one)
    assert list(found) == MEMBERS
    assert found == report(one, key=key) == {
        "credits": 70, "usd": 0.028, "requests": 10,
        "byLabel": [{"label": None, "credits": 70, "requests": 10, "refusals": 0}],
        "byProvider": [{"provider": "chatgpt", "sync": 10, "async": 0, "credits": 70}],
        "refusals": [], "peak": {"concurrency": 1, "queued": 0},
        "webhooks": {"delivered": 0, "failed": 0, "attempts": 0}, "findings": [], "unused": [],
        "budget": {"limit": None, "spent": 70, "exceeded": False},
    }  # fmt: skip
    assert one.balance(key) == 250_000 - 70
    markdown = text(one, "markdown")
    assert markdown.startswith("## cloro-mock\n\n**70 credits** (US$ 0.028), 10 requests")
    assert "| chatgpt | 10 | 0 | 70 |" in markdown
    suite = xml.fromstring(text(one, "junit")).find("testsuite")
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert properties["credits"] == "70" and properties["usd"] == "0.028"
    assert suite.get("failures") == "0" and len(suite.findall("testcase")) == 9
    assert one.http.get("/_mock/report", params={"format": "junit"}).headers[
        "content-type"
    ] == "application/xml"


def test_it_counts_by_label_and_provider_and_code(frozen):
    key = frozen.minted(label="nightly", plan="free", credits=24, budget=12)
    frozen.ask(key)
    frozen.ask(key, "grok")
    frozen.patch(key, label="daily")
    frozen.ask(key, "copilot")
    frozen.ask(key, "copilot", text="")
    done = submit(frozen, key, task("GEMINI"))
    frozen.control("POST", "tasks/await", {"match": {"key": key, "status": "COMPLETED"}})
    frozen.get(key, f"/v1/async/task/{done}")
    assert frozen.ask(key).status_code == 403
    found = report(frozen, key=key)
    assert (found["credits"], found["requests"], found["usd"]) == (7 + 6 + 7 + 4, 7, 0.0)
    assert found["byLabel"] == [
        {"label": "nightly", "credits": 13, "requests": 2, "refusals": 0},
        {"label": "daily", "credits": 11, "requests": 5, "refusals": 2},
    ]
    assert found["byProvider"] == [
        {"provider": "chatgpt", "sync": 1, "async": 0, "credits": 7},
        {"provider": "gemini", "sync": 0, "async": 1, "credits": 4},
        {"provider": "grok", "sync": 1, "async": 0, "credits": 6},
        {"provider": "copilot", "sync": 1, "async": 0, "credits": 7},
    ]
    assert found["refusals"] == [
        {"code": "INSUFFICIENT_CREDITS", "count": 1}, {"code": "VALIDATION_ERROR", "count": 1},
    ]  # fmt: skip
    assert found["budget"] == {"limit": 12, "spent": 24, "exceeded": True}
    assert found["credits"] == 24 - frozen.balance(key)


def test_refusals_have_codes_whatever_they_come_from(double):
    one = double()
    key = one.first_key
    one.get(UNKNOWN_KEY, CREDITS)
    for kind in (
        {"kind": "status", "status": 503}, {"kind": "status", "status": 418, "body": "tea"},
        "empty_response",
    ):  # fmt: skip
        fault(one, kind, key, times=1)
        try:
            one.get(key, CREDITS)
        except Exception as problem:
            assert "disconnected" in str(problem)
    counts = {each["code"]: each["count"] for each in report(one)["refusals"]}
    assert counts == {
        "INVALID_OR_EXPIRED_API_KEY": 1, "SERVICE_UNAVAILABLE": 1, "HTTP_418": 1, "NO_ANSWER": 1,
    }  # fmt: skip
    assert report(one, key=key)["requests"] == 3


def test_a_run_s_report_outlives_resets_and_keys(double):
    one = double()
    key = one.minted(label="gone")
    ask(one, key, 2)
    one.control("DELETE", f"keys/{key}", status=200)
    reset = one.minted(concurrency=2)
    ask(one, reset, 1)
    one.control("POST", "reset", status=200, key=reset)
    assert report(one, key=reset)["credits"] == 0
    ask(one, reset, 1)
    assert report(one, key=reset)["credits"] == 7
    one.control("POST", "reset", status=200)
    found = report(one)
    assert (found["credits"], found["requests"]) == (28, 4)
    assert {each["label"]: each["credits"] for each in found["byLabel"]} == {"gone": 14, None: 14}
    assert found["peak"] == {"concurrency": 1, "queued": 0}


def test_a_credit_costs_what_the_plan_says(double, fixture_file):
    own = "sk_test_" + "a" * 32
    path = fixture_file(credits=1000, usd=10, keys=[{"key": own, "organization": "a"}])
    one = double("--fixture", path)
    ask(one, own, 1)
    assert report(one)["usd"] == 0.07


def test_counting_doesn_t_depend_on_what_the_journal_keeps(double):
    one = double("--journal-entries", "100")
    key = one.minted(credits=10**9, requestsPerSecond=10**9, concurrency=1000)
    ask(one, key, 500)
    found = report(one)
    assert (found["credits"], found["requests"]) == (3500, 500)
    assert len(entries(one, key)) == 100


def test_webhooks_are_counted(frozen):
    key = frozen.minted(progression={"mode": "immediate"})
    with Receiver() as receiver:
        one = submit(frozen, key, task(webhook={"url": receiver.url}))
        match = {"taskId": one, "delivered": True}
        frozen.control("POST", "webhooks/await", {"match": match}, status=200)
    submit(frozen, key, task(text="Another?", webhook={"url": receiver.url}))
    for seconds in (0, 120, 240, 480, 960):
        frozen.advance(seconds)
    assert report(frozen, key=key)["webhooks"] == {"delivered": 1, "failed": 1, "attempts": 6}


def test_what_was_never_used_is_in_it(frozen):
    key = frozen.minted()
    idle = stub(frozen, key, {"prompt": "x"}, result={"text": "Acme | <b>"})
    assert [each["id"] for each in report(frozen, key=key)["unused"]] == [idle["id"]]
    assert idle["id"].replace("_", "\\_") in text(frozen, "markdown", key=key)


def test_texts_can_t_break_its_forms(frozen):
    key = frozen.minted(label="a|b<script>&\"\n`")
    frozen.ask(key)
    markdown = text(frozen, "markdown", key=key)
    assert "| a\\|b&lt;script&gt;&amp;\" \\` | 1 | 0 | 7 |" in markdown
    xml.fromstring(text(frozen, "junit", key=key))


def test_another_form_and_an_unknown_key(frozen):
    refused = frozen.http.get("/_mock/report", params={"format": "junitt"})
    assert refused.status_code == 400
    assert 'did you mean "junit"?' in refused.json()["error"]["message"]
    assert frozen.http.get("/_mock/report", params={"key": UNKNOWN_KEY}).status_code == 404


# MARK: The command line


def python(count):
    return "--", sys.executable, "-c", ASK, str(count)


@pytest.mark.parametrize(("budget", "code"), [(69, 3), (70, 0)])
def test_the_budget_of_a_command(tmp_path, budget, code):
    path = tmp_path / "report.json"
    ended = cli("run", "--budget", budget, "--report", path, *python(10))
    assert ended.returncode == code, ended.stderr
    found = json.loads(path.read_text())
    assert found["credits"] == 70
    assert found["budget"] == {"limit": budget, "spent": 70, "exceeded": code == 3}
    assert ended.stderr.startswith("cloro-mock: 70 credits, 10 requests, 0 of them refused")


@pytest.mark.parametrize(("budget", "code"), [(69, 3), (70, 0)])
def test_the_budget_of_a_double(budget, code):
    one = Double("--budget", str(budget))
    ask(one, one.first_key, 10)
    assert report(one)["budget"]["exceeded"] == (code == 3)
    assert one.stop() == code
    assert ("over the budget of 69 by 1" in "\n".join(one.stderr)) == (code == 3)


@pytest.mark.parametrize(
    ("name", "begin"), [("a.json", '{"credits":7,'), ("a.md", "## cloro-mock"), ("a.xml", "<?xml")]
)
def test_the_file_is_written_at_the_end_and_when_it_is_asked_for(tmp_path, name, begin):
    path = tmp_path / name
    one = Double("--report", str(path))
    ask(one, one.first_key, 1)
    assert not path.exists()
    one.signal(signal.SIGUSR1)
    eventually(path.exists, "the report")
    assert path.read_text().startswith(begin)
    path.unlink()
    one.signal(signal.SIGUSR1)
    eventually(path.exists, "the report again")
    path.unlink()
    assert one.stop() == 0
    assert path.read_text().startswith(begin)


def test_a_signal_without_a_file_ends_nothing(double):
    one = double()
    one.signal(signal.SIGUSR1)
    ask(one, one.first_key, 1)


def test_github_s_summary_is_added_to(tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    env = {"GITHUB_STEP_SUMMARY": str(path)}
    assert cli("run", *python(1), env=env).returncode == 0
    assert path.read_text().startswith("before\n## cloro-mock\n\n**7 credits**")
    before = path.read_text()
    one = Double(env=env)
    assert one.stop() == 0 and path.read_text() == before
    one = Double("--report", str(tmp_path / "a.json"), env=env)
    assert one.stop() == 0 and path.read_text().count("## cloro-mock") == 2


@pytest.mark.parametrize(
    ("flag", "text"),
    [("--report", "a.txt"), ("--report", "/"), ("--budget", "-1"), ("--budget", "many")],
)
def test_what_can_t_be_used(flag, text):
    ended = cli(flag, text)
    assert ended.returncode == 64 and flag in ended.stderr, ended.stderr


def test_a_report_that_can_t_be_written_is_a_failure(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    one = Double("--report", str(folder / "a.json"))
    folder.rmdir()
    assert one.stop() == 1 and "the report " in "\n".join(one.stderr)
