"""Recordings: real answers that a double gives again, and that it makes before the real API."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
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


def test_weather_comes_after_faults_and_stubs_and_before_recordings(double, tmp_path):
    texts = [recording(f"answer {n}", sequence=n)[0] for n in (1, 2)]
    storm = {"errors": {"default": [{"status": 503, "probability": 1}]},
             "taskFailures": {"default": 1}}  # fmt: skip
    one = double("--replay", kept(tmp_path, *texts), "--on-miss", "fail")
    key = one.minted(weather=storm)
    for kind in ("fault", "stub"):
        body = {"fault": {"kind": "status", "status": 418}} if kind == "fault" else {
            "result": {"text": "stub"}}  # fmt: skip
        path = "faults" if kind == "fault" else "responses"
        one.control("POST", path, {"match": {"key": key}, "times": 1, **body}, status=201)
    answers = [one.ask(key) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [418, 200, 503, 503]
    assert answers[1].json()["result"]["text"] == "stub"
    assert finished(one, key, submit(one, key))["task"]["status"] == "FAILED"
    assert one.balance(key) == one.mint()["credits"] - 7
    one.patch(key, weather=None)
    # A question that the weather has struck got no recording.
    again = one.minted()
    one.patch(again, weather=storm)
    assert one.ask(again).status_code == 503
    one.patch(again, weather=None)
    assert [one.ask(again).json()["result"]["text"] for _ in range(2)] == ["answer 1", "answer 2"]
    assert one.ask(again, text="Another?").json()["error"]["code"] == "NO_STUB"


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
    named = eventually(lambda: [line for line in one.stderr if "café" in line], "the line")
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


# MARK: Recording

UPSTREAM_KEY = "sk_live_" + "5" * 32


@pytest.fixture
def upstream(double, fixture_file, tmp_path):
    """A double in the place of the real service, which speaks https, with its authority's file."""
    file = fixture_file(keys=[{"key": UPSTREAM_KEY, "organization": "real"}], credits=10_000,
                        concurrency=50)  # fmt: skip
    made = double("--tls-port", "0", "--ca-file", tmp_path / "ca.pem", "--fixture", file,
                  "--seed", "77")  # fmt: skip
    made.authority = tmp_path / "ca.pem"
    return made


def spent(upstream):
    entries = upstream.control("GET", "ledger", key=UPSTREAM_KEY, limit=1000).json()["entries"]
    return -sum(entry["amount"] for entry in entries if entry["kind"] == "charge")


def before(double, upstream, folder, *flags):
    return double(
        "--record", folder, "--upstream", upstream.secure_url, "--upstream-ca", upstream.authority,
        *flags, env={"CLORO_MOCK_UPSTREAM_KEY": UPSTREAM_KEY},
    )  # fmt: skip


def files(folder):
    return [json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))]


def questions():
    """A hundred questions to all providers, some of them asked again."""
    providers = ["chatgpt", "gemini", "google", "google/news", "copilot", "perplexity", "aimode"]
    for number in range(100):
        members = {"include": {"markdown": True}} if number % 3 == 0 else {}
        yield providers[number % 7], f"Question {number % 80}", members


def test_a_hundred_answers_are_recorded_and_replayed_alone(double, upstream, tmp_path):
    folder = tmp_path / "recordings"
    live = before(double, upstream, folder, "--max-credits", "100000")
    key = live.minted(credits=10_000, concurrency=20)
    real = [result_of(live.ask(key, *asked[:2], **asked[2])) for asked in questions()]
    identifier = submit(live, key, task(text="A task's question"))
    report = json.dumps(finished(live, key, identifier)["response"])
    made = files(folder)
    assert len(made) == 101
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {0o600} and stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert spent(upstream) == sum(each["credits"] for each in made)
    live_ledger = live.control("GET", "ledger", key=key, limit=1000).json()
    assert live.stop() == 0
    asked_before = upstream.control("GET", "journal", limit=1000).json()["entries"]

    replayed = double("--replay", folder, "--on-miss", "fail")
    key = replayed.minted(credits=10_000, concurrency=20)
    again = [result_of(replayed.ask(key, *asked[:2], **asked[2])) for asked in questions()]
    assert again == real
    identifier = submit(replayed, key, task(text="A task's question"))
    assert json.dumps(finished(replayed, key, identifier)["response"]) == report
    ledger = replayed.control("GET", "ledger", key=key, limit=1000).json()
    assert [e["amount"] for e in ledger["entries"]] == [e["amount"] for e in live_ledger["entries"]]
    # Nobody has asked the service again.
    assert upstream.control("GET", "journal", limit=1000).json()["entries"] == asked_before


