"""What of a double's state beside credits and tasks outlasts a kill with `--database`: rules with
their counts, settings, the numbers that identifiers follow from, and the clock."""

import datetime
import http.client
import json
import sqlite3

import pytest

from async_support import finished, submit, task
from control_support import fault, last, restore, snapshot, stub
from support import BUILT_IN_KEY, eventually
from test_recordings import kept as recordings
from test_recordings import recording

COUNTRIES = "/v1/countries"
SHORT = {"path": COUNTRIES}
STATUS = {"kind": "status", "status": 503}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state.db"


@pytest.fixture
def kept(double, file):
    """`kept(*flags)` starts a double on the file; one that was started before is killed."""
    running = []

    def start(*flags, end="kill"):
        for each in running:
            getattr(each, end)()
        running[:] = [double("--database", file, *flags)]
        return running[0]

    return start


def rules(double, **query):
    return [
        double.control("GET", kind, status=200, **query).json()[kind]
        for kind in ("faults", "responses")
    ]


def texts(double, key, count, provider="chatgpt"):
    return [double.ask(key, provider, "Next?").json()["result"]["text"] for _ in range(count)]


def now(double):
    shown = double.control("GET", "clock", status=200).json()
    return shown["mode"], datetime.datetime.fromisoformat(shown["now"])


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_rules_and_their_counts_go_on(kept, end):
    one = kept()
    key = one.minted()
    struck = fault(one, STATUS, key, match=SHORT, times=3)
    fault(one, STATUS, key, match={"path": "/v1/states", "nth": 2})
    shared = fault(one, {"kind": "latency", "latency": "1ms"}, times=9, probability=0.5)
    stub(one, key, sequence=[{"result": {"text": f"answer {n}"}} for n in range(4)])
    stub(one, match={"provider": "grok"}, result={"text": "an answer for all"})
    assert [one.get(key, COUNTRIES).status_code for _ in range(2)] == [503, 503]
    assert one.get(key, "/v1/states", country="US").status_code == 200
    # What is charged takes along what was counted before.
    assert texts(one, key, 2) == ["answer 0", "answer 1"]
    before = rules(one)
    assert before[0][0]["timesLeft"] == 1 and before[0][2]["id"] == shared["id"]

    two = kept(end=end)
    assert rules(two) == before
    assert [two.get(key, COUNTRIES).status_code for _ in range(2)] == [503, 200]
    assert [two.get(key, "/v1/states", country="US").status_code for _ in range(2)] == [503, 200]
    assert texts(two, key, 3) == ["answer 2", "answer 3", "answer 3"]
    assert texts(two, BUILT_IN_KEY, 1, "grok") == ["an answer for all"]
    # Identifiers go on, too.
    assert fault(two, STATUS, key)["id"] != struck["id"]
    assert fault(two, STATUS)["id"] == "fault-2"


def test_a_change_of_rules_is_there_as_soon_as_it_is_answered(kept):
    one = kept()
    key = one.minted()
    first, second = (fault(one, STATUS, key, match=SHORT) for _ in range(2))
    one = kept()
    assert [each["id"] for each in rules(one)[0]] == [first["id"], second["id"]]
    one.control("DELETE", f"faults/{first['id']}", status=200)
    one = kept()
    assert [each["id"] for each in rules(one)[0]] == [second["id"]]
    stub(one, key, result={"text": "a"})
    one.control("DELETE", "faults", status=200, key=key)
    one = kept()
    assert [len(each) for each in rules(one)] == [0, 1]
    one.control("DELETE", "responses", status=200)
    assert rules(kept()) == [[], []]


def test_a_fixture_s_rules_keep_their_counts_and_follow_the_fixture(kept, fixture_file):
    key = "sk_live_" + "a" * 32
    members = {"keys": [{"key": key, "organization": "acme", "credits": 100}]}
    given = {"match": SHORT, "fault": STATUS, "times": 2}
    other = {"match": {"path": "/v1/states"}, "fault": STATUS}
    one = kept("--fixture", fixture_file(faults=[given, other], **members))
    assert one.get(key, COUNTRIES).status_code == 503
    assert one.ask(key).status_code == 200
    before = rules(one)
    one = kept("--fixture", fixture_file(faults=[given, other], **members))
    assert rules(one) == before
    # One that was removed doesn't come back with the next start.
    one.control("DELETE", f"faults/{before[0][1]['id']}", status=200)
    one = kept("--fixture", fixture_file(faults=[given, other], **members))
    assert rules(one)[0] == before[0][:1]
    # A fixture that has changed gives its own.
    one = kept("--fixture", fixture_file(faults=[other], **members))
    (left,) = rules(one)[0]
    assert left["match"] == other["match"] and left["seen"] == 0
    assert one.get(key, COUNTRIES).status_code == 200


