"""`check`, `plans`, `ledger`, `healthcheck`, `--version`, `--help`; logs and `--watch`."""

import json
import os
import re
import socket
import sqlite3
import threading
from pathlib import Path

import pytest

from support import cli, eventually, path_of
from test_command_line import SIZES

VERSION = Path(__file__).resolve().parent.parent.parent / "Sources/CVersion/VERSION"


def test_plans():
    ended = cli("plans")
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = [line.split() for line in ended.stdout.splitlines()]
    found = {row[0]: tuple(int(re.sub("[,_]", "", word)) for word in row[1:3])
             for row in rows if row and row[0] in SIZES}  # fmt: skip
    assert found == SIZES


def test_plans_show_prices():
    rows = {line.split()[0]: line.split()[1:] for line in cli("plans").stdout.splitlines() if line}
    # A task's and a synchronous answer's, in 2026-07 and in 2026-10.
    assert rows["chatgpt"] == ["5", "7", "5", "7"]
    assert rows["perplexity"] == ["3", "5", "4", "6"]
    assert rows["google/news"][:2] == ["3", "5"]
    assert rows["state"] == ["2", "2"] and rows["expandedProductLimit"] == ["6", "6"]


def test_version_and_help():
    version = cli("--version")
    assert version.returncode == 0
    number, commit = re.fullmatch(r"(\S+)(?: \(([0-9a-f]{40})\))?\n", version.stdout).groups()
    assert number == VERSION.read_text().strip() and commit != "0" * 40
    for arguments in (["--help"], ["-h"], ["help"], ["serve", "--help"], ["check", "--help"]):
        help = cli(*arguments)
        assert help.returncode == 0 and "USAGE" in help.stdout and help.stderr == ""
    serve = cli("serve", "--help").stdout
    for flag in ["plan", "fixture", "host", "port", "port-file", "database", "contract", "clock",
                 "seed", "latency", "admin-token", "log-level", "log-format", "watch"]:  # fmt: skip
        assert f"--{flag}" in serve


def test_ledger_of_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for path, words in ((tmp_path / "fifo", "FIFO"), (tmp_path, "directory"),
                        ("/dev/zero", "device"), (tmp_path / "no", "no such file")):  # fmt: skip
        for arguments in (["ledger", path], ["--port", "0", "--database", path]):
            if words == "no such file" and arguments[0] != "ledger":
                continue  # it would be made
            ended = cli(*arguments)
            assert ended.returncode == 1 and ended.stdout == ""
            assert str(path) in ended.stderr and words in ended.stderr


def test_ledger_of_a_file_that_was_killed_while_it_was_created(tmp_path):
    running, file = tmp_path / "running.db", tmp_path / "ledger.db"
    database = sqlite3.connect(running, isolation_level=None)
    database.executescript("PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE entry (a)")
    database.executemany("INSERT INTO entry VALUES (?)", [("x" * 1000,)] * 1000)
    for suffix in ("", "-journal"):
        (tmp_path / f"ledger.db{suffix}").write_bytes(
            (tmp_path / f"running.db{suffix}").read_bytes())  # fmt: skip
    database.close()
    assert file.stat().st_size > 4096
    for arguments in (["ledger", file], ["ledger", "--verify", file]):
        ended = cli(*arguments)
        assert (ended.returncode, ended.stderr) == (0, "")


def test_healthcheck_of_a_running_double(double):
    one = double()
    assert cli("healthcheck", "--url", one.url).returncode == 0
    assert cli("healthcheck", "--url", one.url + "/").returncode == 0
    for variable in ("CLORO_MOCK_PORT", "PORT"):
        assert cli("healthcheck", env={variable: str(one.port)}).returncode == 0


def test_healthcheck_of_nothing():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        ended = cli("healthcheck", "--url", url)
    assert ended.returncode == 1 and url in ended.stderr


def test_healthcheck_of_something_silent():
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = cli("healthcheck", "--url", f"http://127.0.0.1:{server.getsockname()[1]}")
    assert ended.returncode == 1


