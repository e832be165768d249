"""Clients that go away while their request waits in its latency."""

import socket
import struct
import time

import httpx
import pytest

from control_support import entries
from support import cli, eventually, path_of, question
from wire import RawConnection, request_bytes


def send(double, key):
    connection = RawConnection(double.port)
    connection.send(request_bytes("POST", path_of("chatgpt"), key, question("chatgpt")))
    return connection


def reset(connection):
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.socket.close()


def close(connection):
    connection.socket.close()


def waiting(double, count, **body):
    """That many requests in a latency of ten seconds."""
    key = double.minted(**{"latency": "10s", "requestsPerSecond": 10**6} | body)
    connections = [send(double, key) for _ in range(count)]
    double.await_running(key, count)
    return key, connections


@pytest.mark.parametrize("leave", [close, reset])
def test_a_hang_up_frees_the_slot_and_is_charged_when_the_latency_ends(frozen, leave):
    key, (connection,) = waiting(frozen, 1, concurrency=1)
    leave(connection)
    frozen.advance(9.9)
    assert frozen.running(key) == 1
    assert frozen.ask(key).status_code == 429
    frozen.advance(0.1)
    assert frozen.running(key) == 0
    assert frozen.balance(key) == 250_000 - 7
    assert [entry["kind"] for entry in frozen.ledger(key)["entries"]] == ["grant", "charge"]
    (entry,) = entries(frozen, key, status=499)
    assert (entry["creditsCharged"], entry["latencyMs"]) == (7, 10_000)


def test_a_hang_up_that_the_balance_does_not_cover_costs_nothing(frozen):
    key, connections = waiting(frozen, 2, credits=7)
    for connection in connections:
        close(connection)
    frozen.advance(10)
    assert frozen.balance(key) == 0 and frozen.running(key) == 0
    assert sorted(each["creditsCharged"] for each in entries(frozen, key, status=499)) == [0, 7]


def test_a_client_with_a_time_out_of_a_second_and_two_retries_pays_three_times(double):
    one = double("--clock", "manual")
    key = one.minted(latency="10s")
    for attempt in range(3):
        with httpx.Client(base_url=one.url, timeout=1) as client, pytest.raises(httpx.ReadTimeout):
            client.post(
                path_of("chatgpt"), json=question("chatgpt"),
                headers={"Authorization": f"Bearer {key}"},
            )  # fmt: skip
        assert one.running(key) == attempt + 1
    one.advance(10)
    assert one.running(key) == 0
    assert one.balance(key) == 250_000 - 3 * 7
    assert [each["creditsCharged"] for each in entries(one, key, status=499)] == [7, 7, 7]


@pytest.mark.parametrize("leave", [close, reset])
def test_hung_up_connections_are_given_back(double, leave):
    clock = double("--clock", "manual")
    # A first round: Dispatch opens what it needs itself when it is first needed.
    _, (first,) = waiting(clock, 1)
    leave(first)
    clock.advance(10)
    before = clock.descriptors()
    key, connections = waiting(clock, 20)
    for connection in connections:
        leave(connection)
    clock.advance(10)
    assert clock.running(key) == 0
    eventually(lambda: clock.descriptors() <= before, "descriptors given back", seconds=5)


def test_a_hang_up_does_not_delay_the_stop(double):
    clock = double("--clock", "manual")
    _, (connection,) = waiting(clock, 1)
    connection.socket.close()
    clock.advance(10)
    start = time.monotonic()
    assert clock.stop() == 0
    assert time.monotonic() - start < 3


def test_a_stop_lets_the_attempt_of_a_client_that_left_end(double, tmp_path):
    file = tmp_path / "ledger.db"
    one = double("--database", file)
    _, (connection,) = waiting(one, 1, latency="500ms")
    connection.socket.close()
    assert one.stop() == 0
    assert '"charge"' in cli("ledger", file).stdout or " charge " in cli("ledger", file).stdout


def test_a_half_closed_client_is_not_left_waiting(frozen):
    # Shutting down one's own direction after the request is allowed (RFC 9112, section 9.6), and
    # can't be told from a hang-up: the connection ends, so that whoever is there notices.
    key, (connection,) = waiting(frozen, 1)
    connection.half_close()
    frozen.advance(10)
    assert connection.rest() == b""
    assert frozen.balance(key) == 250_000 - 7


def test_a_half_closed_client_without_latency_is_answered(shared):
    with send(shared, shared.minted()) as connection:
        connection.half_close()
        assert connection.answer().status == 200


def test_a_hang_up_before_the_body_is_complete_changes_nothing(shared):
    key = shared.minted()
    whole = request_bytes("POST", path_of("chatgpt"), key, question("chatgpt"))
    with RawConnection(shared.port) as connection:
        connection.send(whole[:-5])
    assert shared.balance(key) == 250_000 and shared.running(key) == 0