def test_a_full_reset_and_a_restore_are_kept(kept):
    one = kept()
    key = one.minted()
    fault(one, STATUS, key, match=SHORT, times=5)
    fault(one, STATUS, match={"path": "/v1/states"}, times=5)
    assert one.get(key, COUNTRIES).status_code == 503
    snapshot(one, "saved")
    saved = rules(one)
    fault(one, STATUS, match=SHORT)
    assert one.get(key, COUNTRIES).status_code == 503
    assert one.ask(key).status_code == 200
    restore(one, "saved")
    one = kept()
    assert rules(one) == saved
    assert one.get(key, "/v1/states", country="US").status_code == 503
    # An organization's own reset leaves the others' rules.
    one.control("POST", "reset", status=200, key=key)
    one = kept()
    assert [each["match"] for each in rules(one)[0]] == [{"path": "/v1/states"}]
    one.control("POST", "reset", status=200)
    one = kept()
    assert rules(one) == [[], []]
    assert one.get(BUILT_IN_KEY, "/v1/states", country="US").status_code == 200


def test_what_belongs_to_a_removed_organization_goes_with_it(kept):
    one = kept()
    first = one.mint(organization="acme")
    fault(one, STATUS, first["key"], match=SHORT)
    assert one.ask(first["key"]).status_code == 200
    one.control("DELETE", f"keys/{first['key']}", status=200)
    one = kept()
    again = one.minted(organization="acme", key=first["key"])
    assert rules(one) == [[], []]
    assert one.get(again, COUNTRIES).status_code == 200


def test_a_change_that_cannot_be_stored_is_refused_whole(double, file):
    one = double("--database", file)
    kept = fault(one, STATUS, match=SHORT)
    before = rules(one)
    file.unlink()
    for method, path, body in [
        ("POST", "faults", {"fault": STATUS}), ("POST", "responses", {"result": {"text": "a"}}),
        ("DELETE", f"faults/{kept['id']}", None), ("DELETE", "faults", None),
    ]:  # fmt: skip
        answer = one.control(method, path, body)
        assert answer.status_code == 500 and "is not there any more" in answer.text, path
    assert rules(one) == before
    assert one.stop() == 1


def identifiers(double, key, count):
    found = []
    for _ in range(count):
        assert double.ask(key).status_code == 200
        found.append(last(double, key)["requestId"])
    return found


def test_identifiers_go_on_as_if_nothing_had_happened(double, kept, tmp_path):
    """And those of minted keys; the other double isn't stopped in between."""
    flags = ("--seed", "7")
    one, other = kept(*flags), double(*flags, "--database", tmp_path / "other.db")
    keys = [each.minted() for each in (one, other)]
    assert keys[0] == keys[1]
    found = [identifiers(each, keys[0], 3) for each in (one, other)]
    assert found[0] == found[1]
    for end in ("stop", "kill"):
        one = kept(*flags, end=end)
        again = [identifiers(each, keys[0], 2) for each in (one, other)]
        assert again[0] == again[1] and not set(again[0]) & set(found[0])
        found[0] += again[0]
        assert one.minted() == other.minted()


def test_settings_are_kept_as_soon_as_they_are_answered(kept):
    one = kept()
    wanted = {"concurrency": 3, "latency": "5ms", "holdSync": False, "label": "nightly",
              "budget": 50, "weather": "rainy", "shapes": "live", "unknownMembers": "refuse",
              "variety": "sparse", "webhookSecret": "whsec_abc"}  # fmt: skip
    key = one.minted(**wanted)
    before = one.patch(key, concurrency=4, revoked=True)
    one = kept()
    assert one.control("GET", f"keys/{key}", status=200).json() == before
    assert before["concurrency"] == 4 and before["weather"] == "rainy"


