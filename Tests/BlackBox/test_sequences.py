"""Stubs whose answer changes: from question to question, or from day to day."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from async_support import finished, submit, task
from clients import OwnConnections
from support import DEADLINE, PROVIDERS, cli, path_of, question

DAY = 86_400


def stub(double, key=None, status=201, match=None, **members):
    match = (match or {}) | ({"key": key} if key else {})
    return double.control("POST", "responses", {"match": match, **members}, status=status).json()


def text(answer):
    body = answer.json()
    return body["result"]["text"] if answer.status_code == 200 else body["error"]["code"]


def steps(*texts):
    return [{"result": {"text": each}} for each in texts]


def test_each_question_of_a_key_gets_the_next_answer_and_the_last_stays(frozen):
    first, second = frozen.minted(), frozen.minted()
    answers = [*steps("one"), {"error": {"status": 502}}, *steps("three")]
    made = stub(frozen, match={"provider": "grok"}, sequence=answers)
    assert (made["sequence"], made["seen"]) == (answers, 0)
    asked = [text(frozen.ask(first, "grok")) for _ in range(4)]
    assert asked == ["one", "EXTERNAL_SERVICE_ERROR", "three", "three"]
    assert text(frozen.ask(second, "grok")) == "one"
    frozen.control("DELETE", f"responses/{made['id']}", status=200)


def test_tasks_and_questions_take_from_one_sequence(frozen):
    key = frozen.minted(progression="immediate")
    stub(frozen, key, sequence=steps("one", "two", "three"))
    assert text(frozen.ask(key)) == "one"
    done = finished(frozen, key, submit(frozen, key))
    assert done["response"]["text"] == "two"
    assert text(frozen.ask(key)) == "three"
    reason = frozen.control("GET", "journal", key=key).json()["entries"][-1]["reason"]
    assert "sequence, 3 of 3" in reason


def test_500_callers_at_once_take_each_answer_once(frozen):
    key = frozen.minted(concurrency=1000, credits=10_000)
    other = frozen.minted(concurrency=1000, credits=10_000)
    answers = steps(*(f"answer {number}" for number in range(500)))
    made = stub(frozen, match={"provider": "gemini"}, sequence=answers)

    def asked(each):
        headers = {"Authorization": f"Bearer {each}"}
        answer = http.post(path_of("gemini"), json=question("gemini"), headers=headers)
        return each, text(answer)

    with (
        httpx.Client(base_url=frozen.url, transport=OwnConnections(), timeout=3 * DEADLINE) as http,
        ThreadPoolExecutor(500) as pool,
    ):
        taken = list(pool.map(asked, [key, other] * 500))
    assert Counter(taken) == {
        (each, f"answer {number}"): 1 for each in (key, other) for number in range(500)
    }
    frozen.control("DELETE", f"responses/{made['id']}", status=200)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_day_s_answer_holds_until_the_next_day(frozen, provider):
    key = frozen.minted(credits=10_000)
    days = [
        {"mentions": [{"name": "Acme", "rank": 1}]},
        {"mentions": [{"name": "Acme", "rank": 3}]},
        {"absent": ["Acme"]},
    ]
    stub(frozen, key, sequence=days, every="1d")

    def place():
        answers = [frozen.ask(key, provider).json()["result"] for _ in range(2)]
        found = set()
        for result in answers:
            result.pop("html", None)
            names = result.get("sources") or result.get("organicResults") or []
            names = names or result.get("newsResults")
            ranks = [at for at, each in enumerate(names, 1) if "Acme" in json.dumps(each)]
            found.add(ranks[0] if ranks else "Acme" in json.dumps(result))
        (one,) = found
        return one

    seen = [place()]
    for _ in range(3):
        frozen.advance(DAY)
        seen.append(place())
    assert seen == [1, 3, False, False]


def test_a_snapshot_brings_a_sequence_back_to_its_day(frozen):
    key = frozen.minted()
    stub(frozen, key, sequence=steps("one", "two", "three"), every="12h")
    asked = [text(frozen.ask(key))]
    frozen.control("POST", f"snapshots/days-of-{key[-6:]}", status=201, key=key)
    frozen.advance(DAY)
    asked.append(text(frozen.ask(key)))
    frozen.control("POST", f"snapshots/days-of-{key[-6:]}/restore", status=200, key=key)
    asked.append(text(frozen.ask(key)))
    frozen.advance(DAY // 2)
    asked.append(text(frozen.ask(key)))
    assert asked == ["one", "three", "one", "two"]


def check(file):
    """What `check` says of a bad file, line by line."""
    ended = cli("check", file)
    assert ended.returncode == 65, ended.stderr
    return ended.stderr.splitlines()


BAD = [
    ({"mentions": [{"name": "Acme", "rank": 0}]}, "mentions[0].rank", "from 1 to 100"),
    (
        {"mentions": [{"name": "Acme", "rank": 2}, {"name": "Globex", "rank": 2}]},
        "mentions[1].rank", "stands twice",
    ),
    (
        {"mentions": [{"name": "Acme", "rank": 1}, {"name": "ACME", "rank": 2}]},
        "mentions[1].name", "stands twice",
    ),
    ({"mentions": [{"name": "Acme", "rank": 1}], "absent": ["acme"]}, "absent[0]", "mentioned too"),
    ({"mentions": [{"name": "Acme", "rank": 1}], "absent": [" acme "]}, "absent[0]",
     "mentioned too"),
    ({"mentions": [{"name": "Acme", "rank": 1}, {"name": "ACME ", "rank": 2}]}, "mentions[1].name",
     "stands twice"),
    (
        {"mentions": [{"name": "A", "rank": 1, "url": "http://globex.test"}], "absent": ["Globex"]},
        "absent[0]", "mentions[0].url",
    ),
    ({"mentions": [{"name": " ", "rank": 1}]}, "mentions[0].name", "1 to 200 characters"),
    ({"mentions": [{"rank": 1}]}, "mentions[0].name", "is missing"),
    ({"mentions": [{"name": "Acme"}]}, "mentions[0].rank", "is missing"),
    ({"mentions": [{"name": "A", "rank": 1, "url": "acme"}]}, "mentions[0].url", "http"),
    ({"mentions": [{"name": "A", "rank": 1, "mood": 1}]}, "mentions[0].mood", "unknown member"),
    (
        {"mentions": [{"name": "A", "rank": 1, "sentiment": "good"}]},
        "mentions[0].sentiment", "allowed: positive",
    ),
    ({"mentions": []}, "mentions", "at least one brand"),
    ({"absent": []}, "absent", "at least one brand"),
    ({"absent": [1]}, "absent[0]", "expected a name"),
    ({"sequence": []}, "sequence", "at least one answer"),
    ({"sequence": [{}]}, "sequence[0]", "expected either result or error"),
    ({"sequence": [{"sequence": []}]}, "sequence[0].sequence", "unknown member"),
    ({"sequence": steps("a"), "result": {}}, "", "found result and sequence"),
    ({"mentions": [{"name": "A", "rank": 1}], "result": {}}, "", "found result and mentions"),
    ({"sequence": steps("a"), "every": "a day"}, "every", "a duration such as 1d"),
    ({"sequence": steps("a"), "every": "0d"}, "every", "a duration such as 1d"),
    ({"result": {}, "every": "1d"}, "every", "goes with sequence only"),
    ({"result": {}, "match": {"body": {"/promt": {"equals": 1}}}}, "match.body./promt", "/prompt"),
    ({"result": {}, "match": {"body": {"prompt": {"equals": 1}}}}, "match.body.prompt", "/prompt"),
    (
        {"result": {}, "match": {"body": {"/prompt": {"like": "a"}}}},
        "match.body./prompt", "one of equals, contains, regex",
    ),
    ({"result": {}, "match": {"body": {}}}, "match.body", "at least one pointer"),
    ({"result": {}, "match": {"include": ["shoping"]}}, "match.include[0]", '"shopping"'),
    ({"result": {}, "match": {"include": {"html": 1}}}, "match.include.html", "true or false"),
    ({"result": {}, "match": {"state": "ca"}}, "match.state", "USPS code in capitals"),
    ({"result": {}, "match": {"device": "phone"}}, "match.device", "allowed: desktop"),
]  # fmt: skip


@pytest.mark.parametrize("members,path,expected", BAD)
def test_what_can_t_be_is_refused_with_its_path(frozen, members, path, expected):
    details = stub(frozen, status=400, **members)["error"]["details"]
    found = {each["field"]: each["message"] for each in details}
    assert expected in found.get(path, ""), found


@pytest.mark.parametrize("members,path,expected", BAD)
def test_check_refuses_it_too(fixture_file, members, path, expected):
    errors = check(fixture_file(responses=[members]))
    where = "responses[0]" + (f".{path}" if path else "")
    assert any(f": {where}: " in line and expected in line for line in errors), errors


def test_a_file_beside_the_fixture_is_the_whole_answer(double, tmp_path):
    (tmp_path / "answers").mkdir()
    whole = {"text": "From a file.", "n": 1}
    (tmp_path / "answers/a.json").write_text(json.dumps({"success": True, "result": whole}))
    (tmp_path / "list.json").write_text("[]")
    fixture = tmp_path / "team.json"
    responses = [{"match": {"provider": "grok"}, "bodyFile": "answers/a.json"}]
    fixture.write_text(json.dumps({"plan": "team", "responses": responses}))
    served = double("--fixture", fixture, "--plan", "team")
    key = served.minted()
    assert served.ask(key, "grok").json()["result"] == whole
    shown = served.control("GET", "responses", status=200, key=key).json()["responses"][0]
    assert shown["bodyFile"] == "answers/a.json"
    refused = stub(served, status=400, bodyFile="answers/a.json")["error"]["details"]
    assert "fixture files only" in refused[0]["message"]
    for path in ("/etc/hostname", "../team.json", "missing.json", "list.json", "answers/../x"):
        responses[0]["bodyFile"] = path
        fixture.write_text(json.dumps({"plan": "team", "responses": responses}))
        errors = check(fixture)
        assert len(errors) == 1
        assert "responses[0].bodyFile: " in errors[0] and "root:" not in errors[0]


def test_a_stub_may_look_at_all_of_a_question(frozen):
    key = frozen.minted(label="nightly", credits=100_000, progression="immediate")

    def answers(match, provider="chatgpt", **members):
        made = stub(frozen, key, match=match, result={"text": "stubbed"})
        answer = frozen.ask(key, provider, **members)
        assert answer.status_code == 200, answer.text
        frozen.control("DELETE", f"responses/{made['id']}", status=200)
        return answer.json()["result"].get("text") == "stubbed"

    shopping = {"include": {"shopping": True}}
    for include in ("shopping", ["shopping"], {"shopping": True}, {"html": False}):
        assert answers({"include": include}, **shopping), include
    for include in (["shopping", "html"], {"shopping": False}):
        assert not answers({"include": include}, **shopping), include
    overview = {"include": {"aioverview": {"markdown": True}}}
    assert answers({"include": "aioverview.markdown"}, "google", **overview)
    assert answers({"include": {"aioverview": {"markdown": True}}}, "google", **overview)
    assert not answers({"include": ["aioverview"]}, "google")
    assert answers({"state": "CA"}, state="ca") and not answers({"state": "CA"}, state="TX")
    assert not answers({"state": "CA"})
    assert answers({"device": "mobile"}, "google", device="mobile")
    assert not answers({"device": "mobile"}, "google") and answers({"device": "desktop"}, "google")
    assert answers({"label": "nightly"}) and not answers({"label": "night"})
    assert answers({"body": {"/include/shopping": {"equals": True}}}, **shopping)
    assert answers({"body": {"/include/shopping": {"equals": False}}})
    assert answers({"body": {"/pages": {"regex": "^[23]$"}}}, "google", pages=2)
    assert answers({"body": {"/prompt": {"contains": "laptop"}, "/country": {"equals": "US"}}},
                   prompt="Which laptop?")  # fmt: skip
    assert not answers({"body": {"/prompt": {"contains": "laptop"}}}, prompt="Which bag?")


def test_near_misses_say_which_member_differed(frozen):
    key = frozen.minted(label="nightly", credits=100_000)
    near = stub(
        frozen, key, result={},
        match={"state": "CA", "include": ["shopping"], "label": "nightly", "provider": "chatgpt"},
    )["id"]  # fmt: skip
    far = stub(
        frozen, key, result={},
        match={
            "device": "mobile", "provider": "grok", "label": "daily", "country": "DE",
            "body": {"/pages": {"equals": 2}}, "prompt": "shoes",
        },
    )["id"]  # fmt: skip
    frozen.ask(key, text="Which laptop?", state="TX", include={"shopping": True})
    for path, members, status in (
        ("journal/await", {"match": {"key": key, "state": "CA"}, "timeoutMs": 0}, 408),
        ("verify", {"match": {"key": key, "state": "CA"}}, 409),
    ):
        refused = frozen.control("POST", path, members, status=status).json()["error"]
        miss = refused["details"]["nearest"][0]
        assert miss["misses"] == ['state: expected "CA", was "TX"']
        assert [each["id"] for each in miss["stubs"]] == [near, far]
        assert miss["stubs"][0]["misses"] == ['state: expected "CA", was "TX"']
        assert miss["stubs"][1]["misses"] == [
            'provider: expected "grok", was "chatgpt"', 'country: expected "DE", was "US"',
            'label: expected "daily", was "nightly"', 'device: expected "mobile", was "desktop"',
            'body./pages: expected {"equals":2}, was 1',
            'prompt: expected {"contains":"shoes"}, was "Which laptop?"',
        ]  # fmt: skip
    for match, differs in (
        ({"device": "mobile"}, 'device: expected "mobile", was "desktop"'),
        ({"country": "DE"}, 'country: expected "DE", was "US"'),
        (
            {"include": {"shopping": False}},
            'include: expected {"shopping":false}, was ["shopping"]',
        ),
        (
            {"body": {"/include/html": {"equals": True}}},
            'body./include/html: expected {"equals":true}, was false',
        ),
    ):
        refused = frozen.control("POST", "verify", {"match": {"key": key, **match}}, status=409)
        assert refused.json()["error"]["details"]["nearest"][0]["misses"] == [differs]


def test_await_and_verify_take_a_stub_s_conditions(frozen):
    key = frozen.minted(credits=100_000)
    frozen.ask(key, state="ca", include={"html": True})
    submit(frozen, key, task(priority=7, payload={"device": "mobile"}, kind="GOOGLE"))
    for match in (
        {"state": "CA"}, {"include": ["html"]}, {"country": "US", "provider": "chatgpt"},
        {"device": "mobile"}, {"body": {"/priority": {"equals": 7}}},
    ):  # fmt: skip
        expectation = {"match": {"key": key, **match}, "times": {"exactly": 1}}
        frozen.control("POST", "verify", expectation, status=200)
        wait = {"match": {"key": key, **match}, "timeoutMs": 0}
        found = frozen.control("POST", "journal/await", wait, status=200).json()["entries"]
        assert len(found) == 1
    bad = {"match": {"key": key, "body": {"/promt": {"equals": 1}}}}
    frozen.control("POST", "verify", bad, status=400)


def test_a_task_s_own_members_can_be_looked_at_too(frozen):
    key = frozen.minted(progression="immediate")
    stub(
        frozen, key, result={"text": "urgent"},
        match={"body": {"/priority": {"equals": 9}, "/payload/country": {"equals": "US"}}},
    )  # fmt: skip
    urgent = submit(frozen, key, task(priority=9))
    usual = submit(frozen, key)
    assert finished(frozen, key, urgent)["response"]["text"] == "urgent"
    assert finished(frozen, key, usual)["response"]["text"] != "urgent"
