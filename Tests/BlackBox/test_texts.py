"""Names and values from outside: compared byte by byte, and shown so that they do no harm."""

import json

import pytest

from control_support import snapshot, stub
from support import cli

# The same word in both forms of Unicode.
COMPOSED, APART = "caf\u00e9", "cafe\u0301"
LONG = "x" * 2_000_000


def test_snapshots_of_both_forms_are_two(double):
    one = double()
    key = one.minted(credits=100)
    snapshot(one, COMPOSED, key=key)
    one.patch(key, credits=50)
    snapshot(one, APART, key=key)
    one.control("POST", f"snapshots/{COMPOSED}/restore", status=200)
    assert one.balance(key) == 100
    one.control("DELETE", f"snapshots/{COMPOSED}", status=200)
    one.control("DELETE", f"snapshots/{COMPOSED}", status=404)
    one.control("POST", f"snapshots/{APART}/restore", status=200)
    assert one.balance(key) == 50


def test_a_stub_answers_with_the_members_that_it_lists(double):
    one = double()
    key = one.minted()
    result = {COMPOSED: 1, APART: 2}
    made = one.control("POST", "responses", {"match": {"key": key}, "result": result}, status=201)
    assert made.json()["result"] == result
    answered = one.ask(key).json()["result"]
    assert (answered[COMPOSED], answered[APART]) == (1, 2)


def test_equals_means_the_same_bytes(double):
    one = double()
    key = one.minted()
    stub(one, key, {"prompt": {"equals": COMPOSED}}, result={"text": "stubbed"})
    assert one.ask(key, text=COMPOSED).json()["result"]["text"] == "stubbed"
    assert one.ask(key, text=APART).json()["result"]["text"] != "stubbed"


def test_organizations_of_both_forms_are_two(double, fixture_file, tmp_path):
    keys = [{"key": f"sk_test_{number:032}", "organization": name, "credits": 10 * number}
            for number, name in enumerate((COMPOSED, APART), 1)]  # fmt: skip
    file = tmp_path / "ledger.db"
    for _ in range(2):
        one = double("--fixture", fixture_file(keys=keys), "--database", file)
        assert [one.balance(key["key"]) for key in keys] == [10, 20]
        assert one.control("GET", "selfcheck").json()["problems"] == []
        one.control("POST", "reset", status=200, key=keys[0]["key"])
        assert one.stop() == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "keys", {LONG: 1}), ("POST", "keys", {"organization": LONG}),
     ("POST", "keys", {"plan": LONG}), ("POST", "faults", {"fault": {"kind": LONG}}),
     ("POST", "responses", {"result": {}, "match": {"prompt": {LONG: "a"}}}),
     ("POST", "reset", {LONG: LONG})],
)  # fmt: skip
def test_a_long_name_is_not_given_back(double, method, path, body):
    answer = double().control(method, path, body)
    assert 400 <= answer.status_code < 500
    assert len(answer.content) < 5000, answer.content[:200]


def test_what_stands_twice_in_a_query_is_refused(double):
    one = double()
    for query in ("limit=1&limit=2", "key=a&key=b", "since=1&since=1", "limit=1&%6cimit=2"):
        answer = one.http.get(f"/_mock/ledger?{query}")
        assert answer.status_code == 400 and "stands twice" in answer.text, query
    assert one.http.get("/_mock/ledger?limit=1").status_code == 200


HIDDEN = "a\u202eb\u2066c\u0007d\u001b[31m"


def test_check_shows_no_text_that_turns_others_round(fixture_file):
    for members in ({HIDDEN: 1}, {"credits": HIDDEN}, {"plan": HIDDEN}, {"extends": HIDDEN},
                    {"keys": [{"key": HIDDEN, "organization": HIDDEN}]}):  # fmt: skip
        ended = cli("check", fixture_file(**members))
        shown = ended.stdout + ended.stderr
        assert not set("\u202e\u2066\u0007\u001b") & set(shown), ascii(shown)
        assert ended.returncode == 65 and "team.json" in shown


def test_messages_show_no_text_that_turns_others_round(double):
    one = double("--log-level", "debug")
    for body in ({HIDDEN: 1}, {"organization": HIDDEN}, {"plan": HIDDEN}, {"key": HIDDEN}):
        error = one.control("POST", "keys", body).json()["error"]
        assert not set("\u202e\u2066\u0007\u001b") & set(json.dumps(error, ensure_ascii=False))
    one.ask("sk_live_" + "4" * 32, text=HIDDEN)
    assert one.stop() == 0
    assert not set("\u202e\u2066\u0007\u001b") & set("".join(one.stderr))
