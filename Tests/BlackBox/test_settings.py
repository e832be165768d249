"""Every flag, its variable, which of both wins, and what is refused."""

import pytest

from support import BUILT_IN_KEY, cli, eventually, path_of, question
from wire import RawConnection, request_bytes


def plan(double):
    return double.control("GET", f"keys/{BUILT_IN_KEY}").json()["plan"]


def clock(double):
    return double.control("GET", "clock").json()["mode"]


def seed(double):
    return str(double.control("GET", f"keys/{BUILT_IN_KEY}").json()["seed"])


def contract(double):
    return double.control("GET", f"keys/{BUILT_IN_KEY}").json()["contract"]


@pytest.mark.parametrize(
    ("flag", "variable", "first", "second", "read"),
    [
        ("--plan", "CLORO_MOCK_PLAN", "free", "growth", plan),
        ("--clock", "CLORO_MOCK_CLOCK", "manual", "x60", clock),
        ("--seed", "CLORO_MOCK_SEED", "5", "6", seed),
        ("--contract", "CLORO_MOCK_CONTRACT", "2026-10", "2026-07", contract),
    ],
)
def test_a_flag_wins_over_its_variable(double, flag, variable, first, second, read):
    assert read(double(env={variable: first})) == first
    assert read(double(flag, second)) == second
    assert read(double(flag, second, env={variable: first})) == second
    default = read(double())
    # An empty variable is one that isn't set.
    assert read(double(env={variable: ""})) == default


def test_the_port_variables(double):
    assert double("--port", "0", env={"CLORO_MOCK_PORT": "1", "PORT": "2"}).port > 2
    for env in ({"CLORO_MOCK_PORT": "0"}, {"PORT": "0"}, {"CLORO_MOCK_PORT": "0", "PORT": "1"}):
        assert double(bare=True, env=env).port > 1


def test_the_host_and_its_variable(double):
    assert double(env={"CLORO_MOCK_HOST": "127.0.0.2"}).url.startswith("http://127.0.0.2:")
    one = double("--host", "127.0.0.1", env={"CLORO_MOCK_HOST": "127.0.0.2"})
    assert one.url.startswith("http://127.0.0.1:")


def test_files_by_variable(double, tmp_path):
    env = {
        "CLORO_MOCK_PORT_FILE": str(tmp_path / "port"),
        "CLORO_MOCK_DATABASE": str(tmp_path / "ledger.db"),
    }
    one = double(env=env)
    eventually((tmp_path / "port").exists, "the port file")
    assert (tmp_path / "ledger.db").exists()
    assert (tmp_path / "port").read_text().strip() == str(one.port)


def test_fixtures_by_variable(double, fixture_file):
    first = fixture_file("first.json", plan="first", credits=1)
    second = fixture_file("second.json", plan="second", credits=2)
    one = double(env={"CLORO_MOCK_FIXTURE": f"{first}:{second}"})
    assert one.mint(plan="first")["credits"] == 1
    assert one.mint(plan="second")["credits"] == 2
    flagged = double("--fixture", first, env={"CLORO_MOCK_FIXTURE": str(second)})
    assert flagged.control("POST", "keys", {"plan": "second"}).status_code == 400


def test_the_latency(double):
    for options in ({"env": {"CLORO_MOCK_LATENCY": "5m"}}, {}):
        flags = [] if options else ["--latency", "5m"]
        slow = double("--clock", "manual", *flags, **options)
        with RawConnection(slow.port) as connection:
            key = slow.first_key
            connection.send(request_bytes("POST", path_of("grok"), key, question("grok")))
            slow.await_running(key, 1)
            slow.advance(300)
            assert connection.answer().status == 200


@pytest.mark.parametrize(
    "latency",
    [
        "0ms", "250us", "1.5s", "2m", "1h", "24h", "uniform(1s,3s)", "uniform(0ms, 5ms)",
        "lognormal(2s,0.4)", "lognormal(0s,0)",
    ],
)  # fmt: skip
def test_latencies_that_are_accepted(frozen, latency):
    assert frozen.mint(latency=latency)["key"]


def test_what_may_not_be_empty():
    # An empty variable is one that isn't set; an empty flag comes from a shell's unset variable.
    for flag in ("host", "admin-token", "database"):
        ended = cli(f"--{flag}=")
        assert ended.returncode == 64 and f"--{flag}" in ended.stderr, ended.stderr


def test_a_database_in_memory_by_name(double, tmp_path):
    one = double("--database", ":memory:", cwd=tmp_path)
    assert one.ask(BUILT_IN_KEY).status_code == 200
    assert one.stop() == 0 and list(tmp_path.iterdir()) == []


