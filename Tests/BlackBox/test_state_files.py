"""State as files: what a process saves another one goes on with."""

import json
import os
import stat
import subprocess

import pytest

from async_support import drive, hooked, listed, read, submit, submit_batch, task
from control_support import fault, restore, snapshot, stub
from receiver import Receiver
from support import BINARY, BUILT_IN_KEY, cli, eventually, own_port
from test_recordings import kept, recording
from wire import RawConnection

REVISIONS = ["2026-07", "2026-10"]


def download(double, name, **query):
    return double.control("GET", f"snapshots/{name}", status=200, **query).json()


def upload(double, name, document, status=201):
    return double.control("PUT", f"snapshots/{name}", document, status=status).json()


def face(double, key):
    """All that shows of an organization."""
    tasks = listed(double, key)
    return {
        "key": double.control("GET", f"keys/{key}").json(),
        "ledger": double.ledger(key),
        "tasks": tasks,
        "answers": [read(double, key, each["id"]) for each in tasks],
        "rules": [
            double.control("GET", kind, key=key).json() for kind in ("faults", "responses")
        ],
        "webhooks": double.control("GET", "webhooks", key=key).json(),
    }


def next_ones(double, key):
    """What comes next: identifiers, draws, counters."""
    double.patch(key, latency="0ms", concurrency=20)
    answers = [double.ask(key, text=f"Next {number}?") for number in range(3)]
    minted = double.control("POST", "keys", {}, status=201).json()
    made = fault(double, {"kind": "status", "status": 503}, key, match={"path": "/v1/states"})
    entries = double.control("GET", "journal", key=key).json()["entries"]
    return (
        [(each.status_code, each.content) for each in answers],
        [each["requestId"] for each in entries[-3:]],
        submit(double, key, task(idempotencyKey="next")),
        (minted["key"], minted["organization"]),
        made["id"],
    )


def prepare(one, key, receiver):
    """An organization with something of everything."""
    stub(one, key, sequence=[{"result": {"text": f"answer {n}"}} for n in range(5)])
    fault(one, {"kind": "status", "status": 502}, key, match={"path": "/v1/countries"}, times=3)
    fault(one, {"kind": "webhook_drop"}, key, times=2)
    one.ask(key)
    one.patch(key, latency="10s")
    failed, done = submit_batch(one, key, [task(text="failed"), task(text="done")])
    drive(one, failed, "fail", {"code": "X", "message": "y"})
    submit(one, key, hooked(receiver, text="hooked"))
    one.advance(20)
    submit_batch(one, key, [task(text=f"queued {n}", idempotencyKey=f"k{n}") for n in range(6)])
    one.advance(3)


@pytest.mark.parametrize("revision", REVISIONS)
def test_another_process_goes_on_where_one_has_saved(double, tmp_path, revision):
    with Receiver() as receiver:
        one = double("--clock", "manual", "--contract", revision, "--seed", "7")
        key = one.minted(concurrency=2, credits=500, webhookSecret="whsec_x")
        prepare(one, key, receiver)
        snapshot(one, "a")
        document = download(one, "a")
        before, balance = face(one, key), one.ledger(key)["balance"]
        file = tmp_path / "state.json"
        file.write_text(json.dumps(document))

        others = [double("--snapshot", str(file)) for _ in range(2)]
        for other in others:
            assert other.control("GET", "clock").json() == one.control("GET", "clock").json()
            # Once more through a document: nothing is lost on the way.
            snapshot(other, "b")
            assert download(other, "b") == document
            assert face(other, key) == before
            assert other.ledger(key)["consistent"] is True
        following = [next_ones(each, key) for each in [one, *others]]
        assert following[0] == following[1] == following[2]
        for each in [one, *others]:
            each.advance(200)
        ends = [
            [(row["id"], row["status"]) for row in listed(each, key)]
            for each in [one, *others]
        ]
        assert ends[0] == ends[1] == ends[2]
        assert {row[1] for row in ends[0]} == {"COMPLETED", "FAILED"}
        assert others[0].ledger(key)["balance"] == one.ledger(key)["balance"] < balance
        assert others[0].ledger(key)["consistent"] is True


