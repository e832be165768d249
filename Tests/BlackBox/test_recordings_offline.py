"""Recordings answer where there is no network, and nobody tries to reach one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from async_support import KINDS
from control_support import stub
from offline import amounts, asked
from support import HERE as SUPPORT
from support import Double
from test_recordings import UPSTREAM_KEY, files

HERE = Path(__file__).resolve().parent
NAMESPACE = ["unshare", "--map-root-user", "--net"]
NOTHING = {"connections": 0, "datagrams": 0, "withoutRoute": 0}
# An address that is reserved for documentation: nobody has it.
ELSEWHERE = "https://192.0.2.1"


@pytest.fixture(scope="module")
def no_network():
    """Skips where this user may have no network namespace."""
    try:
        tried = subprocess.run([*NAMESPACE, "true"], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no unshare, which makes network namespaces")
    if tried.returncode:
        pytest.skip(f"this user may have no network namespace: {tried.stderr.strip()}")


def offline(tmp_path, *flags, scenes, environment=None):
    """What `offline.py` shows of scenes with a double that has no network."""
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({
        "flags": [str(flag) for flag in flags], "environment": environment or {},
        "scenes": [{"atOnce": False, "settings": {}} | scene for scene in scenes],
    }))  # fmt: skip
    ended = subprocess.run(
        [*NAMESPACE, sys.executable, HERE / "offline.py", plan], capture_output=True, text=True,
        timeout=120, env=os.environ | {"PYTHONPATH": f"{SUPPORT}:{HERE}"},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout)
    assert seen["exit"] == 0, seen["stderr"]
    return seen


def item(provider="chatgpt", text="Question", is_task=False, **members):
    kind = {provider: kind for kind, provider in KINDS.items()}[provider]
    return {"provider": provider, "kind": kind, "text": text, "task": is_task, "members": members}


def mixed():
    """A hundred questions: all providers, flags, countries, tasks, and some of them again."""
    members = [
        {}, {"include": {"markdown": True}}, {"country": "DE"}, {"include": {"html": True}},
        {"country": "US", "include": {"markdown": True, "html": True}},
    ]  # fmt: skip
    providers = list(KINDS.values())
    for number in range(100):
        text = f"  Question {number % 83}, with “quotes” and é\n"
        yield item(providers[number % 8], text, number % 10 == 9, **members[number % 5])


def results(answers):
    """The results byte for byte; of tasks as they are shown to Python."""
    for answer in answers:
        if "task" in answer:
            assert answer["task"]["status"] == "COMPLETED", answer
            yield json.dumps(answer["response"])
        else:
            assert answer["status"] == 200, answer
            start, text = '{"success":true,"result":', answer["text"]
            assert text.startswith(start)
            yield text[len(start) : -1]


@pytest.fixture(scope="module")
def hundred(tmp_path_factory):
    """A folder of the hundred, with what was answered and paid for them at the time."""
    place = tmp_path_factory.mktemp("hundred")
    team = place / "team.json"
    team.write_text(json.dumps({
        "plan": "team", "credits": 10_000, "concurrency": 50,
        "keys": [{"key": UPSTREAM_KEY, "organization": "real"}],
    }))  # fmt: skip
    service = Double("--fixture", team)
    for number in (1, 2, 3):
        stub(service, match={"provider": "grok", "prompt": "Thrice"}, times=1,
             result={"text": f"answer {number}"})  # fmt: skip
    live = Double("--record", place / "recordings", "--upstream", service.url,
                  "--max-credits", "10000",
                  env={"CLORO_MOCK_UPSTREAM_KEY": UPSTREAM_KEY})  # fmt: skip
    key = live.minted(credits=10_000)
    questions = [*mixed(), *[item("grok", "Thrice")] * 3]
    answers = list(results([asked(live, key, each) for each in questions]))
    paid = amounts(live, key)
    assert (live.stop(), service.stop()) == (0, 0)
    assert len(files(place / "recordings")) == len(questions) == len(paid) == 103
    return place / "recordings", questions, answers, paid


@pytest.fixture
def recorded(hundred, tmp_path):
    """The same with a folder of the test's own."""
    folder, *others = hundred
    return shutil.copytree(folder, tmp_path / "recordings"), *others


