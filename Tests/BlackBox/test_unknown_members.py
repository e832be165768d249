"""Members that a request doesn't have: ignored and noted, or refused."""

import pytest

from control_support import Events, entries, last, stub
from support import BUILT_IN_KEY, UNKNOWN_KEY, cli, path_of, question

INCLUDE = {"aioverview": {"markdown": True, "deep": 1}, "markdown": True}
BODY = question("google", include=INCLUDE, zip=1)
NAMES = ["include.aioverview.deep", "include.markdown", "zip"]
TASK = {
    "taskType": "GOOGLE", "payload": BODY, "webhook": {"url": "http://127.0.0.1:9/", "secret": "x"},
    "colour": "red",
}  # fmt: skip
TASK_NAMES = [*(f"payload.{name}" for name in NAMES), "webhook.secret", "colour"]


def ignored(names):
    return [f"ignored: {name}" for name in names]


def refusal(name):
    return {"field": name, "message": f"Unrecognized key(s) in object: '{name.split('.')[-1]}'"}


def test_what_is_ignored_is_noted(frozen):
    key = frozen.minted(webhookMode="collect")
    # The second time the body is remembered.
    for _ in range(2):
        assert frozen.post(key, path_of("google"), BODY).status_code == 200
        assert last(frozen, key)["notes"] == ignored(NAMES)
    assert frozen.ask(key, "google").status_code == 200
    assert last(frozen, key)["notes"] == []
    assert frozen.post(key, "/v1/async/task", TASK).status_code == 200
    assert last(frozen, key)["notes"] == ignored(TASK_NAMES)
    tasks = [{"taskType": "GROK", "payload": question("grok")}, TASK, 5]
    assert frozen.post(key, "/v1/async/task/batch", tasks).status_code == 200
    assert last(frozen, key)["notes"] == ignored(f"[1].{name}" for name in TASK_NAMES)


def test_what_is_refused_for_something_else_has_its_notes_too(frozen):
    key = frozen.minted()
    assert frozen.ask(key, "google", "", zip=1).status_code == 400
    assert last(frozen, key)["notes"] == ["ignored: zip"]
    assert frozen.ask(UNKNOWN_KEY, zip=1).status_code == 401
    assert last(frozen)["notes"] == []


def test_notes_have_bounds_and_no_keys(frozen):
    key = frozen.minted()
    many = {f"x{number}": 1 for number in range(1000)}
    assert frozen.ask(key, **many).status_code == 200
    notes = last(frozen, key)["notes"]
    assert notes == ignored([*(f"x{number}" for number in range(20)), "980 more"])
    assert frozen.ask(key, **{"y" * 100_000: 1, f"my {BUILT_IN_KEY}": 2}).status_code == 200
    long, masked = last(frozen, key)["notes"]
    assert long == "ignored: " + "y" * 120 + "…"
    assert masked == f"ignored: my …{BUILT_IN_KEY[-4:]}"


def test_events_have_them_too(frozen):
    key = frozen.minted()
    with Events(frozen, f"?key={key}") as stream:
        frozen.ask(key, zip=1)
        assert stream.entries(1)[0]["notes"] == ["ignored: zip"]


def test_a_key_refuses_them(frozen):
    key = frozen.minted(webhookMode="collect", unknownMembers="refuse")
    assert frozen.control("GET", f"keys/{key}").json()["unknownMembers"] == "refuse"
    answer = frozen.post(key, path_of("google"), BODY)
    assert (answer.status_code, answer.json()["details"]) == (400, [refusal(n) for n in NAMES])
    assert last(frozen, key)["notes"] == []
    answer = frozen.post(key, "/v1/async/task", TASK)
    assert (answer.status_code, answer.json()["details"]) == (
        422, [refusal(n) for n in TASK_NAMES],
    )  # fmt: skip
    october = frozen.minted(contract="2026-10", unknownMembers="refuse")
    (detail,) = frozen.ask(october, zip=1).json()["error"]["details"]
    assert detail == {"field": "zip", "message": 'Unrecognized key: "zip"'}
    link = {"url": "https://www.google.com/goto?url=https%3A%2F%2Fexample.com%2F", "zip": 1}
    assert frozen.post(october, path_of("google/goto"), link).status_code == 400


def test_the_same_question_is_taken_or_refused_as_the_key_says(frozen):
    lenient, strict = frozen.minted(), frozen.minted(unknownMembers="refuse")
    for _ in range(2):
        assert frozen.ask(lenient, zip=1).status_code == 200
        assert frozen.ask(strict, zip=1).status_code == 400
    assert frozen.patch(strict, unknownMembers="ignore")["unknownMembers"] == "ignore"
    assert frozen.ask(strict, zip=1).status_code == 200


@pytest.mark.parametrize(
    ("flags", "env", "plan", "expected"),
    [
        ([], {}, None, "ignore"),
        (["--strict"], {}, None, "refuse"),
        ([], {"CLORO_MOCK_STRICT": "1"}, None, "refuse"),
        ([], {"CLORO_MOCK_STRICT": "false"}, None, "ignore"),
        (["--strict"], {"CLORO_MOCK_STRICT": "0"}, None, "refuse"),
        ([], {}, "refuse", "refuse"),
        (["--strict"], {}, "ignore", "ignore"),
    ],
)
def test_who_says_it(double, fixture_file, flags, env, plan, expected):
    more = ["--fixture", fixture_file(unknownMembers=plan)] if plan else []
    one = double(*flags, *more, env=env)
    shown = one.mint()["unknownMembers"]
    assert shown == expected
    # A strict double answers what a stub answers.
    stub(one, result={"text": "Acme"})
    assert one.ask(one.first_key, zip=1).status_code == (200 if expected == "ignore" else 400)
    assert len(entries(one)) == 1


def test_another_word_is_refused(frozen):
    answer = frozen.control("POST", "keys", {"unknownMembers": "drop"}, status=400)
    assert 'unknownMembers: "drop" is unknown' in answer.json()["error"]["message"]
    ended = cli(env={"CLORO_MOCK_STRICT": "maybe"})
    assert ended.returncode == 64 and "CLORO_MOCK_STRICT" in ended.stderr