def test_the_cap_stops_recording_and_not_the_run(double, upstream, tmp_path):
    live = before(double, upstream, tmp_path / "recordings", "--max-credits", "20")
    key = live.minted()
    answers = [live.ask(key, text=f"Question {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 6
    assert (len(files(tmp_path / "recordings")), spent(upstream)) == (2, 14)
    assert len([line for line in live.stderr if "recording has stopped" in line]) == 1


def recording_is(live, action, body=None):
    return live.control("POST", f"recordings/{action}", body, status=200).json()


def test_recording_is_stopped_and_started_again(double, upstream, tmp_path):
    folder = tmp_path / "recordings"
    live = before(double, upstream, folder, "--max-credits", "50")
    key = live.minted(credits=1000)
    live.ask(key, text="a")
    said = {"recording": False, "directory": str(folder), "recorded": 1, "creditsSpent": 7,
            "creditsRemaining": 43, "underWay": 0}  # fmt: skip
    assert recording_is(live, "stop") == said == recording_is(live, "stop")
    assert live.ask(key, text="b").status_code == 200
    assert finished(live, key, submit(live, key, task(text="c")))["task"]["status"] == "COMPLETED"
    assert (len(files(folder)), spent(upstream)) == (1, 7)
    assert recording_is(live, "start") == said | {"recording": True}
    live.ask(key, text="d")
    assert recording_is(live, "stop") == said | {
        "recorded": 2, "creditsSpent": 14, "creditsRemaining": 36}  # fmt: skip
    assert len(files(folder)) == 2


def test_a_start_may_spend_less_than_the_command_line_allows_and_never_more(
    double, upstream, tmp_path
):
    folder = tmp_path / "recordings"
    live = before(double, upstream, folder, "--max-credits", "30")
    key = live.minted(credits=1000)
    assert recording_is(live, "start", {"maxCredits": 8})["creditsRemaining"] == 8
    for text in ("a", "b", "c"):
        assert live.ask(key, text=text).status_code == 200
    now = recording_is(live, "start", {"maxCredits": 1_000_000})
    assert (now["recorded"], now["creditsSpent"], now["creditsRemaining"]) == (1, 7, 23)
    for number in range(5):
        assert live.ask(key, text=f"Question {number}").status_code == 200
    assert (len(files(folder)), spent(upstream)) == (4, 28)
    assert recording_is(live, "stop")["creditsRemaining"] == 2


def test_a_question_that_is_with_the_service_is_recorded_after_the_stop(
    double, upstream, tmp_path
):
    folder = tmp_path / "recordings"
    upstream.control("POST", "faults", {"fault": {"kind": "hold"}}, status=201)
    live = before(double, upstream, folder)
    key = live.minted(credits=1000)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(live.ask, key, text="a")
        held = eventually(lambda: upstream.control("GET", "requests").json()["requests"], "a hold")
        assert recording_is(live, "stop")["underWay"] == 1
        assert live.ask(key, text="b").status_code == 200
        upstream.control("POST", f"requests/{held[0]['requestId']}/release", status=200)
        real = result_of(asked.result(30))
    eventually(lambda: recording_is(live, "stop")["underWay"] == 0, "the file")
    made = [json.loads(path.read_text())["result"] for path in folder.iterdir()]
    assert made == [json.loads(real)]


def test_a_question_that_waits_at_the_stop_is_never_asked(double, upstream, tmp_path):
    live = before(double, upstream, tmp_path / "r", "--max-credits", "7")
    key, strict = live.minted(holdSync=True), live.minted()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(live.ask, key, text="a")
        eventually(lambda: live.control("GET", "requests").json()["requests"], "a hold")
        # It has set nothing aside: whoever asks first is recorded.
        live.ask(strict, text="b")
        assert recording_is(live, "start")["creditsRemaining"] == 0
        recording_is(live, "stop")
        live.control("POST", "requests/release", key=key, status=200)
        assert waiting.result(30).status_code == 200
    assert (spent(upstream), len(files(tmp_path / "r"))) == (7, 1)


def test_while_it_is_stopped_recordings_answer_or_a_miss_is_refused(double, upstream, tmp_path):
    folder = tmp_path / "recordings"
    live = before(double, upstream, folder)
    key = live.minted()
    real = result_of(live.ask(key, text="a"))
    live.stop()
    live = before(double, upstream, folder, "--replay", folder, "--on-miss", "record")
    key = live.minted()
    assert result_of(live.ask(key, text="a")) == real
    recording_is(live, "stop")
    assert result_of(live.ask(key, text="a")) == real
    assert live.ask(key, text="b").status_code == 200
    assert (spent(upstream), len(files(folder))) == (7, 1)
    live.stop()
    strict = before(double, upstream, folder, "--strict")
    recording_is(strict, "stop")
    assert strict.ask(strict.first_key, text="a").json()["error"]["code"] == "NO_STUB"


def test_a_task_that_waits_for_the_service_is_not_held(double, upstream, tmp_path):
    upstream.control("POST", "faults", {"fault": {"kind": "hold"}, "times": 1}, status=201)
    live = before(double, upstream, tmp_path / "r")
    key = live.minted(progression={"mode": "hold"})
    identifier = submit(live, key, task(text="a"))
    held = eventually(lambda: upstream.control("GET", "requests").json()["requests"], "a hold")
    [listed] = live.control("GET", "tasks", key=key).json()["tasks"]
    assert (listed["status"], listed["held"]) == ("PROCESSING", False)
    refused = live.control("POST", f"tasks/{identifier}/release", status=409).json()["error"]
    assert "waits for the answer of the real service" in refused["message"]
    upstream.control("POST", f"requests/{held[0]['requestId']}/release", status=200)
    real = finished(live, key, identifier)
    assert files(tmp_path / "r")[0]["result"] == real["response"]


def test_a_task_that_a_snapshot_brings_back_is_asked_again(double, upstream, tmp_path):
    upstream.control("POST", "faults", {"fault": {"kind": "hold"}, "times": 2}, status=201)
    live = before(double, upstream, tmp_path / "r")
    key = live.minted()
    identifier = submit(live, key, task(text="a"))

    def held():
        return upstream.control("GET", "requests").json()["requests"]

    eventually(held, "a hold")
    live.control("POST", "snapshots/a", status=201)
    live.control("POST", "snapshots/a/restore", status=200)
    eventually(lambda: len(held()) == 2, "a second hold")
    upstream.control("POST", "requests/release", status=200)
    real = finished(live, key, identifier)
    eventually(lambda: recording_is(live, "stop")["underWay"] == 0, "both files")
    assert [each["result"] for each in files(tmp_path / "r")] == [real["response"]] * 2


def test_weather_strikes_before_the_service_is_asked(double, upstream, tmp_path):
    storm = {"errors": {"default": [{"status": 503, "probability": 1}]},
             "taskFailures": {"default": 1}}  # fmt: skip
    live = before(double, upstream, tmp_path / "r")
    key = live.minted(weather=storm)
    assert live.ask(key).status_code == 503
    assert finished(live, key, submit(live, key))["task"]["status"] == "FAILED"
    assert (spent(upstream), files(tmp_path / "r")) == (0, [])


# MARK: Lists and credits

LISTS = ["/v1/countries", "/v1/countries?model=CHATGPT", "/v1/states?country=US"]


def test_lists_are_asked_for_once_and_given_again(double, upstream, tmp_path):
    folder = tmp_path / "recordings"
    live = before(double, upstream, folder, "--max-credits", "0")
    own = double("--port", "0")
    real = {}
    for path in LISTS:
        for _ in range(3):
            answer = live.get(live.minted(), path)
            assert answer.status_code == 200
            real[path] = answer.content
    assert live.get(live.first_key, "/v1/countries?model=toaster").status_code == 400
    seen = [e["path"] for e in upstream.control("GET", "journal").json()["entries"]]
    assert sorted(seen) == ["/v1/countries", "/v1/countries", "/v1/states"]
    assert sorted(each["path"] for each in files(folder)) == [
        "/v1/countries", "/v1/countries?model=chatgpt", "/v1/states?country=US"]  # fmt: skip
    assert {each["provider"] for each in files(folder)} == {None}
    # What a run has recorded the next one doesn't ask for again.
    live.stop()
    again = before(double, upstream, folder)
    assert {path: again.get(again.first_key, path).content for path in LISTS} == real
    assert len(upstream.control("GET", "journal").json()["entries"]) == 3
    # They are told from the double's own.
    for path in folder.glob("countries*.json"):
        path.write_text(path.read_text().replace('"US",', ""))
    replayed = double("--replay", folder)
    for path in LISTS:
        given = replayed.get(replayed.first_key, path)
        assert given.content == real[path].replace(b'"US",', b"")
        assert "(recorded)" in replayed.control("GET", "journal").json()["entries"][-1]["reason"]
    assert b'"US"' in own.get(own.first_key, "/v1/countries").content
    leaving = replayed.mint(plan="hobby")["key"]
    assert replayed.get(leaving, "/v1/states?country=DE").content == b"[]"


def test_lists_that_the_service_refuses_are_asked_for_again(double, upstream, tmp_path):
    fault = {"match": {"path": "/v1/countries"}, "times": 1,
             "fault": {"kind": "status", "status": 503, "retryAfter": 7}}  # fmt: skip
    upstream.control("POST", "faults", fault, status=201)
    live = before(double, upstream, tmp_path / "r")
    answer = live.get(live.first_key, "/v1/countries")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert live.get(live.first_key, "/v1/countries").status_code == 200
    assert [each["status"] for each in files(tmp_path / "r")] == [200]


def test_credits_are_the_ledger_s_and_only_their_form_is_recorded(double, upstream, tmp_path):
    folder = tmp_path / "recordings"
    live = before(double, upstream, folder)
    key = live.minted(credits=123)
    for _ in range(2):
        assert live.get(key, "/v1/credits").json()["remaining"] == 123
    eventually(lambda: files(folder), "the file")
    [made] = files(folder)
    assert (made["path"], made["result"]) == ("/v1/credits", {
        "remaining": 0, "perCycle": 0, "cycleResetsAt": "1970-01-01T00:00:00.000Z"})  # fmt: skip
    eventually(lambda: recording_is(live, "stop")["underWay"] == 0, "the end")
    assert len(upstream.control("GET", "journal").json()["entries"]) == 1
    replayed = double("--replay", folder)
    assert replayed.get(replayed.minted(credits=77), "/v1/credits").json()["remaining"] == 77


def test_nothing_is_recorded_where_the_command_line_has_named_nothing(double, tmp_path):
    one = double("--replay", kept(tmp_path, recording()[0]))
    for action in ("start", "stop"):
        refused = one.control("POST", f"recordings/{action}", status=409).json()["error"]
        assert "--record DIR --upstream URL" in refused["message"]
    # No caller of the control API chooses a file or an address.
    for name in ("record", "directory", "upstream", "url", "key"):
        one.control("POST", "recordings/start", {name: "/tmp/x"}, status=400)


def test_an_answer_that_gets_lost_counts_as_paid(double, upstream, tmp_path):
    lost = {"match": {"provider": "chatgpt"}, "fault": {"kind": "empty_response"}, "times": 1}
    upstream.control("POST", "faults", lost, status=201)
    live = before(double, upstream, tmp_path / "r", "--max-credits", "7")
    key = live.minted(credits=50)
    assert [live.ask(key, text=text).status_code for text in ("a", "b")] == [502, 200]
    seen = upstream.control("GET", "journal").json()["entries"]
    assert len(seen) == 1 and files(tmp_path / "r") == []


def test_errors_of_the_service_reach_the_client_and_are_recorded_on_request(
    double, upstream, tmp_path
):
    fault = {"match": {"provider": "gemini"},
             "fault": {"kind": "status", "status": 503, "retryAfter": 7}}  # fmt: skip
    upstream.control("POST", "faults", fault, status=201)
    for name, flags in (("a", []), ("b", ["--record-errors"])):
        live = before(double, upstream, tmp_path / name, *flags)
        key = live.minted(credits=50)
        answer = live.ask(key, "gemini")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
        assert live.control("GET", "ledger", key=key).json()["balance"] == 50
        assert [each["status"] for each in files(tmp_path / name)] == [503] * (name == "b")


def test_who_is_not_trusted_gets_no_request(double, upstream, tmp_path):
    live = double(
        "--record", tmp_path / "r", "--upstream", upstream.secure_url,
        env={"CLORO_MOCK_UPSTREAM_KEY": UPSTREAM_KEY},
    )  # fmt: skip
    assert live.ask(live.first_key).status_code == 502
    assert upstream.control("GET", "journal").json()["entries"] == []
    assert files(tmp_path / "r") == []


def test_secrets_are_recorded_nowhere(double, upstream, tmp_path):
    folder = tmp_path / "recordings"
    other = "sk_test_" + "0" * 31 + "a"
    upstream.control("POST", "responses", {
        "match": {"provider": "gemini"}, "result": {"text": f"your key is {other}"}},
        status=201)  # fmt: skip
    upstream.control("POST", "responses", {
        "match": {"provider": "copilot"}, "result": {"text": f"your key is {UPSTREAM_KEY}"}},
        status=201)  # fmt: skip
    live = before(double, upstream, folder, "--admin-token", "a-token-of-the-admin",
                  "--allow-overrides")  # fmt: skip
    key = live.first_key
    admin = {"Authorization": "Bearer a-token-of-the-admin"}
    hook = "webhook-secret-of-another-key"
    live.http.post("/_mock/keys", json={"webhookSecret": hook}, headers=admin)
    headers = {"Authorization": f"Bearer {key}", "Cookie": "session=biscuit-of-mine",
               "X-Cloro-Mock": "latency=1ms"}  # fmt: skip
    for provider, text, extra in (
        ("chatgpt", "plain", {}), ("chatgpt", f"asks with {key}", {}),
        ("perplexity", "an unknown member", {"token": "biscuit-of-mine"}),
        ("aimode", "a-token-of-the-admin", {}), ("grok", f"says {hook}", {}),
        ("gemini", "echo", {}), ("copilot", "echo", {}),
    ):  # fmt: skip
        answer = live.http.post(
            f"/v1/monitor/{provider}", json=question(provider, text, **extra), headers=headers)
        assert answer.status_code == (502 if provider == "copilot" else 200), answer.text
        assert UPSTREAM_KEY not in answer.text
    kept_text = "".join(path.read_text() for path in folder.iterdir())
    assert sorted(each["provider"] for each in files(folder)) == ["chatgpt", "perplexity"]
    for secret in (key, UPSTREAM_KEY, other, hook, "biscuit", "a-token-of-the-admin",
                   "X-Request", "X-Cloro-Mock"):  # fmt: skip
        assert secret not in kept_text
    seen = json.dumps([e["request"] for e in upstream.control("GET", "journal").json()["entries"]])
    assert "X-Cloro-Mock" not in seen and "biscuit" not in seen
    assert not any(UPSTREAM_KEY in line for line in live.stdout + live.stderr)


def test_a_killed_recorder_leaves_whole_files_only(double, upstream, tmp_path):
    folder = tmp_path / "recordings"
    live = before(double, upstream, folder, "--max-credits", "100000")
    key = live.minted(credits=10_000)
    for number in range(20):
        live.ask(key, text=f"Question {number}")
    live.process.kill()
    assert len(files(folder)) == 20
    assert double("--replay", folder).ask(key).status_code == 401


def test_a_folder_that_takes_nothing_costs_no_answer(double, upstream, tmp_path):
    folder = tmp_path / "recordings"
    live = before(double, upstream, folder)
    folder.rmdir()
    assert [live.ask(live.first_key, text=f"{n}?").status_code for n in range(3)] == [200] * 3
    said = eventually(lambda: [x for x in live.stderr if "could not be recorded" in x], "a line")
    assert len(said) == 1


@pytest.mark.parametrize(
    ("flags", "key", "said"),
    [
        (["--upstream", "https://api.cloro.dev"], "", "CLORO_MOCK_UPSTREAM_KEY, which is not set"),
        (["--upstream", "http://api.cloro.dev"], UPSTREAM_KEY, "--upstream"),
        (["--upstream", "http://127.0.0.1.evil.com"], UPSTREAM_KEY, "--upstream"),
        (["--upstream", "https://a@b"], UPSTREAM_KEY, "--upstream"),
        ([], UPSTREAM_KEY, "--upstream"),
        (["--upstream", "https://x", "--max-credits", "-1"], UPSTREAM_KEY, "--max-credits"),
        (["--upstream", "https://x", "--replay", "."], UPSTREAM_KEY, "--on-miss record"),
    ],
)
def test_what_cannot_be_recorded_is_refused_and_no_key_is_shown(tmp_path, flags, key, said):
    ended = cli("--port", "0", "--record", tmp_path / "r", *flags,
                env={"CLORO_MOCK_UPSTREAM_KEY": key})  # fmt: skip
    assert ended.returncode == 64 and said in ended.stderr
    assert UPSTREAM_KEY not in ended.stdout + ended.stderr