def test_a_state_is_saved_under_load(double, tmp_path):
    one = double("--latency", "20ms")
    key = one.minted(concurrency=20)
    for _ in range(5):
        submit_batch(one, key, [task(text=f"load {n}") for n in range(40)])
    snapshot(one, "a")
    document = download(one, "a")
    (organization,) = [
        each for each in document["organizations"] if each["keys"][0]["key"] == key
    ]
    records = organization["tasks"]["records"]
    charged = [each for each in records if each["state"] == "completed"]
    entries = [each for each in organization["entries"] if each["kind"] == "charge"]
    assert len(records) == 200
    # A task is finished there if and only if it is charged there.
    assert {each["id"] for each in charged} == {each["taskId"] for each in entries}
    file = tmp_path / "state.json"
    file.write_text(json.dumps(document))
    other = double("--snapshot", str(file))
    eventually(lambda: len(listed(other, key, "COMPLETED")) == 200, "all tasks are completed")
    assert other.ledger(key)["consistent"] is True
    ledger = other.control("GET", "ledger", key=key, limit=300, status=200).json()
    assert len(ledger["entries"]) == 201


def test_one_organization_goes_into_another_double(double):
    one, other = double("--clock", "manual", "--contract", "2026-10", "--seed", "3"), double(
        "--clock", "manual"
    )
    key = one.minted(credits=90)
    one.ask(key)
    snapshot(one, "a")
    document = download(one, "a", key=key)
    assert [each["keys"][0]["key"] for each in document["organizations"]] == [key]
    assert "common" not in document
    upload(other, "x", document)
    assert [each["id"] for each in other.control("GET", "snapshots").json()["snapshots"]] == ["x"]
    restore(other, "x")
    # The other organizations stay, and what was the double's own is the organization's now.
    assert other.control("GET", f"keys/{BUILT_IN_KEY}", status=200)
    assert other.control("GET", f"keys/{key}").json() == one.control("GET", f"keys/{key}").json()
    assert one.ask(key).content == other.ask(key).content


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: d.update(schemaVersion=2), "schemaVersion"),
        (lambda d: d.update(extra=1), "extra"),
        (lambda d: d["organizations"][0].update(balance=1), "organizations[0].balance"),
        (
            lambda d: d["organizations"][0]["entries"][0].update(balance=7),
            "organizations[0].entries[0].balance",
        ),
        (
            lambda d: d["organizations"][0]["settings"].update(plan="hobbyy"),
            "organizations[0].settings.plan",
        ),
        (
            lambda d: d["organizations"].append(d["organizations"][0]),
            "organizations[1].name",
        ),
        (
            lambda d: d["organizations"][0]["keys"][0].update(key="x"),
            "organizations[0].keys[0].key",
        ),
        (lambda d: d["organizations"][0].pop("tasks"), "organizations[0].tasks"),
    ],
)
def test_a_document_that_cannot_be_used_is_refused(double, tmp_path, change, path):
    one = double()
    snapshot(one, "a")
    document = download(one, "a")
    change(document)
    refusal = upload(one, "b", document, status=400)["error"]
    assert path in [each["field"] for each in refusal["details"]]
    assert [each["id"] for each in one.control("GET", "snapshots").json()["snapshots"]] == ["a"]
    file = tmp_path / "state.json"
    file.write_text(json.dumps(document))
    ended = subprocess.run(
        [BINARY, "--port", "0", "--snapshot", file], capture_output=True, text=True, timeout=90
    )
    assert ended.returncode == 65 and ended.stdout == ""
    assert f"{file}: {path}: " in ended.stderr


def test_recordings_go_on_with_the_answer_that_was_next(double, tmp_path):
    folder = tmp_path / "recordings"
    folder.mkdir()
    texts = [recording(text, sequence=number)[0] for number, text in enumerate("abcd", 1)]
    one = double("--replay", kept(folder, *texts))
    key = one.minted()

    def following(who):
        return [who.ask(key).json()["result"]["text"] for _ in range(3)]

    assert following(one) == ["a", "b", "c"]
    restored = one.minted()
    one.ask(restored)
    snapshot(one, "first", key=restored)
    assert one.ask(restored).json()["result"]["text"] == "b"
    restore(one, "first", key=restored)
    assert one.ask(restored).json()["result"]["text"] == "b"
    snapshot(one, "a")
    file = tmp_path / "state.json"
    file.write_text(json.dumps(download(one, "a")))
    same = double("--replay", folder, "--snapshot", file)
    assert following(same) == following(one) == ["d", "d", "d"]
    # Fewer answers than it has had: the last one stays.
    for number in (2, 3):
        (folder / f"{number}.json").unlink()
    fewer = double("--replay", folder, "--snapshot", file)
    assert following(fewer) == ["b", "b", "b"]
    # None at all: the provider's template.
    assert double("--snapshot", file).ask(key).status_code == 200


