"""`--database`: what is there again after a restart or a kill, and files that are refused."""

import asyncio
import os
import sqlite3

import pytest

from support import BUILT_IN_KEY, DEADLINE, Double, cli, eventually, path_of, question
from wire import Wire, run


@pytest.fixture
def file(tmp_path):
    return tmp_path / "ledger.db"


def settled(double, key):
    ledger = double.ledger(key, limit=10_000)
    assert ledger["consistent"] is True
    assert sum(entry["amount"] for entry in ledger["entries"]) == ledger["balance"]
    return ledger


def remove(file):
    file.unlink()


def replace(file):
    copy = file.with_name("copy")
    copy.write_bytes(file.read_bytes())
    copy.rename(file)


def cut(file):
    os.truncate(file, 100)


def remove_wal(file):
    file.with_name(f"{file.name}-wal").unlink()


def cut_index(file):
    os.truncate(file.with_name(f"{file.name}-shm"), 0)


HARMS = [(remove, "is not there any more"), (replace, "was replaced"), (cut, "was cut short"),
         (remove_wal, "is not there any more"), (cut_index, "was cut short")]  # fmt: skip


@pytest.mark.parametrize(("harm", "words"), HARMS)
def test_a_file_that_is_taken_away_is_noticed_and_said_once(double, file, harm, words):
    one = double("--database", file)
    key = one.minted(credits=100)
    assert one.ask(key).status_code == 200
    harm(file)
    for _ in range(3):
        answer = one.ask(key)
        assert answer.status_code == 500
        assert answer.json()["error"]["code"] == "INTERNAL_SERVER_ERROR"
        assert answer.headers["x-credits-charged"] == "0"
        assert answer.headers["x-credits-remaining"] == "93"
    changed = one.control("PATCH", f"keys/{key}", {"addCredits": 5})
    assert changed.status_code == 500 and words in changed.json()["error"]["message"]
    # The double still answers, and says what it had.
    assert one.control("GET", "ready").status_code == 200
    assert one.ledger(key)["balance"] == 93
    assert one.control("GET", "selfcheck").json()["problems"] == []
    assert one.stop() == 1
    eventually(lambda: one.stderr, "a line of the log")
    assert sum(words in line for line in one.stderr) == 1, one.stderr


@pytest.mark.parametrize(("harm", "words"), HARMS)
def test_a_file_that_is_taken_away_is_noticed_at_the_end(double, file, harm, words):
    one = double("--database", file)
    assert one.ask(BUILT_IN_KEY).status_code == 200
    harm(file)
    assert one.stop() == 1
    eventually(lambda: one.stderr, "a line of the log")
    assert sum(words in line for line in one.stderr) == 1, one.stderr


def test_a_link_to_a_file_is_no_harm(double, file, tmp_path):
    link = tmp_path / "link.db"
    link.symlink_to(file)
    for number in (1, 2):
        one = double("--database", link)
        assert one.ask(BUILT_IN_KEY).status_code == 200
        assert one.balance(BUILT_IN_KEY) == 250_000 - 7 * number
        assert one.stop() == 0


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_everything_is_there_again(double, file, end):
    first = double("--database", file)
    wanted = {"plan": "lite", "credits": 500, "concurrency": 3, "requestsPerSecond": 77,
              "seed": 9, "contract": "2026-10"}  # fmt: skip
    minted = first.mint(**wanted)
    joined = first.minted(organization=minted["organization"])
    revoked, removed = first.minted(), first.minted()
    first.patch(revoked, revoked=True)
    first.control("DELETE", f"keys/{removed}", status=200)
    assert [first.ask(key).status_code for key in (minted["key"], joined, BUILT_IN_KEY)] == [
        200
    ] * 3
    first.patch(joined, addCredits=11, concurrency=4)
    before = first.control("GET", "keys").json()
    entries = [settled(first, key) for key in (minted["key"], BUILT_IN_KEY)]
    getattr(first, end)()

    second = double("--database", file)
    assert second.control("GET", "keys").json() == before
    assert [settled(second, key) for key in (minted["key"], BUILT_IN_KEY)] == entries
    assert second.balance(joined) == 500 - 14 + 11
    assert [second.ask(key).status_code for key in (revoked, removed)] == [401, 401]
    assert second.ask(joined).headers["x-concurrency-limit"] == "4"
    # New names and keys don't meet the old ones.
    known = {each["key"] for each in before["keys"]}
    assert second.minted() not in known


