"""A recorder before a service that echoes secrets, breaks its answers and lies, and a disk and a
process that end in the middle: no secret is kept, and no client goes without its answer."""

import gzip
import json
import random
import stat
import subprocess
import threading
from pathlib import Path

import httpx
import pytest

from async_support import finished, submit, task
from control_support import Background
from hostile_service import (
    Service,
    answer,
    certificate,
    chunked,
    disguises,
    given_away,
    success,
)
from support import BINARY, Double, eventually, path_of, question
from test_recordings import UPSTREAM_KEY, files, result_of

ADMIN = "admin-token-of-this-test"
PLAN_SECRET = "webhook-secret~~~~of-the-plan"
OWN_SECRET = "webhook-secret-of-one-key"
COOKIES = ["first-biscuit-4711", "second-biscuit-0815"]
GIVEN_COOKIE, REQUEST_ID = "set-by-the-service-99", "req-5f2c8e1b-upstream"
TOKEN = "ghp_tokenOfSomebody4711"
MORE = ["--max-credits", "1000000"]


def recorder(double, service, folder, *flags, before=(BINARY,)):
    """A double that records, started by itself or by what stands `before`."""
    binary, *words = before
    return double(*words, "--record", folder, "--upstream", service.url, *flags, "--port", "0",
                  binary=binary, env={"CLORO_MOCK_UPSTREAM_KEY": UPSTREAM_KEY})  # fmt: skip


def shown_by(live, folder=None):
    """All that a recorder writes and shows, by where it stands."""
    texts = {"stdout": "\n".join(live.stdout), "stderr": "\n".join(live.stderr)}
    for format in ("json", "har", "jsonl"):
        texts[f"journal as {format}"] = live.http.get(
            "/_mock/journal", params={"limit": 1000, "format": format}).text  # fmt: skip
    for format in ("json", "junit", "markdown"):
        texts[f"report as {format}"] = live.http.get(
            "/_mock/report", params={"format": format}).text  # fmt: skip
    texts["metrics"] = live.http.get("/_mock/metrics").text
    return texts


def kept(folder):
    """The bytes of all files, whatever they are called, after a look at their modes."""
    paths = list(Path(folder).iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} <= {0o600}
    assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700
    return {path.name: path.read_bytes() for path in paths}


def readable(folder):
    """The recordings, after a start that has read them all."""
    assert Double("--replay", folder).stop() == 0
    return files(folder)


# MARK: Secrets


@pytest.mark.parametrize("place", ["value", "name", "error", "unauthorized", "task", "failure"])
def test_the_service_s_key_reaches_nobody_in_any_disguise(double, tmp_path, place):
    folder = tmp_path / "recordings"
    hidden = {f"{name}?": text.encode() for name, text in disguises(UPSTREAM_KEY).items()}

    def echoed(one):
        if one.method == "GET":
            status = "FAILED" if place == "failure" else "COMPLETED"
            text = hidden[texts[one.path.rsplit("/", 1)[1]]]
            response = {
                "failure": b'{"error":{"code":"BAD","message":"no %s"}}' % text,
                "task": b'{"text":"it is %s"}' % text,
            }[place]
            return answer(b'{"success":true,"task":{"id":"t","status":"%s"},"response":%s}'
                          % (status.encode(), response))  # fmt: skip
        if one.path == "/v1/async/task":
            texts[str(len(texts))] = one.text
            made = {"id": str(len(texts) - 1), "status": "QUEUED"}
            return answer({"success": True, "task": made})
        text = hidden.get(one.text, b"harmless")
        return {
            "value": success(b'{"text":"it is %s"}' % text),
            "name": success(b'{"text":"it is","%s":1}' % text),
            "error": answer(b'{"error":{"code":"BAD","message":"no %s"}}' % text, 500),
            "unauthorized": answer(b'{"error":{"code":"NO","message":"%s?"}}' % text, 401),
        }[place]

    texts = {}
    with Service(echoed) as service:
        live = recorder(double, service, folder, "--record-errors", *MORE)
        key = live.minted(credits=1000, concurrency=50)
        for text in hidden:
            if place in ("task", "failure"):
                ended = finished(live, key, submit(live, key, task(text=text)))
                assert ended["task"]["status"] == "FAILED"
                assert not given_away({UPSTREAM_KEY}, json.dumps(ended)), (text, ended)
            else:
                given = live.ask(key, text=text)
                assert not given_away({UPSTREAM_KEY}, given.content), (text, given.text)
                assert given.status_code == 502, (text, given.text)
        for where, shown in shown_by(live).items():
            assert not given_away({UPSTREAM_KEY}, shown), where
        assert kept(folder) == {}
        # What has no key in it is passed on and kept.
        if place not in ("task", "failure"):
            live.ask(key, text="harmless")
            assert len(readable(folder)) == 1


