"""Faults as rules: whose they are, their order, their counts, and those of fixtures."""

import pytest

from support import BUILT_IN_KEY, UNKNOWN_KEY, cli, eventually

UNAVAILABLE = {"kind": "status", "status": 503}
CREDITS = "/v1/credits"


def fault(double, kind, key=None, status=201, match=None, **members):
    kind = {"kind": kind} if isinstance(kind, str) else kind
    match = (match or {}) | ({"key": key} if key else {})
    body = {"match": match, "fault": kind, **members}
    return double.control("POST", "faults", body, status=status).json()


def listed(double, key=None):
    params = {"key": key} if key else {}
    return double.control("GET", "faults", status=200, **params).json()["faults"]


def statuses(double, key, count, path=CREDITS):
    return [double.get(key, path).status_code for _ in range(count)]


def error(status):
    return {"kind": "status", "status": status}


def test_a_fault_that_names_a_key_is_its_organization_s(frozen):
    first, second = frozen.minted(), frozen.minted()
    organization = frozen.control("GET", f"keys/{first}").json()["organization"]
    sibling = frozen.minted(organization=organization)
    made = fault(frozen, UNAVAILABLE, first)
    assert statuses(frozen, first, 1) == [503]
    assert statuses(frozen, sibling, 1) == statuses(frozen, second, 1) == [200]
    # The list is narrowed to the organization, by any of its keys.
    (row,) = listed(frozen, sibling)
    assert listed(frozen, first) == [row] and listed(frozen, second) == []
    assert row == {
        "id": made["id"], "match": {"key": first}, "fault": UNAVAILABLE, "probability": 1,
        "seen": 1, "struck": 1,
    }  # fmt: skip
    assert row in listed(frozen)
    frozen.control("DELETE", "faults", key=second, status=200)
    assert statuses(frozen, first, 1) == [503]
    frozen.control("DELETE", "faults", key=sibling, status=200)
    assert statuses(frozen, first, 1) == [200]


def test_an_unknown_key_is_refused(shared):
    for key in (UNKNOWN_KEY, "nobody", ""):
        fault(shared, UNAVAILABLE, status=404, match={"key": key})
    assert shared.control("DELETE", "faults/nothing").status_code == 404


def test_faults_strike_in_the_order_of_their_addition_wherever(double):
    one = double("--clock", "manual")
    key, other = one.minted(), one.minted()
    ids = [
        fault(one, error(500), times=1)["id"], fault(one, error(502), key, times=1)["id"],
        fault(one, error(503), times=1)["id"], fault(one, error(409), key, times=1)["id"],
    ]  # fmt: skip
    assert statuses(one, key, 5) == [500, 502, 503, 409, 200]
    assert statuses(one, other, 1) == [200]
    assert [row["id"] for row in listed(one)] == ids and len(set(ids)) == 4
    assert [row["timesLeft"] for row in listed(one)] == [0] * 4


def test_one_organization_s_faults_draw_as_if_they_were_alone(double):
    seen = []
    for crowd in (0, 5):
        one = double("--clock", "manual", "--seed", "3")
        key = one.minted()
        for other in [one.minted() for _ in range(crowd)]:
            fault(one, UNAVAILABLE, other)
        fault(one, UNAVAILABLE, key, probability=0.5)
        seen.append(statuses(one, key, 40))
    assert seen[0] == seen[1] and 5 < seen[0].count(503) < 35


def test_a_reset_forgets_what_was_added(double):
    one = double("--clock", "manual")
    key = one.minted()
    fault(one, UNAVAILABLE, match={"path": CREDITS})
    fault(one, error(502), BUILT_IN_KEY)
    fault(one, error(502), key)
    one.control("POST", "reset", key=key, status=200)
    assert listed(one, key) == [] and len(listed(one)) == 2
    assert statuses(one, key, 1) == [503]
    one.control("POST", "reset", status=200)
    assert listed(one) == []
    assert statuses(one, BUILT_IN_KEY, 1) == [200]


def test_a_fault_s_prompt_may_be_a_pattern(frozen):
    key = frozen.minted()
    made = fault(frozen, UNAVAILABLE, key, match={"prompt": {"regex": "^best .*(tent|boot)s$"}})
    assert made["match"]["prompt"] == {"regex": "^best .*(tent|boot)s$"}
    asked = ["best winter boots", "the best boots", "best boots ever"]
    assert [frozen.ask(key, text=each).status_code for each in asked] == [503, 200, 200]
    refused = fault(frozen, UNAVAILABLE, status=400, match={"prompt": {"regex": "a(?=b)"}})
    message = "match.prompt.regex: Lookaround can't be matched in bounded time at character 1"
    assert refused["error"]["message"] == message


# MARK: Fixtures


def test_a_fixture_s_faults_come_first_and_come_back(double, fixture_file):
    file = fixture_file(
        faults=[
            {"fault": error(502), "times": 1},
            {"match": {"path": CREDITS}, "fault": error(500), "times": 1},
        ]
    )
    one = double("--fixture", file)
    key, minted = one.first_key, one.minted()
    fault(one, error(503), key, times=1)
    assert statuses(one, key, 4) == [502, 500, 503, 200]
    # Every organization of the plan has them for itself; one of another plan has none.
    assert statuses(one, minted, 3) == [502, 500, 200]
    assert statuses(one, one.minted(plan="free"), 1) == [200]
    one.control("POST", "reset", key=key, status=200)
    assert statuses(one, key, 3) == [502, 500, 200]
    assert statuses(one, minted, 1) == [200]
    removed = listed(one, key)[1]["id"]
    one.control("DELETE", f"faults/{removed}", status=200)
    one.control("POST", "reset", status=200)
    assert statuses(one, key, 3) == [502, 500, 200]


def test_a_changed_file_replaces_its_own_rules_and_no_others(double, fixture_file):
    kept = {"match": {"path": CREDITS}, "fault": error(502), "times": 3}
    file = fixture_file(faults=[kept, {"fault": error(500)}])
    one = double("--watch", "--fixture", file)
    key = one.first_key
    fault(one, error(503), key, times=2)
    assert statuses(one, key, 1) == [502]
    before = listed(one, key)

    fixture_file(faults=[kept], credits=99)
    eventually(lambda: len(listed(one, key)) == 2, "the changed file")
    # The one that is still there keeps its identifier and counts.
    assert listed(one, key) == [before[0], before[2]]
    assert statuses(one, key, 5) == [502, 502, 503, 503, 200]

    fixture_file(faults=[kept], credits=98)
    eventually(lambda: one.mint()["credits"] == 98, "the second change")
    assert statuses(one, key, 1) == [200]


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"faults": {}}, "faults: expected an array, found object"),
        ({"faults": [{}]}, "faults[0].fault: is missing"),
        (
            {"faults": [{"fault": {"kind": "webhook_dup"}}]},
            'faults[0].fault.kind: "webhook_dup" is',
        ),
        ({"responses": [{"result": {}}, {"result": {}, "match": {"prompt": {"regex": "[z-a]"}}}]},
         "responses[1].match.prompt.regex: The ends of a range are the wrong way round"),
        ({"responses": [{"result": {}, "match": {"key": "sk_live_x"}}]},
         "responses[0].match.key: expected a key of the form"),
        ({"responses": [{"result": {}, "matsch": {}}]},
         'responses[0].matsch: unknown member, did you mean "match"?'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_fixture_s_rules_is_said(fixture_file, members, problem):
    file = fixture_file(**members)
    checked = cli("check", file)
    assert checked.returncode == 65
    (line,) = checked.stderr.splitlines()
    assert line.startswith(f"{file}: {problem}"), line