def test_equal_organizations_stay_apart(double, file):
    """Those of a file that ask for the same share what was read, not what is changed later."""
    first = double("--database", file)
    wanted = {"credits": 500, "concurrency": 3, "seed": 9}
    kept, changed = first.minted(**wanted), first.minted(**wanted)
    other = first.minted(**wanted | {"concurrency": 5})
    planned = first.minted(**wanted, plan="lite")
    first.kill()

    second = double("--database", file)
    second.patch(changed, concurrency=4, requestsPerSecond=77)
    second.ask(changed)
    answers = [second.ask(key) for key in (kept, changed, other, planned)]
    assert [each.headers["x-concurrent-limit"] for each in answers] == ["3", "4", "5", "3"]
    assert [second.balance(key) for key in (kept, changed, other, planned)] == [493, 486, 493, 493]
    keys = {each["key"]: each for each in second.control("GET", "keys").json()["keys"]}
    assert (keys[kept]["plan"], keys[planned]["plan"]) == ("hobby", "lite")
    assert (keys[kept]["requestsPerSecond"], keys[changed]["requestsPerSecond"]) == (1000, 77)


def test_fixtures_only_create_what_the_file_lacks(double, file, fixture_file):
    keys = [{"key": "sk_live_" + "a" * 32, "organization": "acme", "credits": 100}]
    fixture = fixture_file(keys=keys, concurrency=2)
    first = double("--database", file, "--fixture", fixture)
    assert first.ask(keys[0]["key"]).status_code == 200
    assert first.stop() == 0
    keys.append({"key": "sk_live_" + "b" * 32, "organization": "other", "credits": 50})
    fixture = fixture_file(keys=[keys[0] | {"credits": 999}, keys[1]], concurrency=2)
    second = double("--database", file, "--fixture", fixture)
    assert second.balance(keys[0]["key"]) == 93
    assert second.balance(keys[1]["key"]) == 50


def test_a_removed_key_of_a_fixture_comes_back_whole(double, file):
    first = double("--database", file)
    first.control("DELETE", f"keys/{BUILT_IN_KEY}", status=200)
    assert first.stop() == 0
    assert double("--database", file).balance(BUILT_IN_KEY) == 250_000


def test_another_plan_on_an_old_file_still_starts(double, file, fixture_file):
    first = double("--database", file, "--fixture", fixture_file(concurrency=3))
    key = first.minted(plan="team")
    assert first.stop() == 0
    # Without its fixture the plan is unknown: the key must still work.
    second = double("--database", file)
    assert second.ask(key).status_code == 200


def test_reset_is_kept(double, file):
    first = double("--database", file)
    first.ask(BUILT_IN_KEY)
    first.patch(BUILT_IN_KEY, revoked=True)
    minted = first.minted()
    first.control("POST", "reset", status=200)
    first.kill()
    second = double("--database", file)
    assert second.ask(minted).status_code == 401
    assert settled(second, BUILT_IN_KEY)["balance"] == 250_000
    assert second.ask(BUILT_IN_KEY).status_code == 200


async def load(double, key, connections, enough):
    """Asks until the double is gone; the balances of the 200s that arrived."""
    acknowledged = []
    loaded = asyncio.Event()

    async def work():
        try:
            wire = await Wire.open(double.port)
            while True:
                answer = await wire.ask("POST", path_of("chatgpt"), key, question("chatgpt"))
                assert answer.status == 200
                acknowledged.append(answer.number("x-credits-remaining"))
                if len(acknowledged) >= enough:
                    loaded.set()
        except (ConnectionError, asyncio.IncompleteReadError, OSError):
            return

    async def end():
        await asyncio.wait_for(loaded.wait(), DEADLINE)
        double.process.kill()

    await asyncio.gather(end(), *[work() for _ in range(connections)])
    return acknowledged