def test_nobody_s_secret_is_recorded_in_any_disguise(double, fixture_file, tmp_path):
    folder = tmp_path / "recordings"
    file = fixture_file(webhooks={"secret": PLAN_SECRET})
    other = "sk_test_" + "0123456789abcdef" * 2
    secrets = {
        "another's key": other, "the admin's token": ADMIN, "the plan's secret": PLAN_SECRET,
        "a key's secret": OWN_SECRET, "a cookie": COOKIES[0], "another cookie": COOKIES[1],
        "the cookie that is set": GIVEN_COOKIE, "the request's name": REQUEST_ID,
        "a token in a header": TOKEN,
    }  # fmt: skip
    hidden = {}

    def echoed(one):
        return success(
            b'{"text":"%s"}' % hidden.get(one.text, "harmless").encode(),
            f"Set-Cookie: session={GIVEN_COOKIE}; Path=/; HttpOnly",
            f"X-Request-Id: {REQUEST_ID}", f"Authorization: Bearer {TOKEN}",
            f"X-Echo: {UPSTREAM_KEY}", f"X-Credits-Charged: {UPSTREAM_KEY}",
            f"Content-Type: application/json; key={UPSTREAM_KEY}",
        )  # fmt: skip

    with Service(echoed) as service:
        live = recorder(double, service, folder, "--fixture", file, "--admin-token", ADMIN, *MORE)
        admin = {"Authorization": f"Bearer {ADMIN}"}
        minted = {"webhookSecret": OWN_SECRET, "credits": 100_000, "concurrency": 50}
        key = live.http.post("/_mock/keys", json=minted, headers=admin).json()["key"]
        secrets["the client's key"] = key
        for owner, secret in secrets.items():
            for name, text in disguises(secret).items():
                # A key that nobody here knows is found by its form alone.
                if owner != "another's key" or not name.startswith(("base64", "hexa")):
                    hidden[f"{owner}, {name}"] = text
        headers = {"Authorization": f"Bearer {key}",
                   "Cookie": f"first={COOKIES[0]}; second=\"{COOKIES[1]}\""}  # fmt: skip
        for text in [*hidden, "harmless"]:
            given = live.http.post(path_of("chatgpt"), json=question("chatgpt", text),
                                   headers=headers)  # fmt: skip
            assert given.status_code == 200, (text, given.text)
        recorded = {each["request"]["prompt"] for each in readable(folder)}
        assert recorded == {"harmless"}
        for name, content in kept(folder).items():
            assert not given_away({*secrets.values(), UPSTREAM_KEY}, content), name
        # The service is told none of them either.
        for one in service.seen:
            told = json.dumps([one.headers, one.path]) + one.body.decode()
            assert not given_away(set(secrets.values()), told), told
            assert one.headers["authorization"] == f"Bearer {UPSTREAM_KEY}"
        # One line says that something was left out, and no line what.
        assert len([line for line in live.stderr if "not recorded" in line]) == 1
        lines = "\n".join(live.stdout[len(live.key_lines) + 1 :] + live.stderr)
        assert not given_away({*secrets.values(), UPSTREAM_KEY}, lines)


def test_a_secret_in_pieces_is_found(double, tmp_path):
    folder = tmp_path / "recordings"
    body = b'{"success":true,"result":{"text":"it is %s"}}' % UPSTREAM_KEY.encode()
    with Service(lambda one: chunked(body)) as service:
        live = recorder(double, service, folder)
        assert live.ask(live.first_key).status_code == 502
        assert kept(folder) == {}


# MARK: Where the key goes


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_follows_no_redirection(double, tmp_path, status):
    with Service(lambda one: success({"text": "elsewhere"})) as other:
        moved = answer({"error": "moved"}, status, f"Location: {other.url}/v1/monitor/chatgpt")
        with Service(lambda one: moved) as service:
            live = recorder(double, service, tmp_path / "r", "--record-errors")
            given = live.ask(live.first_key)
            assert given.status_code in (status, 502) and "location" not in given.headers
            assert len(service.seen) == 1 and other.seen == []


