"""Reset, and who may use the control API at all."""

import httpx
import pytest

from support import BUILT_IN_KEY, path_of, question
from wire import RawConnection, request_bytes


def test_reset_goes_back_to_the_loaded_fixtures(double):
    one = double()
    fresh = one.control("GET", "keys").json()
    assert one.ask(BUILT_IN_KEY).status_code == 200
    one.patch(BUILT_IN_KEY, plan="free", credits=3, revoked=True)
    minted = one.minted()
    one.control("POST", "reset", status=200)
    assert one.control("GET", "keys").json() == fresh
    assert one.ask(minted).status_code == 401
    assert one.ledger(BUILT_IN_KEY)["entries"][0]["amount"] == 250_000
    assert len(one.ledger(BUILT_IN_KEY)["entries"]) == 1


def test_reset_brings_a_removed_key_back(double):
    one = double()
    one.control("DELETE", f"keys/{BUILT_IN_KEY}", status=200)
    assert one.ask(BUILT_IN_KEY).status_code == 401
    one.control("POST", "reset", status=200)
    assert one.ask(BUILT_IN_KEY).headers["x-credits-remaining"] == "249993"


def test_reset_of_one_organization_leaves_the_others(frozen):
    first, second = (frozen.minted(credits=1000, requestsPerSecond=2) for _ in range(2))
    frozen.advance(1)
    for key in (first, second):
        assert [frozen.ask(key).status_code for _ in range(3)] == [200, 200, 429]
    frozen.control("POST", "reset", key=first, status=200)
    assert (frozen.balance(first), frozen.balance(second)) == (1000, 986)
    # The buckets are full again, too.
    assert [frozen.ask(key).status_code for key in (first, second)] == [200, 429]


def test_a_request_from_before_a_reset_charges_nothing_after_it(frozen):
    key = frozen.minted(credits=1000, latency="5s", concurrency=1)
    with RawConnection(frozen.port) as connection:
        connection.send(request_bytes("POST", path_of("chatgpt"), key, question("chatgpt")))
        frozen.await_running(key, 1)
        frozen.control("POST", "reset", key=key, status=200)
        frozen.advance(5)
        ledger = frozen.ledger(key)
        assert (ledger["balance"], len(ledger["entries"])) == (1000, 1)
        assert frozen.running(key) == 0


def test_reset_of_an_unknown_key(shared):
    assert shared.control("POST", "reset", key="sk_live_" + "7" * 32).status_code == 404


def test_the_control_api_is_never_counted(frozen):
    key = frozen.minted(requestsPerSecond=1, credits=7)
    frozen.advance(1)
    for _ in range(20):
        frozen.control("GET", "keys", status=200, key=key)
    answer = frozen.ask(key)
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (200, "0")
    response = frozen.control("GET", "clock")
    assert not [name for name in response.headers if name.startswith("x-")]


@pytest.mark.parametrize("path", ["/_mockx/health", "/_mockery/keys", "/_mock2/clock"])
def test_a_path_that_only_starts_alike_is_no_control_path(shared, path):
    assert httpx.get(shared.url + path).status_code == 404