def test_manual_time_stands_where_it_stood(kept):
    one = kept("--clock", "manual")
    one.advance(86_400.25)
    stood = now(one)
    for flags in ((), ("--clock", "manual")):
        one = kept(*flags)
        assert now(one) == stood
    # A time that comes with a charge is there, too, and the command line decides about the mode.
    assert one.ask(BUILT_IN_KEY).status_code == 200
    one = kept("--clock", "real")
    mode, time = now(one)
    assert mode == "real" and stood[1] <= time < stood[1] + datetime.timedelta(minutes=5)


@pytest.mark.parametrize("mode", ["real", "x10"])
def test_time_that_runs_by_itself_goes_on(kept, mode):
    one = kept("--clock", mode)
    one.advance(30 * 86_400)
    before = now(one)
    one = kept()
    after = now(one)
    assert after[0] == mode
    assert before[1] <= after[1] < before[1] + datetime.timedelta(minutes=20)


def test_a_clock_that_only_shows_real_time_is_not_kept(kept):
    one = kept()
    assert one.ask(BUILT_IN_KEY).status_code == 200
    one = kept("--clock", "manual")
    time = datetime.datetime.now(datetime.timezone.utc)
    assert abs(now(one)[1] - time) < datetime.timedelta(minutes=5)


def test_an_earlier_version_s_file_goes_on(kept, file):
    """Of version 2, which had no documents, nothing is lost, and no identifier comes again."""
    one = kept()
    key = one.minted(credits=100)
    found = identifiers(one, key, 3)
    assert one.stop() == 0
    downgrade(file)
    one = kept()
    assert one.balance(key) == 79
    assert not set(identifiers(one, key, 3)) & set(found)
    fault(one, STATUS, key, match=SHORT)
    one = kept()
    assert one.get(key, COUNTRIES).status_code == 503
    assert one.ledger(key)["consistent"] is True


def downgrade(file):
    with sqlite3.connect(file) as connection:
        connection.executescript("DROP TABLE document; PRAGMA user_version = 2")
    connection.close()


def test_what_cannot_be_read_is_said_and_left_out(kept, file):
    one = kept()
    first, second = (fault(one, STATUS, match=SHORT, times=2) for _ in range(2))
    assert one.stop() == 0
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE document SET body = x'7b' WHERE id = 'fault-000000000001'")
    connection.close()
    one = kept()
    assert [each["id"] for each in rules(one)[0]] == [second["id"]]
    eventually(lambda: [line for line in one.stderr if "can't be read" in line], "a warning")


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_recorded_answers_go_on_with_the_one_that_is_next(kept, tmp_path, end):
    texts_of = [recording(text, sequence=number)[0] for number, text in enumerate("abcde", 1)]
    folder = tmp_path / "recordings"
    folder.mkdir()
    flags = ["--replay", recordings(folder, *texts_of)]

    def following(double, key, count):
        return [double.ask(key).json()["result"]["text"] for _ in range(count)]

    one = kept(*flags)
    key, other = one.minted(), one.minted()
    assert following(one, key, 2) == ["a", "b"]
    assert following(one, other, 1) == ["a"]
    two = kept(*flags, end=end)
    # A task shares the answers; a snapshot has the place, though nobody has asked for it before.
    snapshot(two, "a", key=other)
    done = finished(two, key, submit(two, key, task()))
    assert done["response"]["text"] == "c"
    assert following(two, other, 2) == ["b", "c"]
    restore(two, "a", key=other)
    three = kept(*flags, end=end)
    assert following(three, other, 1) == ["b"]
    assert following(three, key, 3) == ["d", "e", "e"]
    three.control("POST", "reset", status=200, key=key)
    four = kept(*flags, end=end)
    assert following(four, key, 2) == ["a", "b"]
    assert following(four, other, 1) == ["c"]


def report(double, key):
    return double.control("GET", "report", status=200, key=key).json()


