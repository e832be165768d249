"""What the double must not give away, reach or let happen, on a machine that others share."""

import json
import re
import socket

import httpx
import pytest

from async_support import submit, task
from control_support import entries, fault, snapshot, stub
from support import BUILT_IN_KEY, KEY, UNKNOWN_KEY, cli, eventually, path_of, question
from wire import RawConnection

SECRET = "whsec_5f4dcc3b5aa765d61d8327deb882cf99"
TOKEN = "an-admin-token-of-some-length"


def raw(double, *lines, body=b""):
    """Sends a request as it stands, and returns the answer."""
    with RawConnection(double.port) as connection:
        head = [*lines, f"Content-Length: {len(body)}", "Connection: close", "", ""]
        connection.send("\r\n".join(head).encode() + body)
        return connection.answer()


# MARK: Who may come in


def test_it_listens_on_the_loopback_interface_alone(double):
    one = double()
    assert one.url == f"http://127.0.0.1:{one.port}"
    outside = {
        info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    }
    for address in [each for each in outside if not each.startswith("127.")]:
        with pytest.raises(OSError):
            socket.create_connection((address, one.port), timeout=2).close()
    assert not [line for line in one.stderr if "admin token" in line]


@pytest.mark.parametrize(("token", "warns"), [(None, True), (TOKEN, False)])
def test_an_open_control_api_on_a_wider_address_is_warned_of(double, token, warns):
    one = double("--host", "0.0.0.0", *(["--admin-token", token] if token else []))
    one.control("GET", "health", status=200)
    if warns:
        eventually(lambda: any("set an admin token" in line for line in one.stderr), "a warning")
    else:
        assert not any("admin token" in line for line in one.stderr)


# MARK: Pages of others

ORIGINS = [
    "https://evil.example", "http://127.0.0.1", "http://127.0.0.1:1", "http://localhost:1", "null",
    "file://", "http://evil.example:{port}", "http://127.0.0.1:{port}.evil.example",
]  # fmt: skip
CALLS = [
    ("POST", "keys"), ("PATCH", f"keys/{BUILT_IN_KEY}"), ("DELETE", f"keys/{BUILT_IN_KEY}"),
    ("POST", "reset"), ("DELETE", "journal"), ("POST", "journal/await"), ("PUT", "clock"),
    ("POST", "clock/advance"), ("POST", "faults"), ("DELETE", "faults"), ("POST", "responses"),
    ("DELETE", "responses"), ("POST", "snapshots/a"), ("POST", "snapshots/a/restore"),
    ("POST", "tasks/x/complete"), ("POST", "webhooks/x/redeliver"), ("POST", "nothing"),
    ("POST", "recordings/start"), ("POST", "recordings/stop"),
]  # fmt: skip


def refuses(answer):
    return answer.status_code == 403 and answer.json()["error"]["code"] == "FOREIGN_PAGE"


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_foreign_page_changes_nothing(double, origin):
    one = double("--clock", "manual")
    before = one.control("GET", "keys").json(), one.control("GET", "clock").json()
    origin = origin.format(port=one.port)
    for method, path in CALLS:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
            answer = one.http.request(
                method, f"/_mock/{path}", headers={"Origin": origin, "Content-Type": kind},
                content=b"" if path == "reset" else b'{"seconds": 5}',
            )  # fmt: skip
            assert refuses(answer), (method, path, answer.text)
    assert (one.control("GET", "keys").json(), one.control("GET", "clock").json()) == before


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_the_browser_s_own_verdict_counts(shared, site):
    headers = {"Sec-Fetch-Site": site, "Origin": shared.url}
    assert refuses(shared.http.post("/_mock/keys", headers=headers))


def test_a_name_that_was_made_to_lead_here_changes_nothing(shared):
    host = f"evil.example:{shared.port}"
    answer = raw(shared, "POST /_mock/keys HTTP/1.1", f"Host: {host}", f"Origin: http://{host}")
    assert (answer.status, answer.json()["error"]["code"]) == (403, "FOREIGN_PAGE")


