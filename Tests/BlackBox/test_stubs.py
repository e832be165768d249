"""Stubs: a given result or error instead of a provider's, sync and as a task."""

import json

import pytest

from async_support import charges, finished, hooked, read, submit, task
from receiver import Receiver
from support import BUILT_IN_KEY, UNKNOWN_KEY, eventually, path_of, question
from wire import RawConnection, request_bytes


def stub(double, key=None, status=201, match=None, **members):
    match = (match or {}) | ({"key": key} if key else {})
    answer = double.control("POST", "responses", {"match": match, **members}, status=status)
    return answer.json()


def stubs(double, key):
    return double.control("GET", "responses", status=200, key=key).json()["responses"]


def result(double, key, *arguments, **members):
    answer = double.ask(key, *arguments, **members)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def test_a_result_is_laid_over_the_provider_s(frozen):
    key = frozen.minted(credits=100)
    plain = result(frozen, key)
    stub(frozen, key, result={"text": "Acme.", "sources": [], "model": None, "more": {"a": None}})
    answer = frozen.ask(key)
    expected = {**plain, "text": "Acme.", "sources": [], "more": {}}
    expected.pop("model")
    assert answer.json() == {"success": True, "result": expected}
    # Order counts for those who compare bytes; the last answer costs what the first did.
    assert list(answer.json()["result"]) == list(expected)
    assert (answer.headers["x-credits-charged"], frozen.balance(key)) == ("7", 86)
    assert frozen.running(key) == 0


def test_a_result_of_its_own_is_sent_as_it_was_given(frozen):
    key = frozen.minted()
    given = {"b": 1, "a": {"z": None, "ü": [1.5, True]}, "text": "Grüße"}
    made = stub(frozen, key, result=given, mode="replace")
    assert (made["result"], made["mode"], made["seen"]) == (given, "replace", 0)
    whole = {"success": True, "result": given}
    compact = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
    assert frozen.ask(key).content == compact


def test_the_merge_is_over_what_the_request_would_have_got(frozen):
    key = frozen.minted()
    include = {"markdown": True, "rawResponse": True}
    plain = [result(frozen, key), result(frozen, key, include=include)]
    stub(frozen, key, result={"text": "Acme."})
    stubbed = [result(frozen, key), result(frozen, key, include=include)]
    assert [set(each) for each in stubbed] == [set(each) for each in plain]
    assert set(plain[0]) != set(plain[1])
    assert stubbed == [{**each, "text": "Acme."} for each in plain]


def test_the_same_seed_and_stubs_give_the_same_bytes(double):
    first, second = (double("--clock", "manual", "--seed", "7") for _ in range(2))
    keys = [each.minted() for each in (first, second)]
    for each in (first, second):
        stub(each, match={"provider": "grok"}, result={"model": "x"})
    # What others do in between changes nothing.
    stub(second, second.minted(), result={})
    bodies = [each.ask(key, "grok").content for each, key in zip((first, second), keys)]
    assert keys[0] == keys[1] and bodies[0] == bodies[1]


@pytest.mark.parametrize(
    ("match", "asked", "others"),
    [
        ({"provider": "grok"}, {"provider": "grok"}, {"provider": "gemini"}),
        ({"prompt": "tent"}, {"text": "best tents"}, {"text": "best boots"}),
        ({"prompt": {"equals": "a b"}}, {"text": "a b"}, {"text": "a b c"}),
        ({"prompt": {"regex": r"(?i)\bbest (tent|boot)s?$"}}, {"text": "The BEST boots"},
         {"text": "best boots ever"}),
        ({"country": "DE"}, {"country": "DE"}, {"country": "US"}),
        ({"provider": "google", "prompt": {"contains": "shoe"}},
         {"provider": "google", "text": "shoes"}, {"provider": "google", "text": "hats"}),
    ],
)  # fmt: skip
def test_what_a_stub_matches(frozen, match, asked, others):
    key = frozen.minted()
    stub(frozen, key, match=match, result={"marked": True})
    assert "marked" in result(frozen, key, **asked)
    assert "marked" not in result(frozen, key, **others)
    (row,) = stubs(frozen, key)
    shown = {"contains": "tent"} if match.get("prompt") == "tent" else match.get("prompt")
    assert row["match"] == {**match, "key": key} | ({"prompt": shown} if shown else {})
    assert row["seen"] == 1


