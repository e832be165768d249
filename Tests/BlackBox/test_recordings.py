"""Recordings: real answers that a double gives again, and that it makes before the real API."""

import json
import stat
from pathlib import Path

import pytest

from async_support import finished, submit, task
from support import cli, eventually, question


def recording(text="recorded", asked=None, **members):
    """A file's members, in their order."""
    result = '{"text":"%s","sources":[],"rating": 4.0,"caf\\u00e9":true}' % text
    made = {
        "schemaVersion": 1, "recordedAt": "2026-10-05T09:30:00.250Z", "contract": "2026-07",
        "provider": "chatgpt", "mode": "sync", "path": "/v1/monitor/chatgpt",
        "request": question("chatgpt", **(asked or {})), "status": 200,
        "headers": {"X-Credits-Charged": "9"}, "latencyMs": 2500, "credits": 9, "sequence": 1,
    } | members  # fmt: skip
    return json.dumps(made)[:-1] + f',"result":{result}}}', result


def kept(folder, *texts):
    for number, text in enumerate(texts):
        (folder / f"{number}.json").write_text(text)
    return folder


def result_of(answer):
    """The bytes of a success's result."""
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b'{"success":true,"result":'), answer.content
    return answer.content[len(b'{"success":true,"result":') : -1].decode()


# MARK: Replay


def test_a_recorded_question_gets_its_bytes_and_is_charged_as_priced(double, tmp_path):
    text, result = recording()
    one = double("--replay", kept(tmp_path, text))
    key = one.minted(credits=100)
    assert result_of(one.ask(key)) == result
    spaced = one.ask(key, text="  What is the best laptop? ", include={"html": False}, other=1)
    assert result_of(spaced) == result
    assert result_of(one.ask(key, text="Another?")) != result
    charged = [e["amount"] for e in one.control("GET", "ledger", key=key).json()["entries"]]
    assert charged == [100, -7, -7, -7]
    entries = one.control("GET", "journal", key=key).json()["entries"]
    assert ["0.json (recorded)" in entry["reason"] for entry in entries] == [True, True, False]


def test_what_was_recorded_can_be_charged_instead(double, tmp_path):
    one = double("--replay", kept(tmp_path, recording()[0]), "--recorded-credits")
    key = one.minted(credits=17)
    answer = one.ask(key)
    assert answer.headers["X-Credits-Charged"] == "9"
    assert one.ask(key).status_code == 403
    assert one.ask(key, text="Another?").headers["X-Credits-Charged"] == "7"


def test_repeated_answers_are_a_sequence_of_each_organization_whose_last_stays(double, tmp_path):
    texts = [recording(f"answer {n}", sequence=n)[0] for n in (3, 1, 2)]
    one = double("--replay", kept(tmp_path, *texts))
    first, second = one.minted(), one.minted()

    def asked(key, times):
        return [one.ask(key).json()["result"]["text"] for _ in range(times)]

    assert asked(first, 4) == ["answer 1", "answer 2", "answer 3", "answer 3"]
    assert asked(second, 1) == ["answer 1"]
    one.control("POST", "reset", status=200, key=first)
    assert asked(first, 2) == ["answer 1", "answer 2"]
    assert len(list(tmp_path.iterdir())) == 3


def test_tasks_get_recordings_too_after_their_recorded_time(double, tmp_path):
    text, result = recording()
    one = double("--replay", kept(tmp_path, text), "--clock", "manual", "--latency", "recorded")
    key = one.minted()
    identifier = submit(one, key, task(text="What is the best laptop?"))
    one.control("POST", "clock/advance", {"seconds": 2.4}, status=200)
    assert one.get(key, f"/v1/async/task/{identifier}").json()["task"]["status"] == "PROCESSING"
    one.control("POST", "clock/advance", {"seconds": 0.2}, status=200)
    done = one.get(key, f"/v1/async/task/{identifier}")
    assert f'"response":{result}'.encode() in done.content
    # What isn't recorded has no latency.
    assert one.ask(key, text="Another?").status_code == 200


def test_stubs_and_faults_go_first(double, tmp_path):
    one = double("--replay", kept(tmp_path, recording("a")[0]))
    key = one.minted()
    fault = {"match": {"key": key}, "fault": {"kind": "status", "status": 502}, "times": 1}
    one.control("POST", "faults", fault, status=201)
    stub = {"match": {"key": key}, "result": {"text": "stub"}, "times": 1}
    one.control("POST", "responses", stub, status=201)
    assert one.ask(key).status_code == 502
    texts = [one.ask(key).json()["result"]["text"] for _ in range(2)]
    assert texts == ["stub", "a"]


@pytest.mark.parametrize("flags", [["--strict"], ["--on-miss", "fail"]])
def test_only_a_miss_is_refused(double, tmp_path, flags):
    one = double("--replay", kept(tmp_path, recording()[0]), *flags)
    key = one.minted()
    assert one.ask(key).status_code == 200
    missed = one.ask(key, text="Another?")
    error = missed.json()["error"]
    assert (missed.status_code, error["code"]) == (503, "NO_STUB")
    assert error["message"] == "No stub or recording answers this question"
    failed = finished(one, key, submit(one, key, task(text="Another?")))
    assert failed["response"]["error"]["code"] == "NO_STUB"
    assert one.control("GET", "ledger", key=key).json()["entries"][-1]["amount"] == -7


def test_members_that_nobody_knows_are_kept_and_reported_once(double, tmp_path):
    text, result = recording()
    one = double("--replay", kept(tmp_path, text, recording("b", sequence=2)[0]))
    assert result_of(one.ask(one.first_key)) == result
    named = [line for line in one.stderr if "café" in line]
    assert len(named) == 1 and "chatgpt: café" in named[0], one.stderr


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"schemaVersion": 2}, "schemaVersion: 2 is newer than this cloro-mock"),
        ({"status": 404}, "result: doesn't go with status 404"),
        ({"request": {"country": "US"}}, "request: is no question that chatgpt takes"),
        ({"provider": "gpt"}, 'provider: "gpt" is unknown'),
        ({"token": "x"}, "token: unknown member"),
        ({"headers": {"Set-Cookie": "a"}}, "headers.Set-Cookie: unknown member"),
    ],
)
def test_a_file_that_is_no_recording_is_named_with_its_member(tmp_path, members, problem):
    kept(tmp_path, recording()[0], recording(**members)[0])
    ended = cli("--port", "0", "--replay", tmp_path)
    assert ended.returncode == 65
    assert f"{tmp_path}/1.json: {problem}" in ended.stderr
    assert "0.json" not in ended.stderr


def test_a_damaged_file_and_a_missing_folder_are_named(tmp_path):
    (tmp_path / "half.json").write_text(recording()[0][:100])
    ended = cli("--port", "0", "--replay", tmp_path)
    assert ended.returncode == 65
    assert f"{tmp_path}/half.json: is not JSON" in ended.stderr
    ended = cli("--port", "0", "--replay", tmp_path / "none")
    assert ended.returncode == 65
    assert f"{tmp_path}/none: can't be read" in ended.stderr


def test_flags_of_replay_that_go_with_nothing_are_refused():
    ended = cli("--port", "0", "--on-miss", "fail")
    assert ended.returncode == 64 and "--on-miss" in ended.stderr
    ended = cli("--port", "0", env={"CLORO_MOCK_REPLAY": "x", "CLORO_MOCK_ON_MISS": "never"})
    assert ended.returncode == 64 and "CLORO_MOCK_ON_MISS" in ended.stderr