READS = [
    "keys", f"keys/{BUILT_IN_KEY}", "ledger", "clock", "tasks", "webhooks", "journal", "events",
    "faults", "responses", "organizations", "metrics", "openapi.json", "conformance", "selfcheck",
    "nothing",
]  # fmt: skip


@pytest.mark.parametrize("path", READS)
def test_nothing_is_read_under_a_name_that_was_made_to_lead_here(shared, path):
    line = f"GET /_mock/{path} HTTP/1.1"
    answer = raw(shared, line, f"Host: evil.example:{shared.port}")
    assert (answer.status, answer.json()["error"]["code"]) == (403, "FOREIGN_PAGE")
    here = [f"Host: 127.0.0.1:{shared.port}"]
    answer = raw(shared, line, *here, "Origin: https://evil.example")
    assert answer.status == 403
    answer = raw(shared, line, *here, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors")
    assert answer.status == 403


@pytest.mark.parametrize("path", ["health", "ready", ""])
def test_what_is_open_to_all_is_so_under_any_name(shared, path):
    assert raw(shared, f"GET /_mock/{path} HTTP/1.1", "Host: evil.example").status == 200


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "cloro-mock", "10.0.0.1"])
def test_its_own_page_and_other_clients_read(shared, name):
    for path in ("keys", "journal", "organizations"):
        for field in ([], ["Sec-Fetch-Site: same-origin"], ["Sec-Fetch-Site: none"]):
            host = f"Host: {name}:{shared.port}"
            assert raw(shared, f"GET /_mock/{path} HTTP/1.1", host, *field).status == 200


def test_the_api_itself_is_the_same_under_any_name(shared):
    key = f"Authorization: Bearer {BUILT_IN_KEY}"
    answer = raw(shared, "GET /v1/credits HTTP/1.1", "Host: evil.example", key)
    assert answer.status == 200


def test_no_answer_lets_a_foreign_page_read_it(shared):
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST",
               "Access-Control-Request-Headers": "authorization"}  # fmt: skip
    for path in ("/_mock/keys", "/_mock/journal", "/_mock/", path_of("grok"), "/v1/credits"):
        for method in ("GET", "OPTIONS"):
            answer = shared.http.request(method, path, headers=headers)
            assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "text/plain"},
     {"Origin": "http://{host}"}, {"Origin": "https://{host}"},
     {"Origin": "http://{host}", "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}],
)  # fmt: skip
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "cloro-mock", "host.docker.internal"])
def test_other_clients_and_its_own_page_may(shared, headers, name):
    host = f"{name}:{shared.port}"
    headers = {key: value.format(host=host) for key, value in headers.items()}
    answer = shared.http.post(
        "/_mock/keys", headers={"Host": host, **headers}, content=b'{"credits": 5}'
    )
    assert answer.status_code == 201, answer.text


def test_with_the_token_a_page_may_come_from_anywhere(double):
    one = double("--admin-token", TOKEN)
    headers = {"Origin": "https://dashboard.example", "Sec-Fetch-Site": "cross-site"}
    assert one.http.post("/_mock/keys", headers=headers).status_code == 401
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert one.http.post("/_mock/keys", headers=headers | bearer).status_code == 201


# MARK: What stands nowhere