def test_the_last_that_was_added_answers_until_it_is_used_up(frozen):
    key, other = frozen.minted(), frozen.minted()
    ids = [stub(frozen, key, result={"text": "first"})["id"]]
    everybody = stub(frozen, match={"prompt": {"equals": key}}, result={"text": "all"}, times=1)
    ids.append(stub(frozen, key, result={"text": "second"}, times=2)["id"])
    texts = [result(frozen, key, text=key)["text"] for _ in range(4)]
    assert texts == ["second", "second", "all", "first"]
    assert "text" in result(frozen, other, text="x") and stubs(frozen, other) == []
    rows = stubs(frozen, key)
    assert [row["id"] for row in rows] == ids
    assert [row.get("timesLeft") for row in rows] == [None, 0]
    frozen.control("DELETE", f"responses/{everybody['id']}", status=200)
    frozen.control("DELETE", f"responses/{ids[0]}", status=200)
    assert frozen.control("DELETE", f"responses/{ids[0]}").status_code == 404
    assert result(frozen, key, text=key)["text"] not in ("first", "second", "all")


@pytest.mark.parametrize("latency", [None, "2s"])
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ({"status": 503, "retryAfter": 7}, 503, "SERVICE_UNAVAILABLE"),
        ({"status": 500, "message": "Internal server error"}, 500, "INTERNAL_SERVER_ERROR"),
        ({"status": 429}, 429, "RATE_LIMIT_EXCEEDED"),
        ({"status": 429, "code": "CONCURRENT_LIMIT_EXCEEDED"}, 429, "CONCURRENT_LIMIT_EXCEEDED"),
        ({"status": 400}, 400, "MODEL_UNAVAILABLE"),
        ({"status": 401}, 401, "INVALID_OR_EXPIRED_API_KEY"),
    ],
)
def test_an_error_is_the_documented_one_and_costs_nothing(frozen, error, status, code, latency):
    key = frozen.minted(credits=50, concurrency=3)
    stub(frozen, key, error=error, **({"latency": latency} if latency else {}))
    with RawConnection(frozen.port) as connection:
        connection.send(request_bytes("POST", path_of("grok"), key, question("grok")))
        if latency:
            frozen.await_running(key, 1)
            frozen.advance(2)
        answer = connection.answer()
    assert (answer.status, answer.json()["error"]["code"]) == (status, code)
    # The slot came back with the last byte, whatever the error.
    assert frozen.running(key) == 0
    assert (frozen.balance(key), charges(frozen, key)) == (50, [])
    if status == 401:
        assert not [name for name in answer.headers if name.startswith("x-")]
        return
    # A refusal by a limit has the headers of one, whatever was free.
    remaining = "0" if code == "RATE_LIMIT_EXCEEDED" else "999"
    assert answer.headers["x-ratelimit-remaining"] == remaining
    current = [answer.headers[f"x-concurrent-{name}"] for name in ("limit", "current", "remaining")]
    assert current == (["3", "4", "0"] if code == "CONCURRENT_LIMIT_EXCEEDED" else ["3", "1", "2"])
    charged = [answer.headers[f"x-credits-{name}"] for name in ("remaining", "charged")]
    assert charged == ["50", "0"]
    assert answer.headers.get("retry-after") == ("7" if status == 503 else None)
    details = {"CONCURRENT_LIMIT_EXCEEDED": {"limit": 3}}
    assert answer.json()["error"].get("details") == details.get(code)
    if code == "MODEL_UNAVAILABLE":
        assert answer.json()["error"]["message"] == "Model grok is currently unavailable"


def test_a_latency_replaces_the_organization_s(clock):
    key = clock.minted(latency="10s")
    stub(clock, key, result={"text": "soon"}, latency="2s", times=1)
    for text, seconds in (("soon", 2), (None, 10)):
        with RawConnection(clock.port) as connection:
            connection.send(request_bytes("POST", path_of("chatgpt"), key, question("chatgpt")))
            clock.await_running(key, 1)
            (early,) = clock.advance(seconds - 1)["fired"] or [None]
            (fired,) = clock.advance(1)["fired"]
            found = connection.answer().json()["result"]["text"]
        assert early is None and fired["kind"] == "latency"
        assert (found == "soon") == (text == "soon")


def test_a_latency_fault_comes_on_top(clock):
    key = clock.minted(latency="10s")
    stub(clock, key, result={}, latency="2s")
    match = {"key": key, "provider": "grok"}
    fault = {"match": match, "fault": {"kind": "latency", "latency": "3s"}}
    clock.control("POST", "faults", fault, status=201)
    with RawConnection(clock.port) as connection:
        connection.send(request_bytes("POST", path_of("grok"), key, question("grok")))
        clock.await_running(key, 1)
        assert clock.advance(4)["fired"] == []
        assert len(clock.advance(1)["fired"]) == 1
        assert connection.answer().status == 200


