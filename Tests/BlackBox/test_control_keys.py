"""The control API's keys: minting, changing, removing, resetting."""

import pytest

from support import BUILT_IN_KEY, KEY, path_of, question
from wire import RawConnection, request_bytes


def refused(response, status, *words):
    """A refusal of the control API that says those words."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert list(response.json()) == ["error"]
    assert list(error) in (["code", "message"], ["code", "message", "details"])
    assert error["code"] and error["message"]
    for word in words:
        assert word in response.text, response.text
    return error


def test_minting_with_an_empty_body(shared):
    minted = shared.mint()
    assert list(minted) == [
        "key", "organization", "plan", "credits", "concurrency", "requestsPerSecond", "contract",
        "seed", "shapes", "variety", "repeat", "unknownMembers", "holdSync", "label", "budget",
        "weather",
    ]  # fmt: skip
    assert minted["key"] != BUILT_IN_KEY
    assert minted["plan"] == "hobby"
    assert (minted["credits"], minted["concurrency"]) == (250_000, 20)
    assert (minted["requestsPerSecond"], minted["contract"]) == (1000, "2026-07")
    assert shared.control("POST", "keys").status_code == 201  # no body at all


def test_minting_with_everything(shared):
    wanted = {
        "plan": "growth", "credits": 123, "concurrency": 4, "requestsPerSecond": 55, "seed": 42,
        "contract": "2026-10", "key": "sk_test_" + "ab" * 16,
    }  # fmt: skip
    rest = {"queueLimit": 9, "latency": "5ms", "progression": "hold", "webhookSecret": "whsec_x"}
    minted = shared.mint(**wanted, **rest)
    assert {name: minted[name] for name in wanted} == wanted
    answer = shared.control("GET", "keys", status=200)
    assert minted in answer.json()["keys"]
    assert shared.control("GET", f"keys/{minted['key']}", status=200).json() == minted


def test_joining_an_organization(shared):
    first = shared.mint(credits=20)
    second = shared.mint(organization=first["organization"])
    assert second | {"key": first["key"]} == first
    assert shared.ask(second["key"]).headers["x-credits-remaining"] == "13"
    assert shared.balance(first["key"]) == 13
    both = {"organization": first["organization"], "credits": 5}
    refused(shared.control("POST", "keys", both), 400, "settings stay")


def test_an_organization_of_a_name(double):
    one = double()
    first = one.mint(organization="acme-gmbh", credits=20)
    assert (first["organization"], first["credits"]) == ("acme-gmbh", 20)
    assert one.mint(organization="acme-gmbh") | {"key": first["key"]} == first
    for name in ("", "a b", "a\n", "\u0085"):
        refused(one.control("POST", "keys", {"organization": name}), 400, "organization")
    # Names that the double makes up are others.
    made = one.mint()["organization"]
    number = int(made.removeprefix("org-"))
    assert one.mint(organization=f"org-{number + 1}")["organization"] == f"org-{number + 1}"
    assert one.mint()["organization"] not in (made, f"org-{number + 1}")


def test_a_removed_key_says_the_last_balance(double):
    one = double()
    key = one.minted(credits=20)
    one.ask(key)
    assert one.control("DELETE", f"keys/{key}", status=200).json()["credits"] == 13


def test_a_key_that_exists(shared):
    refused(shared.control("POST", "keys", {"key": BUILT_IN_KEY}), 409)


def test_changing_a_plan_takes_its_limits_and_keeps_the_balance(shared):
    key = shared.minted(plan="free", credits=5)
    changed = shared.patch(key, plan="business")
    assert (changed["plan"], changed["concurrency"], changed["credits"]) == ("business", 100, 5)


def test_setting_and_adding_credits(shared):
    key = shared.minted(credits=5)
    assert shared.patch(key, credits=50)["credits"] == 50
    assert shared.patch(key, addCredits=25)["credits"] == 75
    assert shared.patch(key, addCredits=-70)["credits"] == 5
    refused(shared.control("PATCH", f"keys/{key}", {"addCredits": -6}), 400)
    assert shared.balance(key) == 5
    ledger = shared.ledger(key)
    assert [entry["amount"] for entry in ledger["entries"]] == [5, 45, 25, -70]
    assert {entry["kind"] for entry in ledger["entries"]} <= {"grant", "adjustment"}
    assert ledger["consistent"] is True


def test_a_refused_change_changes_nothing(shared):
    minted = shared.mint(plan="lite", credits=5)
    body = {"plan": "growth", "concurrency": 9, "addCredits": -6}
    refused(shared.control("PATCH", f"keys/{minted['key']}", body), 400)
    assert shared.control("GET", f"keys/{minted['key']}").json() == minted


def test_an_empty_change_changes_nothing(shared):
    minted = shared.mint()
    assert shared.patch(minted["key"]) == minted


def test_latency_can_be_changed(frozen):
    key = frozen.minted()
    assert frozen.ask(key).status_code == 200
    frozen.patch(key, latency="3s")
    with RawConnection(frozen.port) as connection:
        connection.send(request_bytes("POST", path_of("grok"), key, question("grok")))
        frozen.await_running(key, 1)
        frozen.advance(3)
        assert connection.answer().status == 200


def test_removing_a_key(shared):
    first = shared.mint()
    second = shared.minted(organization=first["organization"])
    shared.control("DELETE", f"keys/{first['key']}", status=200)
    assert shared.ask(first["key"]).status_code == 401
    assert shared.ask(second).status_code == 200
    for method in ("GET", "PATCH", "DELETE"):
        refused(shared.control(method, f"keys/{first['key']}", {}), 404)
    refused(shared.control("GET", "ledger", key=first["key"]), 404)


@pytest.mark.parametrize("contract", ["2026-07", "2026-10"])
def test_a_key_that_goes_while_its_request_waits(frozen, contract):
    key = frozen.minted(latency="5s", contract=contract)
    with RawConnection(frozen.port) as connection:
        connection.send(request_bytes("POST", path_of("chatgpt"), key, question("chatgpt")))
        frozen.await_running(key, 1)
        frozen.control("DELETE", f"keys/{key}", status=200)
        frozen.advance(5)
        answer = connection.answer()
    # It ends as with any unknown key, and there is no key to count for.
    assert answer.status == 401
    names = {name.lower() for name, _ in answer.fields}
    assert not [each for each in names if each.startswith(("x-ratelimit", "x-conc", "x-credits"))]


def test_narrowing_the_list_of_keys(shared):
    first = shared.mint()
    second = shared.mint(organization=first["organization"])
    listed = shared.control("GET", "keys", status=200, key=first["key"]).json()["keys"]
    assert listed == [first, second]


def test_the_list_has_what_standard_output_has(double):
    one = double("--plan", "starter")
    (listed,) = one.control("GET", "keys").json()["keys"]
    key, organization, plan, credits, concurrency = KEY.fullmatch(one.key_lines[0]).groups()
    assert (listed["key"], listed["organization"], listed["plan"]) == (key, organization, plan)
    assert (listed["credits"], listed["concurrency"]) == (int(credits), int(concurrency))