@pytest.mark.parametrize("reason", ["self-signed", "another host's", "expired"])
def test_a_certificate_that_proves_nothing_gets_no_key(double, tmp_path, reason):
    host = "DNS:example.com" if reason == "another host's" else "IP:127.0.0.1"
    file, context = certificate(tmp_path, "service", host, days=0 if reason == "expired" else 2)
    trusted = [] if reason == "self-signed" else ["--upstream-ca", file]
    with Service(lambda one: success({"text": "yes"}), context) as service:
        live = recorder(double, service, tmp_path / "r", *trusted)
        assert live.ask(live.first_key).status_code == 502
        ended = finished(live, live.first_key, submit(live, live.first_key))
        assert ended["task"]["status"] == "FAILED"
        assert service.seen == [] and kept(tmp_path / "r") == {}


def test_a_certificate_that_is_trusted_gets_the_key(double, tmp_path):
    file, context = certificate(tmp_path, "service")
    with Service(lambda one: success({"text": "yes"}), context) as service:
        live = recorder(double, service, tmp_path / "r", "--upstream-ca", file)
        assert live.ask(live.first_key).status_code == 200
        assert len(readable(tmp_path / "r")) == 1


# MARK: Broken answers

LONG = b'{"success":true,"result":{"text":"' + b"x" * (33 << 20) + b'"}}'
DEEP = b'{"a":' * 126 + b"1" + b"}" * 126
BROKEN = {
    "too long": lambda: answer(LONG),
    "closes at once": lambda: b"",
    "closes within the head": lambda: b"HTTP/1.1 200 OK\r\nContent-",
    "closes within the body": lambda: answer({"success": True}, length=1000),
    "closes within a chunk": lambda: list(chunked(b'{"success":true,"result":{}}'))[:9],
    "a length too short": lambda: answer({"success": True, "result": {"text": "x"}}, length=9),
    "a length below 0": lambda: answer({"success": True}, length=-5),
    "two lengths": lambda: answer(b"{}", 200, "Content-Length: 7"),
    "compressed": lambda: answer(gzip.compress(b'{"success":true,"result":{}}'), 200,
                                 "Content-Encoding: gzip"),
    "no UTF-8": lambda: success(b'{"text":"\xff\xfe"}'),
    "no JSON": lambda: answer(b"<html>It works!</html>"),
    "half of its JSON": lambda: answer(b'{"success":true,"result":{"text"'),
    "JSON and more": lambda: answer(b'{"success":true,"result":{}} {}'),
    "a list": lambda: answer(b"[]"),
    "no result": lambda: answer({"success": True}),
    "null for a result": lambda: success(None),
    "a text for a result": lambda: success("text"),
    "an error in a 200": lambda: answer({"success": False, "error": {"code": "OOPS"}}),
    "nested too deeply": lambda: success(b'{"a":' * 200 + b"1" + b"}" * 200),
    "another protocol": lambda: b"SSH-2.0-OpenSSH_9.2\r\n",
}  # fmt: skip


def test_a_broken_answer_is_a_502_and_no_recording(double, tmp_path):
    folder = tmp_path / "r"
    with Service(lambda one: BROKEN.get(one.text, lambda: success({"text": "x"}))()) as service:
        live = recorder(double, service, folder, "--record-errors", *MORE)
        key = live.minted(credits=1000)
        for name in BROKEN:
            given = live.ask(key, text=name)
            assert given.status_code == 502, (name, given.text)
            assert given.json()["error"]["code"], name
        # Nobody paid for one, and the next question is answered.
        assert live.balance(key) == 1000
        assert live.ask(key).status_code == 200
        assert [each["request"]["prompt"] for each in readable(folder)] == [
            question("chatgpt")["prompt"]]  # fmt: skip


def test_an_answer_in_drips_is_kept_byte_for_byte(double, tmp_path):
    result = '{"text": "caf\\u00e9 – é","n":1.50e+2 ,"deep":%s}' % DEEP.decode()
    body = b'{"success":true,"result":' + result.encode() + b"}"
    with Service(lambda one: chunked(body)) as service:
        live = recorder(double, service, tmp_path / "r")
        assert result_of(live.ask(live.first_key)) == result
        readable(tmp_path / "r")
        (path,) = (tmp_path / "r").iterdir()
        assert f'"result": {result}\n' in path.read_text()