def test_a_hundred_are_replayed_without_a_network(no_network, recorded, tmp_path):
    folder, questions, answers, paid = recorded
    seen = offline(
        tmp_path, "--replay", folder, "--on-miss", "fail",
        # What recording takes is there, and nobody uses it.
        environment={"CLORO_MOCK_UPSTREAM_KEY": UPSTREAM_KEY},
        scenes=[
            {"settings": {"credits": sum(paid)}, "questions": [*questions, questions[0]]},
            {"settings": {"credits": sum(paid), "concurrency": 3}, "atOnce": True,
             "questions": [item("grok", "Thrice")] * 4},
            {"settings": {"credits": 1000}, "questions": [item(text="Nobody asked this")]},
        ],
    )  # fmt: skip
    alone, crowd, missed = seen["scenes"]
    assert list(results(alone["answers"][:-1])) == answers
    # Each is paid for as it was then, down to the last credit.
    assert alone["charges"] == paid
    assert alone["answers"][-1]["status"] == 403
    # Three have the slots, and the fourth none; it costs nothing, and no turn.
    refused = crowd["answers"].pop()
    assert (refused["status"], json.loads(refused["text"])["error"]["details"]) == (
        429, {"limit": 3})  # fmt: skip
    assert sorted(results(crowd["answers"])) == sorted(answers[-3:])
    assert crowd["charges"] == paid[-3:]
    assert missed["answers"][0]["status"] == 503 and missed["charges"] == []
    assert json.loads(missed["answers"][0]["text"])["error"]["code"] == "NO_STUB"
    assert seen["counted"] == NOTHING
    assert len(list(folder.iterdir())) == len(questions)


def test_what_was_charged_is_charged_without_a_network(no_network, recorded, tmp_path):
    folder, questions, answers, paid = recorded
    for path in folder.iterdir():
        made = path.read_text()
        credits = json.loads(made)["credits"]
        path.write_text(made.replace(f'"credits": {credits},', f'"credits": {credits + 2},'))
    taken, costs = questions[:10], [each + 2 for each in paid[:10]]
    seen = offline(
        tmp_path, "--replay", folder, "--recorded-credits", "--latency", "recorded",
        scenes=[{"settings": {"credits": sum(costs)}, "questions": [*taken, taken[0]]}],
    )  # fmt: skip
    (scene,) = seen["scenes"]
    assert list(results(scene["answers"][:-1])) == answers[:10]
    assert scene["charges"] == costs and scene["answers"][-1]["status"] == 403
    headers = [each["headers"] for each in scene["answers"][:9]]
    assert [int(each["x-credits-charged"]) for each in headers] == costs[:9]
    assert seen["counted"] == NOTHING


def test_what_is_missing_is_made_up_without_a_network(no_network, recorded, tmp_path):
    folder, questions, answers, paid = recorded
    taken = [questions[0], item(text="Nobody asked this"), questions[1]]
    seen = offline(tmp_path, "--replay", folder, "--on-miss", "generate",
                   scenes=[{"questions": taken}])  # fmt: skip
    first, made_up, second = results(seen["scenes"][0]["answers"])
    assert [first, second] == answers[:2] and json.loads(made_up)["text"]
    assert seen["scenes"][0]["charges"] == [paid[0], 7, paid[1]]
    assert seen["counted"] == NOTHING
    assert len(list(folder.iterdir())) == len(questions)


def test_only_a_miss_tries_to_reach_the_service(no_network, recorded, tmp_path):
    folder, questions, answers, paid = recorded
    flags = ["--replay", folder, "--on-miss", "record", "--record", folder,
             "--upstream", ELSEWHERE]  # fmt: skip
    environment = {"CLORO_MOCK_UPSTREAM_KEY": UPSTREAM_KEY}
    seen = offline(tmp_path, *flags, environment=environment,
                   scenes=[{"questions": questions[:20]}])  # fmt: skip
    assert list(results(seen["scenes"][0]["answers"])) == answers[:20]
    assert seen["counted"] == NOTHING
    # The same counters see it when the double does try.
    taken = [questions[0], item(text="Nobody asked this")]
    seen = offline(tmp_path, *flags, environment=environment, scenes=[{"questions": taken}])
    first, missed = seen["scenes"][0]["answers"]
    assert list(results([first])) == answers[:1] and missed["status"] == 502
    assert seen["counted"]["withoutRoute"] > 0
    assert seen["scenes"][0]["charges"] == paid[:1]
    assert len(list(folder.iterdir())) == len(questions)