def test_no_acknowledged_charge_is_lost_by_a_kill(file):
    key, expected = None, 0
    for number in range(5):
        double = Double("--database", file, "--plan", "enterprise-5k")
        key = key or double.minted(
            credits=10**6, concurrency=10**4, requestsPerSecond=10**6, latency="0ms"
        )
        before = settled(double, key)
        acknowledged = run(load(double, key, connections=16, enough=200 + 50 * number), 30)
        double.kill()
        assert len(acknowledged) >= 200
        double = Double("--database", file)
        after = settled(double, key)
        charged = {entry["balance"] for entry in after["entries"][len(before["entries"]) :]}
        assert set(acknowledged) <= charged
        # Sixteen connections can have at most one charge each that nobody heard of.
        assert len(acknowledged) <= len(charged) <= len(acknowledged) + 16
        expected = before["balance"] - 7 * len(charged)
        assert after["balance"] == expected
        assert double.stop() == 0
        assert cli("ledger", file, "--verify").returncode == 0
    assert expected < 10**6


def refused(file, *words):
    ended = cli("--port", "0", "--database", file)
    assert ended.returncode == 1, ended.stderr
    assert ended.stdout == ""
    assert str(file) in ended.stderr and len(ended.stderr.splitlines()) == 1, ended.stderr
    for word in words:
        assert word in ended.stderr


def test_a_text_file_is_refused_and_left_alone(file):
    file.write_text("Dear diary, today I ran a test.\n" * 50)
    before = file.read_bytes()
    refused(file)
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == ["ledger.db"]


def test_another_application_s_database_is_refused_and_left_alone(file):
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE organization (name TEXT)")
        database.execute("INSERT INTO organization VALUES ('mine')")
    database.close()
    before = file.read_bytes()
    refused(file)
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == ["ledger.db"]


def test_a_newer_version_is_refused_and_left_alone(double, file):
    assert double("--database", file).stop() == 0
    with sqlite3.connect(file) as database:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute(f"PRAGMA user_version = {version + 1}")
    database.close()
    before = file.read_bytes()
    refused(file, "version")
    assert file.read_bytes() == before


def test_a_folder_and_an_unreachable_file_are_refused(tmp_path):
    refused(tmp_path)
    refused(tmp_path / "absent" / "ledger.db")


def test_a_damaged_file_is_refused(double, file):
    assert double("--database", file).stop() == 0
    file.write_bytes(file.read_bytes()[:5000])
    ended = cli("--port", "0", "--database", file)
    assert ended.returncode == 1 and str(file) in ended.stderr


def test_an_empty_file_becomes_a_ledger(double, file):
    file.touch()
    one = double("--database", file)
    assert one.ask(one.first_key).status_code == 200


def test_a_second_double_on_the_same_file_is_refused(double, file):
    one = double("--database", file)
    refused(file, "in use")
    assert one.ask(one.first_key).status_code == 200
    assert one.stop() == 0
    again = double("--database", file)
    assert again.balance(BUILT_IN_KEY) == 249_993


def test_a_stopped_ledger_is_one_lone_file(double, file):
    one = double("--database", file)
    one.ask(one.first_key)
    assert one.stop() == 0
    assert os.listdir(file.parent) == ["ledger.db"]


def test_a_ledger_can_be_read_while_it_is_written(double, file):
    one = double("--database", file)
    for _ in range(5):
        assert one.ask(one.first_key).status_code == 200
        assert cli("ledger", file, "--verify").returncode == 0


def test_a_name_that_sqlite_treats_specially_is_a_file(double, tmp_path):
    one = double("--database", "./:memory:", cwd=tmp_path)
    one.ask(one.first_key)
    eventually(lambda: os.listdir(tmp_path), "a file")