def test_healthcheck_of_another_server():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            peer, _ = server.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        ended = cli("healthcheck", "--url", f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join(5)
    assert ended.returncode == 1 and "503" in ended.stderr


@pytest.mark.parametrize("url", ["nonsense", "https://127.0.0.1:1", "http://", "127.0.0.1:80"])
def test_healthcheck_of_a_bad_address(url):
    ended = cli("healthcheck", "--url", url)
    assert ended.returncode == 64 and url in ended.stderr


def test_ledger_of_a_running_and_a_stopped_double(double, tmp_path):
    file = tmp_path / "ledger.db"
    one = double("--database", file)
    key = one.mint(credits=100)
    assert one.ask(key["key"]).status_code == 200

    def shown():
        ended = cli("ledger", file)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert cli("ledger", file, "--verify").returncode == 0
        for word in ["demo", "hobby", "250000", key["organization"], key["key"], "93", "-7",
                     path_of("chatgpt")]:  # fmt: skip
            assert word in ended.stdout, word
        return ended.stdout

    running = shown()
    assert one.stop() == 0
    assert shown() == running
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.db"]


def test_ledger_in_json_and_of_one_key(double, tmp_path):
    file = tmp_path / "ledger.db"
    one = double("--database", file)
    key = one.mint(credits=100, organization="acme")
    one.mint(organization="acme")
    for _ in range(3):
        assert one.ask(key["key"]).status_code == 200
    entries = one.ledger(key["key"])["entries"]
    whole = cli("ledger", file, "--json")
    assert (whole.returncode, whole.stderr) == (0, "")
    names = [each["organization"] for each in json.loads(whole.stdout)["organizations"]]
    assert sorted(names) == ["acme", "demo"]
    [acme] = json.loads(cli("ledger", file, "--json", "--key", key["key"]).stdout)["organizations"]
    assert acme["entries"] == entries and len(entries) == 4
    assert (acme["plan"], acme["balance"], len(acme["keys"])) == ("hobby", 79, 2)
    assert acme["keys"][0] == {"key": key["key"], "revoked": False}
    text = cli("ledger", file, "--key", key["key"]).stdout
    assert "organization acme" in text and "demo" not in text
    verified = cli("ledger", file, "--verify", "--json")
    assert json.loads(verified.stdout) == {"consistent": True, "problems": []}
    missed = cli("ledger", file, "--key", key["key"][:-1] + "x")
    assert missed.returncode == 1 and f'did you mean "{key["key"]}"?' in missed.stderr


def test_ledger_of_more_entries_than_a_page_in_json(double, tmp_path):
    file = tmp_path / "ledger.db"
    one = double("--database", file)
    key = one.minted(credits=5)
    for _ in range(1001):
        one.patch(key, addCredits=1)
    [shown] = json.loads(cli("ledger", file, "--json", "--key", key).stdout)["organizations"]
    assert len(shown["entries"]) == 1002 and shown["entries"][-1]["balance"] == 1006


def test_ledger_finds_a_wrong_sum(double, tmp_path):
    file = tmp_path / "ledger.db"
    assert double("--database", file).stop() == 0
    with sqlite3.connect(file) as database:
        database.execute("UPDATE organization SET balance = balance + 1")
    database.close()
    ended = cli("ledger", file, "--verify")
    assert ended.returncode == 1
    assert str(file) in ended.stderr and "demo" in ended.stderr
    ended = cli("ledger", file, "--verify", "--json")
    assert ended.returncode == 1 and json.loads(ended.stdout)["consistent"] is False


def test_ledger_of_what_is_none(tmp_path):
    text = tmp_path / "text"
    text.write_text("hello, this is not a database at all\n" * 100)
    for file in (text, tmp_path / "absent", tmp_path):
        ended = cli("ledger", file)
        assert ended.returncode == 1, ended.stderr
        assert str(file) in ended.stderr and ended.stdout == ""
    assert not (tmp_path / "absent").exists()


def test_logs_go_to_standard_error_in_the_chosen_form(double, fixture_file):
    fixture = fixture_file(concurrency=1)
    one = double("--fixture", fixture, "--watch", "--log-format", "json", "--log-level", "trace")
    fixture.write_text("{")
    eventually(lambda: any("fixture" in line for line in one.stderr), "a log line")
    for line in one.stderr:
        assert isinstance(json.loads(line), dict)
    assert len(one.stdout) == 2


def replace(file, **members):
    """As editors do: written beside it and renamed over it."""
    other = file.with_suffix(".new")
    other.write_text(json.dumps({"plan": "team", **members}))
    os.replace(other, file)


@pytest.mark.parametrize("options", [{"env": {"CLORO_MOCK_WATCH": "1"}}, {}])
def test_watch_takes_over_what_changes(double, fixture_file, options):
    file = fixture_file(concurrency=3, pricing={"grok": 4})
    one = double("--fixture", file, *([] if options else ["--watch"]), **options)
    key = one.first_key

    def limit():
        return one.get(key, "/v1/async/status").json()["concurrency"]["max"]

    assert limit() == 3
    added = {"key": "sk_live_" + "e" * 32, "organization": "added"}
    replace(file, concurrency=8, pricing={"grok": 40}, keys=[added])
    eventually(lambda: limit() == 8, "the new limit")
    assert one.ask(key, "grok").headers["x-credits-charged"] == "42"
    eventually(lambda: one.get(added["key"], "/v1/credits").status_code == 200, "the new key")
    # A broken file is reported, and the old one stays.
    file.write_text('{"plan":"team","concurency":1}')
    eventually(lambda: any("concurency" in line for line in one.stderr), "the report")
    assert any("team.json" in line and '"concurrency"' in line.replace("\\", "")
               for line in one.stderr)  # fmt: skip
    assert limit() == 8 and one.ask(key, "grok").status_code == 200
    replace(file, concurrency=9)
    eventually(lambda: limit() == 9, "the repaired file")


def test_a_change_right_after_the_ready_line_is_seen(double, fixture_file):
    file = fixture_file(concurrency=3)
    for slots in range(4, 14):
        one = double("--fixture", file, "--watch")
        replace(file, concurrency=slots)

        def limit():
            return one.get(one.first_key, "/v1/async/status").json()["concurrency"]["max"]

        eventually(lambda: limit() == slots, "the new limit", seconds=3)


def test_without_watch_nothing_is_taken_over(double, fixture_file):
    file = fixture_file(concurrency=3)
    one = double("--fixture", file)
    replace(file, concurrency=8)
    one.control("POST", "reset", status=200)
    assert one.ask(one.first_key).headers["x-concurrent-limit"] == "3"
