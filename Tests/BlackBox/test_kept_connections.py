"""One connection and one head, again and again: what the double has found out about a head must not
outlive what it was found out from."""

import pytest

from control_support import restore, snapshot
from support import path_of, question
from wire import RawConnection, request_bytes

REDIRECT = "/v1/monitor/google/goto"


class Repeating:
    """Sends the very same bytes each time, on one connection."""

    def __init__(self, double, key, path=path_of("chatgpt"), body=None):
        self.connection = RawConnection(double.port)
        self.request = request_bytes("POST", path, key, body or question("chatgpt"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.socket.close()

    def answer(self):
        self.connection.send(self.request)
        return self.connection.answer()


@pytest.fixture
def key(shared):
    return shared.minted(latency="0ms")


def test_a_key_is_revoked_and_given_back(shared, key):
    with Repeating(shared, key) as repeating:
        for _ in range(2):
            assert repeating.answer().status == 200
            shared.patch(key, revoked=True)
            assert repeating.answer().status == repeating.answer().status == 401
            shared.patch(key, revoked=False)
        assert repeating.answer().status == 200


def test_a_key_is_removed_and_another_one_has_its_text(shared, key):
    with Repeating(shared, key) as repeating:
        assert repeating.answer().status == 200
        shared.control("DELETE", f"keys/{key}", status=200)
        assert repeating.answer().status == 401
        shared.mint(key=key, credits=7, latency="0ms")
        answer = repeating.answer()
        assert (answer.status, answer.number("x-credits-remaining")) == (200, 0)
        assert repeating.answer().status == 403
        assert shared.balance(key) == 0


def test_an_organization_begins_anew(shared, key):
    with Repeating(shared, key) as repeating:
        first = repeating.answer().number("x-credits-remaining")
        assert repeating.answer().number("x-credits-remaining") < first
        shared.control("POST", "reset", status=200, key=key)
        assert repeating.answer().number("x-credits-remaining") == first


def test_a_snapshot_comes_back(shared, key):
    with Repeating(shared, key) as repeating:
        first = repeating.answer().number("x-credits-remaining")
        snapshot(shared, f"kept-{key[-8:]}", key=key)
        second = repeating.answer().number("x-credits-remaining")
        assert second < first
        restore(shared, f"kept-{key[-8:]}", key=key)
        assert repeating.answer().number("x-credits-remaining") == second


def test_another_contract_holds_at_once(shared, key):
    with Repeating(shared, key) as repeating, Repeating(shared, key, REDIRECT, {}) as redirecting:
        assert "x-concurrent-limit" in repeating.answer().headers
        assert redirecting.answer().status == 404
        shared.patch(key, contract="2026-10")
        assert "x-concurrency-limit" in repeating.answer().headers
        # The operation is of the newer revision: now the body is looked at.
        assert redirecting.answer().status == 400
        shared.patch(key, contract="2026-07")
        assert "x-concurrent-limit" in repeating.answer().headers
        assert redirecting.answer().status == 404


def test_heads_that_differ_in_a_byte(shared, key):
    other = shared.minted(key="sk_test_" + key[8:], credits=7, latency="0ms")
    with RawConnection(shared.port) as connection:
        for sent, remaining in [(key, 1), (other, 0), (key, 2), (key, 3)]:
            connection.send(request_bytes("POST", path_of("chatgpt"), sent, question("chatgpt")))
            answer = connection.answer()
            assert answer.status == 200
            spent = 250_000 - answer.number("x-credits-remaining")
            assert spent == (7 * remaining if sent == key else 250_000)