def test_a_refused_request_uses_no_stub_up(frozen):
    key = frozen.minted(credits=7, concurrency=1, latency="5s")
    stub(frozen, key, result={"text": "mine"}, times=1)
    assert frozen.post(key, path_of("chatgpt"), {}).status_code == 400
    assert frozen.ask(UNKNOWN_KEY).status_code == 401
    frozen.patch(key, credits=6)
    assert frozen.ask(key).status_code == 403
    frozen.patch(key, credits=7, concurrency=0)
    assert frozen.ask(key).status_code == 429
    frozen.patch(key, concurrency=1, latency="0ms")
    assert [row["seen"] for row in stubs(frozen, key)] == [0]
    assert result(frozen, key)["text"] == "mine"


def test_a_client_that_went_away_has_used_it_and_pays(frozen):
    key = frozen.minted(credits=50)
    stub(frozen, key, result={"text": "mine"}, latency="5s", times=1)
    with RawConnection(frozen.port) as connection:
        connection.send(request_bytes("POST", path_of("grok"), key, question("grok")))
        frozen.await_running(key, 1)
    frozen.advance(5)
    frozen.await_running(key, 0)
    assert frozen.balance(key) == 50 - 6
    assert [row["timesLeft"] for row in stubs(frozen, key)] == [0]


def test_the_page_behind_the_link_shows_what_was_answered(frozen):
    key = frozen.minted()
    asked = {"include": {"html": True}, "text": "What does the page show?"}
    plain = result(frozen, key, **asked)
    stub(frozen, key, result={"text": "<Acme> only", "sources": []}, times=1)
    stubbed, again = result(frozen, key, **asked), result(frozen, key, **asked)
    pages = [
        frozen.http.get(each["html"].split(str(frozen.port), 1)[1]).text
        for each in (plain, stubbed, again)
    ]
    assert "<p>&lt;Acme&gt; only</p>" in pages[1] and "<li>" not in pages[1]
    assert pages[0] == pages[2] and "only" not in pages[0]
    assert len({each["html"] for each in (plain, stubbed, again)}) == 3


# MARK: Tasks


def test_a_task_completes_with_the_given_result(frozen):
    key = frozen.minted(credits=100)
    plain = finished(frozen, key, submit(frozen, key))["response"]
    stub(frozen, key, result={"text": "Acme.", "model": None}, times=1)
    with Receiver() as receiver:
        identifier = submit(frozen, key, hooked(receiver))
        (hit,) = receiver.wait(1)
    found = read(frozen, key, identifier)
    expected = {name: value for name, value in plain.items() if name != "model"}
    assert found["response"] == {**expected, "text": "Acme."} == hit.json()["response"]
    assert (found["task"]["status"], found["credits"]["creditsCharged"]) == ("COMPLETED", 5)
    # Read again, the same; asked again, the provider's.
    assert read(frozen, key, identifier)["response"] == found["response"]
    assert finished(frozen, key, submit(frozen, key))["response"] == plain
    assert (frozen.balance(key), len(charges(frozen, key)), frozen.running(key)) == (85, 3, 0)


def test_a_task_fails_with_the_given_error(frozen):
    key = frozen.minted(credits=100)
    stub(frozen, key, match={"provider": "grok"}, error={"status": 400})
    stub(frozen, key, match={"provider": "gemini"}, error={"status": 502})
    with Receiver() as receiver:
        first = submit(frozen, key, hooked(receiver, kind="GROK"))
        (hit,) = receiver.wait(1)
    found = read(frozen, key, first)
    error = {"code": "MODEL_UNAVAILABLE", "message": "Model grok is currently unavailable"}
    assert found["response"] == {"error": error} == hit.json()["response"]
    assert (found["task"]["status"], found["credits"]["creditsCharged"]) == ("FAILED", 0)
    second = finished(frozen, key, submit(frozen, key, task("GEMINI")))
    assert second["response"]["error"]["details"] == {"service": "upstream"}
    assert (frozen.balance(key), charges(frozen, key), frozen.running(key)) == (100, [], 0)