def test_a_long_answer_is_kept_without_holding_up_others(double, tmp_path):
    def made(one):
        return success({"text": "x" * (1 << 20) if one.text == "long" else "short"})

    with Service(made) as service:
        live = recorder(double, service, tmp_path / "r", *MORE)
        key = live.minted(credits=1000)
        long = Background(live.ask, key, text="long")
        eventually(lambda: service.seen, "the long question")
        with httpx.Client(base_url=live.url, timeout=90) as other:
            given = other.post(path_of("grok"), json=question("grok", "short"),
                               headers={"Authorization": f"Bearer {key}"})  # fmt: skip
        assert given.status_code == 200
        assert len(result_of(long.result())) > 1 << 20
        assert len(readable(tmp_path / "r")) == 2


ODD = [100, 199, 201, 204, 205, 304, 400, 401, 403, 404, 429, 500, 503, 599, 600, 999]


@pytest.mark.parametrize("flags", [[], ["--record-errors"]])
def test_any_status_reaches_the_client_and_leaves_its_connection_whole(double, tmp_path, flags):
    def made(one):
        return answer({"error": {"code": "C", "message": "m"}}, int(one.text), "Retry-After: 3")

    with Service(made) as service:
        live = recorder(double, service, tmp_path / "r", *flags, *MORE)
        key = live.minted(credits=1000)
        # All over one connection: what one answer left on it would garble the next.
        for status in ODD:
            given = live.ask(key, text=str(status))
            passed = 400 <= status < 600
            assert given.status_code == (status if passed else 502), given.text
            if passed:
                assert given.json()["error"]["code"] == "C"
                assert given.headers["retry-after"] == "3"
        assert live.balance(key) == 1000
        kept_ones = {each["status"] for each in readable(tmp_path / "r")}
        assert kept_ones == ({s for s in ODD if 400 <= s < 600} if flags else set())


# MARK: Lies about credits

LIES = [0, -1, -(10**9), 10**9, 10**9 + 1, 10**17, 2**63 - 1, 2**63, 10**30, 1.5, "7", None]


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_credits_moves_no_cap_and_ends_nothing(double, tmp_path, lie):
    """The service's charge is what it says, but never less than nothing, and no number that the
    recorder can't add up or read again."""

    def made(one):
        if one.method == "GET":
            return answer({"task": {"id": "t", "status": "COMPLETED"},
                           "credits": {"creditsCharged": lie},
                           "response": {"text": "x"}})  # fmt: skip
        if one.path == "/v1/async/task":
            return answer({"success": True, "task": {"id": "t-of-the-service"}})
        return success({"text": "x"}, f"X-Credits-Charged: {lie}")

    with Service(made) as service:
        live = recorder(double, service, tmp_path / "r", "--max-credits", "70")
        key = live.minted(credits=10_000)
        for number in range(6):
            assert live.ask(key, text=f"{number}").status_code == 200
            ended = finished(live, key, submit(live, key, task(text=f"task {number}")))
            assert ended["task"]["status"] == "COMPLETED"
        asked = len([one for one in service.seen if one.method == "POST"])
        # Twelve cost 72 credits.
        assert asked == 12 if lie == 0 else 0 < asked < 12
        readable(tmp_path / "r")
        assert live.stop() == 0


def test_an_error_as_deep_as_can_be_read_is_read_again(double, tmp_path):
    # In its file it stands one level deeper than it came.
    def made(one):
        depth = int(one.text)
        return answer(b'{"a":' * depth + b"1" + b"}" * depth, 500)

    with Service(made) as service:
        live = recorder(double, service, tmp_path / "r", "--record-errors", *MORE)
        for depth in range(120, 131):
            assert live.ask(live.first_key, text=str(depth)).status_code == 500
        assert len(readable(tmp_path / "r")) >= 7


# MARK: Services that never end


