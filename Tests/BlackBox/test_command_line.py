"""What a user sees of `serve`: its output, its flags and its variables."""

import shutil
import time
from signal import SIGINT, SIGTERM

import pytest

from support import BINARY, BUILT_IN_KEY, READY, cli, eventually, own_port, path_of, question
from wire import RawConnection, request_bytes

SIZES = {
    "free": (500, 1), "lite": (37_500, 10), "hobby": (250_000, 20), "starter": (650_000, 50),
    "growth": (1_350_000, 75), "business": (2_800_000, 100), "enterprise-2k": (5_871_025, 135),
    "enterprise-3k": (9_306_606, 175), "enterprise-4k": (12_756_261, 215),
    "enterprise-5k": (16_391_783, 255),
}  # fmt: skip


@pytest.mark.parametrize("plan", SIZES)
def test_the_built_in_key_of_a_plan(double, plan):
    one = double("--plan", plan)
    credits, concurrency = SIZES[plan]
    assert one.key_lines == [
        f"key {BUILT_IN_KEY} organization demo plan {plan} credits {credits}"
        f" concurrency {concurrency}"
    ]


@pytest.mark.parametrize("words", [[], ["serve"]])
def test_standard_output_is_the_ready_line_and_the_keys(double, words):
    one = double(*words)
    assert one.ask(one.first_key).status_code == 200
    assert one.stop() == 0
    assert one.stdout == [
        f"cloro-mock listening on http://127.0.0.1:{one.port}",
        f"key {BUILT_IN_KEY} organization demo plan hobby credits 250000 concurrency 20",
    ]


def test_the_keys_of_fixtures_stand_instead_of_the_built_in_one(double, fixture_file):
    keys = [
        {"key": "sk_live_" + "a" * 32, "organization": "one", "credits": 5},
        {"key": "sk_test_" + "b" * 32, "organization": "one"},
        {"key": "sk_live_" + "c" * 32, "organization": "two"},
    ]
    more = {"key": "sk_live_" + "d" * 32, "organization": "three"}
    first = fixture_file(credits=100, concurrency=3, keys=keys)
    second = fixture_file("more.json", plan="more", extends="growth", keys=[more])
    one = double("--fixture", first, "--fixture", second)
    eventually(lambda: len(one.stdout) == 5, "four key lines")
    assert one.key_lines == [
        f"key sk_live_{'a' * 32} organization one plan team credits 5 concurrency 3",
        f"key sk_test_{'b' * 32} organization one plan team credits 5 concurrency 3",
        f"key sk_live_{'c' * 32} organization two plan team credits 100 concurrency 3",
        f"key sk_live_{'d' * 32} organization three plan more credits 1350000 concurrency 75",
    ]
    assert one.ask(BUILT_IN_KEY).status_code == 401


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_a_signal_ends_it_with_0_after_the_running_request(double, number):
    one = double("--latency", "400ms")
    key = one.first_key
    with RawConnection(one.port) as connection, RawConnection(one.port):
        connection.send(request_bytes("POST", path_of("grok"), key, question("grok")))
        one.await_running(key, 1)
        one.signal(number)
        answer = connection.answer()
        assert answer.status == 200 and answer.headers["connection"] == "close"
    assert one.wait() == 0


def test_a_request_that_does_not_end_is_given_five_seconds(double):
    clock = double("--clock", "manual", "--latency", "5m")
    key = clock.first_key
    with RawConnection(clock.port) as connection:
        connection.send(request_bytes("POST", path_of("grok"), key, question("grok")))
        clock.await_running(key, 1)
        start = time.monotonic()
        assert clock.stop() == 0
        assert 4 < time.monotonic() - start < 8


def test_a_double_that_ends_accepts_nobody(double):
    one = double("--latency", "1s")
    key = one.first_key
    with RawConnection(one.port) as connection, RawConnection(one.port) as idle:
        connection.send(request_bytes("POST", path_of("grok"), key, question("grok")))
        one.await_running(key, 1)
        one.signal(SIGTERM)
        assert idle.rest() == b""

        def refused():
            try:
                RawConnection(one.port).socket.close()
            except ConnectionRefusedError:
                return True

        eventually(refused, "a refused connection", 3)
        assert one.process.poll() is None
        assert connection.answer().status == 200
    assert one.wait() == 0


def test_an_idle_double_ends_at_once(double):
    one = double()
    with RawConnection(one.port) as connection:
        connection.send(request_bytes("GET", "/_mock/health"))
        assert connection.answer().status == 200
        start = time.monotonic()
        assert one.stop() == 0
        assert time.monotonic() - start < 2
        assert connection.rest() == b""


def test_a_port_in_use_is_named(double):
    one = double()
    second = cli("--port", one.port)
    assert second.returncode == 1 and second.stdout == ""
    assert str(one.port) in second.stderr and len(second.stderr.splitlines()) == 1


def test_a_port_of_one_s_choice(double):
    port = own_port()
    assert double("--port", port).port == port


def test_it_can_start_again_on_its_port_at_once(double):
    first = double("--port", own_port())
    first.ask(first.first_key)
    assert first.stop() == 0
    assert double("--port", first.port).port == first.port


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("::1", "[::1]"),
                        ("0.0.0.0", "0.0.0.0")]
)  # fmt: skip
def test_the_host(double, host, shown):
    one = double("--host", host)
    assert READY.fullmatch(one.stdout[0])[2] == shown
    assert one.http.get("/_mock/ready").status_code == 200


def test_the_port_file(double, tmp_path):
    file = tmp_path / "port"
    file.write_text("old")
    one = double("--port-file", file)
    eventually(lambda: file.read_text().strip() == str(one.port), "the port in the file")
    assert [each.name for each in tmp_path.iterdir()] == ["port"]


def test_a_copied_binary_runs_alone(double, tmp_path):
    copy = tmp_path / "empty" / "cm"
    copy.parent.mkdir()
    shutil.copy(BINARY, copy)
    one = double("--port", "0", binary=copy, cwd="/", env={}, bare=True)
    assert one.ask(one.first_key).status_code == 200
    assert one.stop() == 0
    assert [each.name for each in copy.parent.iterdir()] == ["cm"]


def test_the_contract_of_choice(double):
    for double_ in (
        double("--contract", "2026-10"),
        double(env={"CLORO_MOCK_CONTRACT": "2026-10"}),
    ):
        refused = double_.post(double_.first_key, path_of("chatgpt"), {}).json()
        assert refused["success"] is False
        assert refused["error"]["code"] == "VALIDATION_ERROR"


def test_two_doubles_do_not_disturb_each_other(double):
    first, second = double(), double()
    key = first.minted()
    assert first.ask(key).status_code == 200
    assert second.balance(BUILT_IN_KEY) == 250_000
    assert second.ask("sk_live_" + "4" * 32).status_code == 401