def test_a_result_keeps_its_bytes_and_its_link_leads_to_the_same_address(double, tmp_path):
    one = double("--clock", "manual", "--port", own_port())
    key = one.minted()
    asked = submit(one, key, task(payload={"include": {"html": True}}))
    one.advance(1)
    answer = one.get(key, f"/v1/async/task/{asked}").content
    link = json.loads(answer)["response"]["html"]
    page = one.http.get(link)
    assert link.startswith(one.url) and page.status_code == 200
    snapshot(one, "a")
    file = tmp_path / "state.json"
    file.write_text(json.dumps(download(one, "a")))
    elsewhere = double("--snapshot", file)
    assert elsewhere.get(key, f"/v1/async/task/{asked}").content == answer
    assert elsewhere.http.get(link.removeprefix(one.url)).content == page.content
    one.stop()
    there = double("--snapshot", file, "--port", one.port)
    assert there.http.get(link).content == page.content


def test_a_document_that_is_too_large_for_a_request_is_loaded_at_the_start(double, tmp_path):
    one = double()
    key = one.minted(credits=41)
    snapshot(one, "a")
    document, most = download(one, "a"), 32 << 20

    def told(path, head, body=b""):
        with RawConnection(one.port) as line:
            line.send(f"PUT /_mock/{path} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode() + body)
            answer = line.answer("PUT")
        assert answer.status == 413
        return "--snapshot FILE" in json.loads(answer.body)["error"]["message"]

    assert told("snapshots/b", f"Content-Length: {most + 1}")
    assert told("snapshots/b", "Transfer-Encoding: chunked", f"{most + 1:x}\r\n".encode())
    assert not told("clock", f"Content-Length: {most + 1}")
    file = tmp_path / "state.json"
    file.write_bytes(json.dumps(document).encode() + b" " * most)
    ended = cli("snapshot", "load", str(file), "--url", one.url)
    assert ended.returncode == 1 and f"{file}: " in ended.stderr
    assert f"more than the {most}" in ended.stderr and "--snapshot FILE" in ended.stderr
    assert double("--snapshot", file).ledger(key)["balance"] == 41


def test_the_command_saves_lists_loads_and_deletes(double, tmp_path):
    one = double("--admin-token", "secret", "--clock", "manual")
    file = tmp_path / "my state.json"

    def command(*words, status=0, token="secret"):
        ended = subprocess.run(
            [BINARY, "snapshot", *words, "--url", one.url], capture_output=True, text=True,
            timeout=90, env={**os.environ, "CLORO_MOCK_ADMIN_TOKEN": token},
        )  # fmt: skip
        assert ended.returncode == status, ended.stderr
        return ended.stdout, ended.stderr

    def balance():
        admin = {"Authorization": "Bearer secret"}
        return one.http.get("/_mock/ledger", headers=admin).json()["balance"]

    before = balance()
    command("save", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["schemaVersion"] == 1
    one.ask(BUILT_IN_KEY)
    assert balance() < before
    assert command("list")[0].startswith("my state ")
    command("delete", "my state")
    assert command("list")[0] == ""
    command("load", str(file))
    assert balance() == before
    assert "There is no snapshot" in command("delete", "other", status=1)[1]
    assert "401" in command("list", status=1, token="wrong")[1]
    file.write_text("{")
    assert "JSON" in command("load", str(file), status=1)[1]


def test_a_database_that_has_organizations_goes_on_with_those(double, tmp_path):
    one = double()
    snapshot(one, "a")
    file, database = tmp_path / "state.json", tmp_path / "ledger.db"
    file.write_text(json.dumps(download(one, "a")))
    first = double("--database", str(database), "--snapshot", str(file))
    first.ask(BUILT_IN_KEY)
    balance = first.ledger(BUILT_IN_KEY)["balance"]
    first.stop()
    again = double("--database", str(database), "--snapshot", str(file))
    assert again.ledger(BUILT_IN_KEY)["balance"] == balance
    assert again.ledger(BUILT_IN_KEY)["consistent"] is True