def test_a_service_that_never_answers_holds_up_no_stop(double, tmp_path):
    def silent(one):
        yield b"HTTP/1.1 200 OK\r\n"
        over.wait(30)

    over = threading.Event()
    with Service(silent) as service:
        live = recorder(double, service, tmp_path / "r")
        key = live.minted(concurrency=50)

        def ask():
            with httpx.Client(base_url=live.url, timeout=90) as client:
                try:
                    client.post(path_of("chatgpt"), json=question("chatgpt"),
                                headers={"Authorization": f"Bearer {key}"})  # fmt: skip
                except httpx.HTTPError:
                    pass  # it lost its connection, for the double is gone

        asking = [Background(ask) for _ in range(4)]
        eventually(lambda: len(service.seen) == 4, "four questions")
        assert live.stop() == 0
        for each in asking:
            each.result()
        over.set()
        assert kept(tmp_path / "r") == {}


# MARK: Disks

DISKS = {
    "full": 'mount -t tmpfs -o size=20k,mode=700 none "$0"; exec "$@"',
    "read-only": 'mount -t tmpfs -o ro,mode=700 none "$0"; exec "$@"',
}


@pytest.mark.parametrize("disk", DISKS)
def test_a_disk_that_takes_nothing_costs_no_answer(double, tmp_path, disk):
    folder = tmp_path / "r"
    folder.mkdir(mode=0o700)
    mounting = ["unshare", "--map-root-user", "--mount", "sh", "-c", DISKS[disk], folder]
    try:
        tried = subprocess.run([*mounting, "true"], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if tried.returncode:
        pytest.skip(f"this user may mount nothing: {tried.stderr.strip()}")
    long = {"text": "x" * 6000}
    with Service(lambda one: success(long)) as service:
        live = recorder(double, service, folder, *MORE, before=[*mounting, BINARY])
        key = live.minted(credits=1000)
        for number in range(8):
            given = live.ask(key, text=f"Question {number}")
            assert given.json()["result"] == long
        seen = Path(f"/proc/{live.process.pid}/root{folder}")
        made = [json.loads(path.read_text()) for path in seen.glob("*.json")]
        # Whole files, and nothing half done beside them.
        assert len(made) == len(list(seen.iterdir())) == (2 if disk == "full" else 0)
        said = [line for line in live.stderr if "could not be recorded" in line]
        assert len(said) == 1, live.stderr


# MARK: Kills


def test_a_kill_at_any_moment_leaves_whole_files_only(double, tmp_path):
    folder = tmp_path / "r"
    chance = random.Random(4711)
    long = {"text": "x" * 20_000}

    def ask(live, key, client, number):
        with httpx.Client(base_url=live.url, timeout=90) as http:
            for count in range(10_000):
                text = f"Client {client}, round {number}, question {count}"
                try:
                    http.post(path_of("grok"), json=question("grok", text),
                              headers={"Authorization": f"Bearer {key}"})  # fmt: skip
                except httpx.HTTPError:
                    return

    before = 0
    with Service(lambda one: success(long)) as service:
        for number in range(5):
            # Each start reads what the last one has left.
            live = recorder(double, service, folder, "--max-credits", "1000000")
            key = live.minted(credits=1_000_000, concurrency=50)
            asking = [Background(ask, live, key, client, number) for client in range(8)]
            # After some files more, whatever else is half done then.
            wanted = before + chance.randint(5, 25)
            eventually(lambda: len(list(folder.glob("*.json"))) >= wanted, "some files")
            live.process.kill()
            for each in asking:
                each.result()
            live.process.wait()
            made = files(folder)
            assert len(made) >= wanted and all(each["result"] == long for each in made)
            before = len(made)
    kept(folder)
    assert double("--replay", folder).stop() == 0


# MARK: Two at a time


def test_two_that_record_into_one_folder_lose_nothing(double, tmp_path):
    folder = tmp_path / "r"
    count = iter(range(10_000))
    lock = threading.Lock()

    def made(one):
        with lock:
            return success({"text": f"answer {next(count)}"})

    with Service(made) as service:
        both = [recorder(double, service, folder, *MORE) for _ in range(2)]

        def ask(live):
            key = live.minted(credits=1000)
            return [live.ask(key, text=f"Question {number % 5}").json()["result"]["text"]
                    for number in range(20)]  # fmt: skip

        asking = [Background(ask, live) for live in both]
        given = [text for each in asking for text in each.result()]
        assert len(set(given)) == 40
        assert sorted(each["result"]["text"] for each in readable(folder)) == sorted(given)
        assert not any("could not" in line for live in both for line in live.stderr)
    kept(folder)
    assert double("--replay", folder).stop() == 0
