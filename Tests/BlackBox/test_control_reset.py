"""Reset, and who may use the control API at all."""

import httpx
import pytest

from support import BUILT_IN_KEY, Double, path_of, question
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


CALLS = [
    ("GET", "keys"), ("POST", "keys"), ("GET", f"keys/{BUILT_IN_KEY}"),
    ("PATCH", f"keys/{BUILT_IN_KEY}"), ("DELETE", f"keys/{BUILT_IN_KEY}"), ("POST", "reset"),
    ("GET", "ledger"), ("GET", "clock"), ("PUT", "clock"), ("POST", "clock/advance"),
]  # fmt: skip


@pytest.fixture(scope="module")
def guarded():
    one = Double(env={"CLORO_MOCK_ADMIN_TOKEN": "let me in"})
    yield one
    assert one.stop() == 0


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer let me i", "Bearer let me inn", "let me in", f"Bearer {BUILT_IN_KEY}"],
)
def test_without_the_admin_token(guarded, method, path, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    refused = guarded.http.request(method, f"/_mock/{path}", headers=headers)
    assert refused.status_code == 401
    assert list(refused.json()["error"]) == ["code", "message"]


def test_with_the_admin_token(guarded):
    headers = {"Authorization": "Bearer let me in"}
    for method, path in [("GET", "keys"), ("GET", "ledger"), ("GET", "clock"), ("POST", "reset")]:
        assert guarded.http.request(method, f"/_mock/{path}", headers=headers).status_code == 200


def test_health_and_ready_are_open_and_the_api_is_not_concerned(guarded):
    for path in ("health", "ready"):
        answer = guarded.http.get(f"/_mock/{path}")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert guarded.ask(BUILT_IN_KEY).status_code == 200
    assert guarded.ask("let me in").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing", 404), ("POST", "", 405), ("GET", "keys/", 404),
        ("GET", "keys/a/b", 404), ("GET", "keys/nobody", 404), ("DELETE", "keys", 405),
        ("PUT", "keys", 405), ("GET", "reset", 405), ("POST", "ledger", 405),
        ("DELETE", "clock", 405), ("GET", "clock/advance", 405), ("POST", "health", 405),
        ("PUT", f"keys/{BUILT_IN_KEY}", 405), ("POST", "ready", 405),
    ],
)  # fmt: skip
def test_wrong_routes_and_methods(shared, method, path, status):
    refused = shared.http.request(method, f"/_mock/{path}")
    assert refused.status_code == status
    assert refused.headers["content-type"].startswith("application/json")
    error = refused.json()["error"]
    assert list(error)[:2] == ["code", "message"] and error["message"]
    assert ("allow" in refused.headers) == (status == 405)


@pytest.mark.parametrize("path", ["/_mockx/health", "/_mockery/keys", "/_mock2/clock"])
def test_a_path_that_only_starts_alike_is_no_control_path(shared, path):
    assert httpx.get(shared.url + path).status_code == 404