def test_a_stub_is_chosen_when_the_task_is_picked_up(clock):
    key = clock.minted(concurrency=1, latency="5s")
    first, second = submit(clock, key), submit(clock, key)
    stub(clock, key, result={"text": "late"}, latency="2s")
    assert len(clock.advance(5)["fired"]) == 1
    clock.control("DELETE", "responses", key=key, status=200)
    assert clock.advance(1)["fired"] == []
    assert len(clock.advance(1)["fired"]) == 1
    texts = [read(clock, key, each)["response"]["text"] for each in (first, second)]
    assert texts[0] != "late" and texts[1] == "late"


def test_a_held_task_keeps_its_stub(clock):
    key = clock.minted(progression="hold")
    stub(clock, key, result={"text": "held"}, latency="2s", times=1)
    first, by_hand, other = (submit(clock, key) for _ in range(3))
    clock.control("POST", f"tasks/{first}/release", {}, status=200)
    clock.control("POST", f"tasks/{by_hand}/complete", {"result": {"text": "hand"}}, status=200)
    clock.control("POST", f"tasks/{other}/complete", {}, status=200)
    assert len(clock.advance(2)["fired"]) == 1
    texts = [read(clock, key, each)["response"]["text"] for each in (first, by_hand, other)]
    assert texts[:2] == ["held", "hand"] and texts[2] not in ("held", "hand")


# MARK: Fixtures


def test_a_fixture_s_stubs_are_the_organization_s_first(double, fixture_file):
    file = fixture_file(
        responses=[
            {"result": {"text": "file 1"}},
            {"match": {"provider": "grok"}, "result": {"text": "file 2"}, "times": 1},
        ]
    )
    one = double("--fixture", file)
    key, other = one.first_key, one.minted()
    texts = [result(one, key, "grok")["text"] for _ in range(2)]
    assert texts == ["file 2", "file 1"]
    # Counts are each organization's own.
    assert result(one, other, "grok")["text"] == "file 2"
    stub(one, key, result={"text": "live"})
    assert result(one, key, "grok")["text"] == "live"
    assert len(stubs(one, key)) == 3 and len(stubs(one, other)) == 2
    everything = one.control("GET", "responses", status=200).json()["responses"]
    assert len({row["id"] for row in everything}) == len(everything) == 5
    one.control("POST", "reset", key=key, status=200)
    assert [result(one, key, "grok")["text"] for _ in range(2)] == ["file 2", "file 1"]
    assert result(one, other, "grok")["text"] == "file 1"
    # A plan without stubs takes the file's away, and only those.
    stub(one, key, result={"more": 1})
    one.patch(key, plan="free")
    assert [row["result"] for row in stubs(one, key)] == [{"more": 1}]


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "expected either result or error"),
        ({"result": {}, "error": {"status": 500}}, "expected either result or error"),
        ({"result": []}, "result: expected an object"),
        ({"result": {}, "match": {"prompt": {"regex": "(a"}}},
         "match.prompt.regex: A group has no end at character 0"),
        ({"result": {}, "match": {"prompt": {"regex": r"(a)\1"}}}, "Backreferences"),
        ({"error": {"status": 500, "code": "NOPE"}}, "INTERNAL_SERVER_ERROR"),
        ({"rsult": {}}, 'did you mean "result"?'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_stub_is_said(shared, body, part):
    answer = shared.control("POST", "responses", body, status=400)
    assert part in answer.json()["error"]["message"]


def test_a_stub_for_a_key_that_nobody_has(shared):
    stub(shared, UNKNOWN_KEY, status=404, result={})
    stub(shared, "no key", status=404, result={})


def test_a_hostile_pattern_takes_no_time(shared):
    key = shared.minted()
    stub(shared, key, match={"prompt": {"regex": "^(([a-z])+.)+[A-Z]([a-z])+$"}}, result={"x": 1})
    stub(shared, key, match={"prompt": {"regex": "(a|aa)+$"}}, result={"x": 2})
    # A backtracking search of either would outlast the client's patience by far.
    assert "x" not in result(shared, key, text="a" * 9_999 + "!")
    assert result(shared, key, text="a" * 10_000)["x"] == 2


def test_a_task_whose_stubs_take_too_long_to_search_is_told(double):
    """It has no journal entry of its own when it is picked up, so the log says it."""
    one = double()
    for number in range(400):
        pattern = f"([a-z]+ [a-z]+ ?)+\\d{{{number % 90 + 1}}}"
        stub(one, result={"n": number}, match={"prompt": {"regex": pattern}})
    identifier = submit(one, BUILT_IN_KEY, task(text="which laptop for a student? " * 322))
    eventually(lambda: any(identifier in line for line in one.stderr), "the task in the log")
    line = next(line for line in one.stderr if identifier in line)
    assert "not all rules were looked at" in line