@pytest.mark.parametrize("level", ["trace", "debug", "info", "warning", "error"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_keys_and_secrets_stand_in_no_log_journal_metric_or_error(double, level, form):
    one = double(
        "--clock", "manual", "--log-level", level, "--log-format", form, "--admin-token", TOKEN
    )
    one.http.headers["Authorization"] = f"Bearer {TOKEN}"
    key = one.minted(webhookSecret=SECRET)
    one.ask(key)
    one.ask(key[:-1] + "g")
    fault(one, {"kind": "status", "status": 500}, key, times=1)
    one.ask(key)
    submit(one, key, task(webhook={"url": "http://user:pass@127.0.0.1:9/x"}))
    one.advance(5000)
    one.patch(key, revoked=True)
    one.ask(key)
    snapshot(one, "a", key=key)
    refused = [
        one.control("POST", "keys", {"webhookSecret": SECRET, "credits": -1}),
        one.control("POST", "keys", {"key": key}),
        one.control("PATCH", f"keys/{key}", {"webhookSecret": 5, "credits": "x"}),
        one.http.get("/_mock/keys", headers={"Authorization": f"Bearer {TOKEN}x"}),
    ]
    shown = {
        "journal": json.dumps(entries(one)), "metrics": one.control("GET", "metrics").text,
        "organizations": one.control("GET", "organizations").text,
        "webhooks": one.control("GET", "webhooks").text, "tasks": one.control("GET", "tasks").text,
        "page": one.control("GET", "").text, "log": "\n".join(one.stderr),
    }  # fmt: skip
    for name, text in shown.items():
        for secret in (SECRET, TOKEN, key, key[12:]):
            assert secret not in text, (name, text)
    for answer in refused:
        assert answer.status_code >= 400
        assert SECRET not in answer.text and TOKEN not in answer.text, answer.text
    # Nor does the secret come back to whoever has it set.
    assert SECRET not in one.control("GET", "keys").text + one.control("GET", f"keys/{key}").text


# MARK: The file system

MARKS = ["root:", "daemon:", "swift-tools-version", "$schema"]
CLIMBS = [
    "../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd",
    "/etc/passwd", "%2fetc%2fpasswd", "..\\..\\etc\\passwd", "..%5c..%5cetc%5cpasswd",
    "....//....//etc/passwd", "%00", "page-1.html%00.txt", "~/.profile", "file:///etc/passwd",
    "..%252f..%252fetc%252fpasswd", "Package.swift", "../Package.swift", "%c0%ae%c0%ae/etc/passwd",
]  # fmt: skip
ROOTS = [
    "/", "/_mock/", "/_mock/results/", "/_mock/snapshots/", "/_mock/keys/", "/_mock/tasks/",
    "/_mock/results/b0864943-5d45-4796-bc64-f052661256f0/", "/v1/", "/v1/monitor/",
    "/v1/async/task/",
]  # fmt: skip


@pytest.mark.parametrize("root", ROOTS)
def test_no_path_reaches_a_file(shared, root):
    for climb in CLIMBS:
        for method in ("GET", "POST"):
            answer = raw(
                shared, f"{method} {root}{climb} HTTP/1.1", "Host: x",
                f"Authorization: Bearer {BUILT_IN_KEY}",
            )  # fmt: skip
            # A snapshot may have any name: it is kept in memory.
            allowed = {200, 201} if root == "/_mock/snapshots/" else set()
            assert answer.status in {400, 401, 404, 405, 414} | allowed, (root, climb, answer.head)
            assert not [mark for mark in MARKS if mark in answer.body.decode(errors="replace")]


def test_no_name_in_a_body_makes_a_file(double, tmp_path):
    one = double("--database", tmp_path / "ledger.db", cwd=tmp_path)
    before = {each.name for each in tmp_path.iterdir()}
    for name in ("../up", "/tmp/absolute", "here.json", "a/b"):
        one.control("POST", f"snapshots/{name.replace('/', '%2f')}", status=201)
        one.control("POST", "keys", {"organization": name})
    assert {each.name for each in tmp_path.iterdir()} == before


# MARK: SQL

INJECTIONS = [
    "'; DROP TABLE organizations; --", "' OR '1'='1", '" OR 1=1 --', "x'); DELETE FROM entries; --",
    "\\'; --", "%27%20OR%201=1", "1; PRAGMA writable_schema=1", "''''", "?1", ":key", "$a",
]  # fmt: skip


# The settings of a key that may be any text.
TEXTS = ("organization", "webhookSecret")


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_is_sent_is_never_sql(double, tmp_path, text):
    path = tmp_path / "ledger.db"
    one = double("--database", path)
    key = one.minted(credits=100)
    ledger, keys = one.ledger(key), one.control("GET", "keys").json()
    for name in ("plan", "organization", "key", "contract", "latency", "webhookSecret"):
        made = one.control("POST", "keys", {name: text})
        # Where a text may stand it is taken as it is.
        assert made.status_code in (400, 404) or name in TEXTS, made.text
    for where in ("ledger", "journal", "faults", "keys"):
        assert one.control("GET", where, key=text).status_code in (400, 404)
    assert one.control("GET", "ledger", key=key, since=text).status_code == 400
    bearer = raw(one, "GET /v1/credits HTTP/1.1", "Host: x", f"Authorization: Bearer {text}")
    assert bearer.status in (400, 401)
    assert one.ledger(key) == ledger
    named = [row["key"] for row in keys["keys"]]
    assert [row["key"] for row in one.control("GET", "keys").json()["keys"]][: len(named)] == named
    # Where texts are kept, they are kept as they are.
    answer = one.ask(key, "grok", text)
    assert answer.status_code == 200 and one.balance(key) == 94
    identifier = submit(one, key, task("GROK", text, idempotencyKey=text))
    again = one.post(key, "/v1/async/task", task("GROK", idempotencyKey=text))
    assert again.status_code == 409
    read = one.get(key, f"/v1/async/task/{identifier}").json()
    assert read["task"]["idempotencyKey"] == text
    assert one.stop() == 0
    ended = cli("ledger", path, "--verify")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_bad_host_never_comes_back(shared):
    key = shared.minted()
    body = json.dumps(question("grok", include={"html": True})).encode()
    for host in ("x\tX-Evil:y", "a b", 'a"b', "a<b", "a/b", "a@b", "a,b", "<script>"):
        answer = raw(
            shared, f"POST {path_of('grok')} HTTP/1.1", f"Host: {host}",
            f"Authorization: Bearer {key}", body=body,
        )  # fmt: skip
        assert answer.status == 400, host


# MARK: Pages

HOSTILE = (
    """<script>alert(1)</script><img src=x onerror=alert(2)>" ' & </title></pre>--><svg onload=x>"""
)


def test_result_pages_have_nothing_of_a_hostile_question(shared):
    key = shared.minted(concurrency=5)
    for provider in ("chatgpt", "grok", "perplexity", "copilot", "aimode", "google", "google/news"):
        answer = shared.ask(key, provider, HOSTILE, include={"html": True}).json()
        links = answer["result"]["html"]
        for link in links if isinstance(links, list) else [links]:
            page = httpx.get(link)
            assert page.status_code == 200
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert page.headers["x-content-type-options"] == "nosniff"
            assert page.headers["content-security-policy"] == "default-src 'none'"
            assert not re.search(r"<(script|img|svg)", page.text, re.I), page.text
            assert "alert(1)" not in page.text
            assert not re.search(r"<[^>]*\son\w+\s*=", page.text), page.text


def test_a_stub_s_hostile_result_stays_text_on_its_page(shared):
    key = shared.minted()
    source = {"position": 1, "url": "javascript:alert(1)", "label": HOSTILE, "description": HOSTILE}
    stub(shared, key, result={"text": HOSTILE, "sources": [source]})
    link = shared.ask(key, "grok", include={"html": True}).json()["result"]["html"]
    page = httpx.get(link).text
    assert not re.search(r"<(script|img|svg)", page, re.I), page
    assert not re.search(r"""href=["']?javascript:""", page, re.I), page


def test_gemini_s_inline_html_keeps_a_hostile_question_text(shared):
    inline = shared.ask(shared.minted(), "gemini", HOSTILE, include={"html": True})
    html = inline.json()["result"]["html"]
    assert not re.search(r"<(script|img|svg)", html, re.I), html


def test_no_error_is_html(shared):
    for path in ("/<script>alert(1)</script>", "/v1/<script>", "/_mock/<script>"):
        for key in (None, BUILT_IN_KEY, UNKNOWN_KEY):
            lines = [f"GET {path} HTTP/1.1", "Host: x"]
            answer = raw(shared, *lines, *([f"Authorization: Bearer {key}"] if key else []))
            assert answer.headers["content-type"].startswith("application/json"), answer.head


def test_the_ready_line_s_key_is_the_only_one_that_is_told(double):
    # Whoever starts it needs its key; standard output is theirs, the log is everybody's.
    one = double("--log-level", "trace")
    key = KEY.fullmatch(one.key_lines[0])[1]
    assert one.ask(key).status_code == 200
    assert key not in "\n".join(one.stderr)