def test_a_key_s_report_goes_on_and_the_run_s_begins_anew(kept):
    one = kept()
    key = one.minted(budget=20, label="nightly", concurrency=1, requestsPerSecond=1000)
    for _ in range(2):
        assert one.ask(key).status_code == 200
    assert one.ask(key, "grok").status_code == 200
    assert one.post(key, "/v1/monitor/grok", {"prompt": ""}).status_code == 400
    assert one.ask(key, "grok").status_code == 200
    before = report(one, key)
    assert before["budget"] == {"limit": 20, "spent": 26, "exceeded": True}

    one = kept(end="stop")
    assert report(one, key) == before
    assert one.control("GET", "report", status=200).json()["credits"] == 0
    assert one.ask(key).status_code == 200
    after = report(one, key)
    assert (after["credits"], after["requests"]) == (33, before["requests"] + 1)
    assert after["refusals"] == before["refusals"] and after["findings"][0] == before["findings"][0]
    # After a kill the last requests may be missing, and no other.
    one = kept()
    assert 26 <= report(one, key)["credits"] <= 33
    one.control("POST", "reset", status=200, key=key)
    one = kept()
    assert report(one, key)["credits"] == 0


def test_the_weather_goes_on_with_its_draws(double, kept, tmp_path):
    """As in a double that isn't restarted."""
    flags = ("--seed", "3")
    one, other = kept(*flags), double(*flags, "--database", tmp_path / "other.db")
    settings = {"weather": "perplexity-down", "latency": "0ms", "credits": 10**6}
    keys = [each.minted(**settings) for each in (one, other)]
    assert keys[0] == keys[1]

    def drawn(each, count):
        return [each.ask(keys[0], "perplexity").status_code for _ in range(count)]

    assert drawn(one, 8) == drawn(other, 8)
    one = kept(*flags, end="stop")
    assert drawn(one, 8) == drawn(other, 8)
    # An answer that is charged takes along what was drawn before it.
    while drawn(one, 1) != [200]:
        assert drawn(other, 1) != [200]
    assert drawn(other, 1) == [200]
    one = kept(*flags)
    last_ones = drawn(one, 16)
    assert last_ones == drawn(other, 16) and len(set(last_ones)) > 1


MANY = 3_000


def test_thousands_of_organizations_are_there_again(kept):
    """They are read after the start: whoever asks for one, or for all, doesn't notice."""
    one = kept()
    orders = [
        {"credits": 1000 + n} | ({"label": f"test {n}", "concurrency": n % 50} if n % 3 else {})
        for n in range(MANY)
    ]
    control = http.client.HTTPConnection("127.0.0.1", one.port, timeout=60)
    keys = []
    for order in orders:
        control.request("POST", "/_mock/keys", json.dumps(order))
        keys.append(json.loads(control.getresponse().read())["key"])
    control.close()
    one.patch(keys[7], revoked=True)
    assert one.minted(organization="org-3")
    assert one.ask(keys[-3]).status_code == 200

    def lists(double):
        return [
            double.control("GET", path, status=200).json()
            for path in ("keys", "organizations", "report")
        ]

    before = lists(one)
    assert [each["credits"] for each in before[0]["keys"][1:3]] == [1000, 1001]
    assert len(before[0]["keys"]) == MANY + 2

    two = kept()
    # At once, before all are read: the last organizations are among them.
    assert two.ask(keys[-3]).headers["x-credits-remaining"] == str(1000 + MANY - 3 - 2 * 7)
    assert two.ask("sk_live_" + "f" * 32).status_code == 401
    assert two.ask(keys[7]).status_code == 401
    two.control("POST", "keys", {"key": keys[-1]}, status=409)
    late = two.minted()
    shown = lists(two)
    assert [each["key"] for each in shown[0]["keys"]] == [
        *(each["key"] for each in before[0]["keys"]), late
    ]  # fmt: skip
    eventually(lambda: len(two.key_lines) >= MANY + 2, "all key lines")
    two.control("DELETE", f"keys/{late}", status=200)

    three = kept(end="stop")
    after = lists(three)
    for kind, members in (("keys", ("credits",)), ("organizations", ("credits", "peak", "keys"))):
        name = 0 if kind == "keys" else 1
        changed = [
            (a, b)
            for a, b in zip(before[name][kind], after[name][kind], strict=True)
            if a != b
        ]
        # The one that was asked again, with nothing else about it.
        assert len(changed) == 1
        for a, b in changed:
            assert {m for m in a if a[m] != b[m]} <= set(members)