def test_the_admin_token(double):
    for one in (double("--admin-token", "t"), double(env={"CLORO_MOCK_ADMIN_TOKEN": "t"})):
        assert one.http.get("/_mock/keys").status_code == 401
    both = double("--admin-token", "flag", env={"CLORO_MOCK_ADMIN_TOKEN": "variable"})
    for token, status in (("flag", 200), ("variable", 401)):
        headers = {"Authorization": f"Bearer {token}"}
        assert both.http.get("/_mock/keys", headers=headers).status_code == status


BAD = [
    ("plan", "hobbie", ["hobby", "enterprise-5k"]),
    ("port", "80a", ["0", "65535"]), ("port", "65536", ["65535"]), ("port", "-1", ["65535"]),
    ("contract", "2026-08", ["2026-07", "2026-10"]), ("clock", "fast", ["real", "manual", "xN"]),
    ("clock", "x0", ["xN"]), ("clock", "x-2", ["xN"]), ("clock", "xnan", ["xN"]),
    ("seed", "abc", []), ("seed", "1.5", []), ("seed", "18446744073709551616", []),
    ("latency", "250", ["250ms"]), ("latency", "fast", ["uniform"]), ("latency", "-5ms", ["250ms"]),
    ("latency", "uniform(3s,1s)", ["uniform"]), ("latency", "25h", ["24h"]),
    ("host", "[::1]", ["127.0.0.1", "::"]), ("host", "127.0.0.1:80", ["without port"]),
    ("host", "a b", ["localhost"]), ("host", "http://localhost", ["localhost"]),
    ("admin-token", " ", ["header"]), ("admin-token", "a\nb", ["header"]),
    ("admin-token", "a ", ["header"]), ("admin-token", "a\x7f", ["header"]),
    ("database", "file:ledger.db", [":memory:"]), ("database", "file::memory:", [":memory:"]),
    ("log-level", "loud", ["info", "error"]), ("log-format", "xml", ["text", "json"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "allowed"), BAD)
@pytest.mark.parametrize("origin", ["flag", "variable"])
def test_a_bad_value(name, value, allowed, origin):
    variable = "CLORO_MOCK_" + name.upper().replace("-", "_")
    if origin == "flag":
        ended = cli(f"--{name}={value}")
    else:
        ended = cli("serve", env={variable: value})
    assert ended.returncode == 64, ended.stderr
    assert ended.stdout == ""
    first, *rest = ended.stderr.splitlines()
    # One line says it; a line on usage may follow.
    assert (f"--{name}" if origin == "flag" else variable) in first, ended.stderr
    assert value.replace("\n", "\\u{A}").replace("\x7f", "\\u{7F}") in first
    for word in allowed:
        assert word in first, first
    assert all(line.startswith(("Usage", "  See", "See")) for line in rest), rest


@pytest.mark.parametrize("value", ["-1", "-5"])
def test_a_negative_value_in_a_word_of_its_own(value):
    ended = cli("--port", value)
    assert ended.returncode == 64 and "--port" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--prot", "1"], ["--port"], ["extra"], ["serve", "extra"], ["--watch=yes"], ["plans", "x"],
     ["check"], ["ledger"], ["healthcheck", "x"], ["healthcheck", "--url"], ["ledger", "a", "b"]],
)  # fmt: skip
def test_bad_usage(arguments):
    ended = cli(*arguments)
    assert ended.returncode == 64, ended.stderr
    assert ended.stdout == "" and ended.stderr


def test_the_port_variable_is_named_when_it_is_the_bad_one():
    ended = cli(env={"PORT": "http"})
    assert ended.returncode == 64
    assert "PORT" in ended.stderr and "CLORO_MOCK_PORT" not in ended.stderr
    assert "http" in ended.stderr


def test_a_bad_watch_variable():
    ended = cli(env={"CLORO_MOCK_WATCH": "maybe"})
    assert ended.returncode == 64
    assert "CLORO_MOCK_WATCH" in ended.stderr and "maybe" in ended.stderr


@pytest.mark.parametrize("host", ["256.1.1.1", "not a host", "203.0.113.7"])
def test_a_host_that_can_t_be_used_is_named(host):
    ended = cli("--host", host, "--port", "0")
    assert ended.returncode in (1, 64) and ended.stdout == ""
    assert host in ended.stderr


def test_a_port_file_that_can_t_be_written(tmp_path):
    ended = cli("--port", "0", "--port-file", tmp_path / "no" / "port")
    assert ended.returncode == 1
    assert "no/port" in ended.stderr
    assert ended.stdout == "", "it said that it is ready"
