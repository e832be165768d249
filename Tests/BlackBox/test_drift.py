"""`cloro-mock drift`: what a service does otherwise than the double, rule by rule."""

import http.server
import json
import os
import re
import stat
import threading
from contextlib import contextmanager

import httpx
import pytest

from support import DEADLINE, UNKNOWN_KEY, Double, cli

REVISIONS = ["2026-07", "2026-10"]
SEVERITIES = {
    "added": "info", "removed": "warning", "text": "warning", "type": "error", "price": "error",
    "status": "error", "code": "error", "limit": "error",
}  # fmt: skip


class Upstream:
    """A service in front of a double, which changes answers as `change` says."""

    def __init__(self, url, change=None):
        client = httpx.Client(base_url=url, timeout=DEADLINE)
        self.asked = []
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def pass_on(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                kept = {"authorization", "content-type"}
                fields = {k: v for k, v in self.headers.items() if k.lower() in kept}
                upstream.asked.append((self.command, self.path, body))
                answer = client.request(self.command, self.path, content=body, headers=fields)
                status, headers, content = answer.status_code, dict(answer.headers), answer.content
                if change:
                    try:
                        value = json.loads(content)
                    except ValueError:
                        value = None
                    made = change(self.command, self.path, status, headers, value)
                    status = made or status
                    content = json.dumps(value).encode()
                self.send_response(status)
                for name, text in headers.items():
                    if name.lower() not in ("content-length", "connection", "date"):
                        self.send_header(name, text)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = pass_on  # noqa: N815

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def upstream(double, change=None):
    made = Upstream(double.url, change)
    try:
        yield made
    finally:
        made.close()


def drift(url, key, *arguments, cap=100, returncode=0):
    ended = cli(
        "drift", "--live", url, "--max-credits", cap, "--format", "json", *arguments,
        env={"CLORO_MOCK_UPSTREAM_KEY": key}, timeout=120,
    )  # fmt: skip
    assert ended.returncode == returncode, ended.stdout + ended.stderr
    assert key not in ended.stdout + ended.stderr
    return json.loads(ended.stdout) if ended.stdout else ended.stderr


def found(report):
    return {(each["kind"], each["rule"]) for each in report["findings"]}


@pytest.fixture(scope="module")
def service():
    one = Double()
    yield one
    assert one.stop() == 0


def mint(service, revision="2026-07", **settings):
    return service.minted(contract=revision, **settings)


# MARK: No drift


@pytest.mark.parametrize("variety", ["full", "typical", "sparse"])
@pytest.mark.parametrize("shapes", ["documented", "live"])
@pytest.mark.parametrize("revision", REVISIONS)
def test_a_double_has_not_drifted_from_itself(service, revision, shapes, variety):
    key = mint(service, revision, shapes=shapes, variety=variety, seed=len(shapes + variety))
    report = drift(service.url, key)
    assert report["findings"] == []
    assert report["contract"] == revision and report["cap"] == 100
    assert report["spent"] == sum(-each["amount"] for each in charges(service, key)) <= 100
    assert len(report["checked"]) > 90
    published = {
        each["id"]
        for each in service.control("GET", "conformance", status=200).json()["rules"]
        if revision in each["revision"]
    }
    unchecked = {each["rule"]: each["reason"] for each in report["unchecked"]}
    assert set(report["checked"]) | set(unchecked) == published
    assert not set(report["checked"]) & set(unchecked)
    assert unchecked["rate-limit.exact"] == "it would take over 1,000 requests a second"
    assert unchecked["credits.insufficient"] == "it would take the account's last credits"
    assert unchecked["webhooks.signature"] == "it needs a receiver that the service can reach"
    assert "no probe asks for it" not in unchecked.values()


def charges(service, key):
    entries = service.ledger(key, limit=1000)["entries"]
    return [each for each in entries if each["kind"] == "charge"]


# MARK: Drift


def in_result(provider, change):
    def changed(method, path, status, headers, value):
        if path == f"/v1/monitor/{provider}" and status == 200:
            change(value["result"])

    return changed


def header(name, value, where=lambda path, status: True):
    def changed(method, path, status, headers, _):
        if where(path, status):
            headers[name] = value

    return changed


def price(provider, amount):
    return header(
        "x-credits-charged", str(amount),
        lambda path, status: path == f"/v1/monitor/{provider}" and status == 200,
    )  # fmt: skip


def text(old, new):
    def changed(method, path, status, headers, value):
        inner = value.get("error") if isinstance(value, dict) else None
        if isinstance(inner, dict) and inner.get("message") == old:
            inner["message"] = new
        for each in (value.get("details") or []) if isinstance(value, dict) else []:
            if isinstance(each, dict) and each.get("message") == old:
                each["message"] = new

    return changed


def without(name):
    return lambda value: value.pop(name)


def retyped(name, value):
    return lambda result: result.update({name: value})


def each_source(change):
    return lambda result: [change(source) for source in result["sources"]]


def together(*changes):
    def changed(*arguments):
        for change in changes:
            change(*arguments)

    return changed


PARTS = {
    "removed": (
        [
            in_result("perplexity", without("text")),
            in_result("chatgpt", without("sources")),
            in_result("google", without("organicResults")),
            in_result("gemini", each_source(without("url"))),
        ],
        "results.complete",
    ),
    "type": (
        [
            in_result("copilot", retyped("text", 7)),
            in_result("grok", retyped("sources", {})),
            in_result("google/news", retyped("newsResults", "none")),
            in_result("aimode", each_source(retyped("position", "1"))),
        ],
        "results.documented",
    ),
    "price": (
        [price("perplexity", 6), price("google", 4), price("chatgpt", 9), price("copilot", 8)],
        "credits.base-prices-july",
    ),
    "text": (
        [
            text("Invalid API key format", "That is no key"),
            text("Invalid or expired API key", "Who are you?"),
        ],
        "auth.message",
    ),
    "added": (
        [header("X-New", "1"), header("X-Cloro-Region", "eu", lambda path, status: status == 200)],
        "headers.no-others",
    ),
}


@pytest.mark.parametrize("number", [0, 1])
def test_exactly_what_has_changed_is_reported(service, number):
    key = mint(service)
    change = together(*[changes[number] for changes, _ in PARTS.values()])
    with upstream(service, change) as service_of_today:
        report = drift(service_of_today.url, key, returncode=1)
    assert found(report) == {(kind, rule) for kind, (_, rule) in PARTS.items()}
    assert len(report["findings"]) == 5
    for each in report["findings"]:
        assert list(each) == [
            "rule", "severity", "kind", "path", "expected", "found", "example",
        ]  # fmt: skip
        assert each["severity"] == SEVERITIES[each["kind"]]


SINGLE = [
    pytest.param(kind, change, rule, id=f"{kind}-{number}")
    for kind, (changes, rule) in PARTS.items()
    for number, change in enumerate(changes)
] + [
    pytest.param(kind, change, rule, id=name)
    for name, kind, change, rule in [
        (
            "route-text", "text", text("Route not found", "Nothing here"), "routes.outside",
        ),
        (
            "task-text", "text", text("Task not found", "No such task"), "async.unknown-task-text",
        ),
        (
            "country-text", "text",
            text("This model is not available in this country. Please select a different country.",
                 "Not there"),
            "validation.country-blocked",
        ),
        (
            "quota", "limit",
            header("x-ratelimit-limit", "500",
                   lambda path, status: path.startswith("/v1/") and status != 401),
            "rate-limit.quota",
        ),
        ("request-id", "added", header("X-Request-ID", "abc"), "headers.no-identity"),
    ]
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change", "rule"), SINGLE)
def test_each_change_alone(service, kind, change, rule):
    key = mint(service)
    with upstream(service, change) as service_of_today:
        report = drift(service_of_today.url, key, "--fail-on", "added", returncode=1)
    assert [(each["kind"], each["rule"]) for each in report["findings"]] == [(kind, rule)], report


def moved(name, places):
    """Changes the positions of a result's list."""

    def change(result):
        for each in result[name]:
            each["position"] += places

    return change


def linked(result):
    result["html"] = result["html"].replace("http", "gopher")


def reordered(method, path, status, headers, value):
    if status == 404 and isinstance(value, dict):
        inner = value["error"]
        value["error"] = {name: inner[name] for name in reversed(inner)}


VALUES = [
    ("results.positions", "chatgpt result.sources[].position",
     in_result("chatgpt", moved("sources", 1))),
    ("results.pages", "google/news result.newsResults[].position",
     in_result("google/news", lambda result: result["newsResults"].reverse())),
    ("results.html-gemini-inline", "grok result.html", in_result("grok", linked)),
    ("results.card-base-0", "aimode result.shoppingCards[].position",
     in_result("aimode", moved("shoppingCards", 1))),
    ("results.pill-base", "perplexity result.citationPills[].citationPillId",
     in_result("perplexity", lambda result: [
         pill.update(citationPillId=pill["citationPillId"] + 1)
         for pill in result["citationPills"]])),
    ("results.model-named", "chatgpt result.model",
     in_result("chatgpt", lambda result: result.update(model="o-17"))),
    ("results.prompt-as-query", "perplexity result.search_model_queries[]",
     in_result("perplexity", lambda result: [
         query.update(query="another") for query in result["search_model_queries"]])),
    ("errors.member-order", "error", reordered),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "change"), VALUES, ids=[each[0] for each in VALUES])
def test_values_that_do_not_fit_each_other(service, rule, path, change):
    key = mint(service)
    with upstream(service, change) as service_of_today:
        report = drift(service_of_today.url, key, returncode=1)
    assert {(each["rule"], each["path"], each["kind"]) for each in report["findings"]} == {
        (rule, path, "type")
    }, report["findings"]


def used_again(change):
    """Changes what a submission is answered whose idempotency key was used before."""

    def changed(method, path, status, headers, value):
        if path.startswith("/v1/async/task") and isinstance(value, dict):
            if status == 409 or path.endswith("/batch") and (value.get("results") or [{}])[0]:
                return change(status, value)

    return changed


def taken(status, value):
    if status == 409:
        value.clear()
        value.update(success=True, task={"id": "x"}, credits={"creditsToCharge": 3})
        return 200


def other_code(status, value):
    error = value["error"] if status == 409 else value["results"][0].get("error")
    if error and error["code"].startswith("RESOURCE_"):
        error["code"] = "TAKEN"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (taken, {("status", "async.key-unique")}),
        (other_code, {("code", "async.key-unique"), ("code", "batch.item-codes")}),
    ],
)
def test_an_idempotency_key_that_is_used_again(service, change, expected):
    key = mint(service)
    with upstream(service, used_again(change)) as service_of_today:
        report = drift(service_of_today.url, key, returncode=1)
    assert found(report) == expected
    assert -sum(each["amount"] for each in charges(service, key)) <= report["spent"] <= 100


def test_a_task_that_nobody_finds_by_its_idempotency_key(service):
    def change(method, path, status, headers, value):
        return 404 if path.startswith("/v1/async/task/cloro-mock-drift-") else None

    key = mint(service)
    with upstream(service, change) as service_of_today:
        report = drift(service_of_today.url, key, returncode=1)
    assert found(report) == {("status", "async.read-by-key")}


def test_an_error_s_member_a_country_and_an_error_code(service):
    def change(method, path, status, headers, value):
        if isinstance(value, dict) and isinstance(value.get("error"), dict):
            value["error"].pop("timestamp", None)
            if value["error"]["code"] == "RESOURCE_NOT_FOUND":
                value["error"]["code"] = "NOT_FOUND"
        if path.startswith("/v1/countries") and isinstance(value, list):
            value.remove("DE")
            value.append("XX")
        if path == "/v1/credits" and status == 200:
            value["remaining"] = str(value["remaining"])
            value["plan"] = "hobby"

    key = mint(service, "2026-10")
    with upstream(service, change) as service_of_today:
        report = drift(service_of_today.url, key, cap=0, returncode=1)
    assert found(report) == {
        ("removed", "errors.timestamp"), ("code", "routes.outside"), ("removed", "countries.list"),
        ("added", "countries.list"), ("type", "credits.report"), ("added", "credits.report"),
    }  # fmt: skip
    assert len(report["findings"]) == 6 and report["spent"] == 0


@pytest.mark.parametrize(
    ("prices", "rule", "path"),
    [
        ({"syncSurcharge": 3}, "credits.sync-surcharge", "synchronous surcharge"),
        ({"google": 4}, "credits.base-prices-july", "google X-Credits-Charged"),
        ({"state": 5}, "credits.state", "perplexity state"),
        ({"additionalPage": 1}, "credits.pages", "google pages"),
        ({"aiOverview": 3}, "credits.overviews-july", "google aiOverview"),
        ({"chatgptExtras": 4}, "credits.chatgpt-extras", "chatgpt searchQueries"),
    ],
)
def test_a_price_has_one_cause(double, fixture_file, prices, rule, path):
    plan = fixture_file(pricing=prices)
    service = double("--fixture", plan)
    report = drift(service.url, service.first_key, cap=200, returncode=1)
    assert [(each["rule"], each["kind"], each["path"]) for each in report["findings"]] == [
        (rule, "price", path)
    ]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (header("X-New", "1"), {"added": 1, "removed": 0, "type": 0}),
        (in_result("google", without("organicResults")), {"added": 1, "removed": 1, "type": 0}),
        (price("google", 6), {"added": 1, "removed": 1, "type": 1}),
    ],
)
def test_from_which_kind_on_it_fails(service, change, codes):
    key = mint(service)
    with upstream(service, change) as service_of_today:
        for kind, code in codes.items():
            drift(service_of_today.url, key, "--fail-on", kind, cap=20, returncode=code)
        drift(service_of_today.url, key, cap=20, returncode=codes["removed"])


# MARK: Credits


@pytest.mark.parametrize("dearer", [{}, {"google": 4, "google/news": 6}, {"syncSurcharge": 4}])
@pytest.mark.parametrize("cap", [0, 1, 5, 20, 100])
def test_it_never_spends_more_than_its_cap(double, fixture_file, cap, dearer):
    service = double("--fixture", fixture_file(pricing=dearer))
    key = service.first_key
    ended = cli(
        "drift", "--live", service.url, "--max-credits", cap, "--format", "json",
        env={"CLORO_MOCK_UPSTREAM_KEY": key}, timeout=120,
    )  # fmt: skip
    report = json.loads(ended.stdout)
    spent = -sum(each["amount"] for each in charges(service, key))
    assert spent == report["spent"] <= cap
    if cap < 6:
        assert spent == 0 and ended.returncode == 0
        reasons = {each["rule"]: each["reason"] for each in report["unchecked"]}
        assert reasons["results.complete"] == "the cap of credits leaves no room for it"
    if cap == 100 and not dearer:
        assert spent > 80


EVERYTHING_DEARER = {"syncSurcharge": 12, "google": 18, "google/news": 18, "chatgpt": 30}


@pytest.mark.parametrize("cap", [30, 60, 100, 150, 400])
def test_prices_that_have_multiplied_leave_the_cap_alone(double, fixture_file, cap):
    """The first answer shows that prices are six times as high, and what is asked after it heeds
    that."""
    service = double("--fixture", fixture_file(pricing=EVERYTHING_DEARER))
    report = drift(service.url, service.first_key, cap=cap, returncode=1)
    spent = -sum(each["amount"] for each in charges(service, service.first_key))
    assert 0 < spent == report["spent"] <= cap
    if cap == 30:
        # Nobody could know it of the first, and nothing was asked after it.
        assert spent == 30


@pytest.mark.parametrize("price", [4, 9, 40])
def test_at_most_one_question_exceeds_the_cap(double, fixture_file, price):
    service = double("--fixture", fixture_file(pricing={"google": price}))
    report = drift(service.url, service.first_key, cap=11, returncode=1)
    spent = [-each["amount"] for each in charges(service, service.first_key)]
    assert spent == [price + 2] and report["spent"] == price + 2


@pytest.mark.parametrize("said", [None, "0", "1"])
def test_what_the_service_says_of_costs_may_be_wrong(service, said):
    def change(method, path, status, headers, value):
        if path.startswith("/v1/monitor/"):
            headers.pop("x-credits-charged", None)
            if said is not None and status == 200:
                headers["x-credits-charged"] = said

    key = mint(service)
    with upstream(service, change) as service_of_today:
        drift(service_of_today.url, key, cap=30, returncode=1)
    assert -sum(each["amount"] for each in charges(service, key)) <= 30


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 2**63, -1])
def test_numbers_that_nobody_can_add_up_end_nothing(service, number):
    def change(method, path, status, headers, value):
        for name in list(headers):
            if name.startswith("x-") and name != "x-request-id":
                headers[name] = str(number)
        if isinstance(value, dict) and isinstance(value.get("credits"), dict):
            value["credits"] = {name: number for name in value["credits"]}
        result = value.get("result") if isinstance(value, dict) else None
        for each in (result or {}).get("sources") or []:
            each["position"] = number

    key = mint(service)
    with upstream(service, change) as service_of_today:
        report = drift(service_of_today.url, key, cap=60, returncode=1)
    assert ("limit", "rate-limit.quota") in found(report) or number == 2**63
    assert -sum(each["amount"] for each in charges(service, key)) <= 60


def test_a_run_goes_on_where_another_was_ended(service, tmp_path):
    key = mint(service)
    state = tmp_path / "state.json"
    first = drift(service.url, key, "--resume", state, cap=20)
    assert stat.S_IMODE(os.stat(state).st_mode) == 0o600
    assert key not in state.read_text()
    with upstream(service) as seen:
        # The state is of another service.
        told = drift(seen.url, key, "--resume", state, cap=20, returncode=2)
        assert "is of another service" in told and not seen.asked[2:]
    second = drift(service.url, key, "--resume", state, cap=100)
    spent = -sum(each["amount"] for each in charges(service, key))
    assert first["spent"] <= 20 < second["spent"] == spent <= 100
    assert set(first["checked"]) < set(second["checked"])
    third = drift(service.url, key, "--resume", state, cap=100)
    assert third == second
    assert -sum(each["amount"] for each in charges(service, key)) == spent


@pytest.mark.parametrize("damage", ["{", "{}", '{"schemaVersion": 2}', '{"schemaVersion": 1}'])
def test_a_damaged_state_is_named(service, tmp_path, damage):
    state = tmp_path / "state.json"
    state.write_text(damage)
    told = drift(service.url, mint(service), "--resume", state, returncode=2)
    assert str(state) in told and state.read_text() == damage


# MARK: What can't be told


def test_nobody_is_there(double):
    service = double()
    url, key = service.url, service.first_key
    service.stop()
    report = drift(url, key, returncode=2)
    assert report["findings"] == [] and "doesn't answer" in report["failure"]
    assert report["spent"] == 0


def test_an_unknown_key(service):
    report = drift(service.url, "sk_live_" + "7" * 32, returncode=2)
    assert "doesn't take the key" in report["failure"]


def test_a_service_that_ends_in_the_middle(service):
    asked = []

    def change(method, path, status, headers, value):
        asked.append(path)
        if len(asked) > 12:
            raise ConnectionError

    with upstream(service, change) as service_of_today:
        report = drift(service_of_today.url, mint(service), returncode=2)
    assert "doesn't answer" in report["failure"] and report["findings"] == []
    assert "the run ended before" in {each["reason"] for each in report["unchecked"]}


def test_trouble_is_no_drift(service):
    def change(method, path, status, headers, value):
        return 503 if path == "/v1/monitor/google" and status == 200 else None

    with upstream(service, change) as service_of_today:
        report = drift(service_of_today.url, mint(service), cap=50, returncode=2)
    assert report["findings"] == []


@pytest.mark.parametrize(
    "url",
    ["http://api.example.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1", "127.0.0.1",
     "http://me:secret@127.0.0.1:1"],
)  # fmt: skip
def test_addresses_that_are_not_asked(url):
    ended = cli("drift", "--live", url, "--max-credits", 1, env={"CLORO_MOCK_UPSTREAM_KEY": "x"})
    assert ended.returncode == 64 and "--live" in ended.stderr and "secret" not in ended.stderr


def test_the_key_comes_from_the_environment_alone(service):
    ended = cli("drift", "--live", service.url, "--max-credits", 1)
    assert ended.returncode == 64 and "CLORO_MOCK_UPSTREAM_KEY" in ended.stderr


# MARK: Reports


def test_a_service_that_echoes_the_key_gets_it_into_no_report(service, tmp_path):
    def change(method, path, status, headers, value):
        headers[f"X-{key}"] = key
        if isinstance(value, dict):
            value[key] = key
            if isinstance(value.get("error"), dict):
                value["error"]["message"] = f"no | `{key}` sk_live_{'a' * 32}\n\x1b[31m"

    key = mint(service)
    state = tmp_path / "state.json"
    with upstream(service, change) as service_of_today:
        for form in ("text", "json", "markdown"):
            ended = cli(
                "drift", "--live", service_of_today.url, "--max-credits", 20, "--format", form,
                "--resume", state, env={"CLORO_MOCK_UPSTREAM_KEY": key}, timeout=120,
            )  # fmt: skip
            assert ended.returncode == 1
            told = ended.stdout + ended.stderr + state.read_text()
            assert key not in told and "a" * 32 not in told and "\x1b" not in told


def test_the_forms_say_the_same(service):
    key = mint(service)
    with upstream(service, price("google", 6)) as service_of_today:
        def told(form):
            ended = cli(
                "drift", "--live", service_of_today.url, "--max-credits", 12, "--format", form,
                env={"CLORO_MOCK_UPSTREAM_KEY": key}, timeout=120,
            )  # fmt: skip
            assert ended.returncode == 1
            return ended.stdout

        plain, markdown = told("text"), told("markdown")
    assert plain.startswith("drift: 1 error; contract 2026-07")
    assert "error: price credits.base-prices-july" in plain
    assert "google X-Credits-Charged: expected 5, found 6" in plain
    row = next(line for line in markdown.splitlines() if line.startswith("| error"))
    assert "`credits.base-prices-july`" in row and "expected `5`, found `6`" in row
    assert re.search(r"^- it would take over 1,000 requests a second: `rate-limit", markdown, re.M)


def test_over_tls_with_an_authority_of_one_s_own(tmp_path, double):
    authority = tmp_path / "ca.pem"
    service = double("--tls-port", "0", "--ca-file", authority)
    key = service.first_key
    report = drift(service.secure_url, key, cap=0, returncode=2)
    assert "doesn't answer" in report["failure"]
    report = drift(service.secure_url, key, "--upstream-ca", authority, cap=0)
    assert report["findings"] == []


# MARK: Recordings


def record(folder, service, provider, number=0, revision="2026-07", change=None, **members):
    """One file as recording writes it."""
    key = mint(service, revision, seed=number)
    answer = service.ask(key, provider, **members)
    name = "query" if provider.startswith("google") else "prompt"
    result = answer.json()["result"]
    if change:
        change(result)
    names = [
        "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-Concurrent-Limit",
        "X-Concurrent-Current", "X-Concurrent-Remaining", "X-Concurrency-Limit",
        "X-Concurrency-Current", "X-Concurrency-Remaining", "X-Credits-Charged", "X-Latency-Ms",
    ]  # fmt: skip
    recording = {
        "schemaVersion": 1, "recordedAt": "2026-11-26T10:00:00.000Z", "contract": revision,
        "provider": provider, "mode": "sync", "path": f"/v1/monitor/{provider}",
        "request": {name: "What is the best laptop?", "country": "US", **members}, "status": 200,
        "headers": {each: answer.headers[each] for each in names if each in answer.headers},
        "latencyMs": 12, "credits": int(answer.headers["X-Credits-Charged"]),
        "sequence": number + 1, "result": result,
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    file = folder / f"{provider.replace('/', '-')}-{revision}-{number}.json"
    file.write_text(json.dumps(recording))
    return file


def compared(folder, returncode=0):
    ended = cli("drift", folder, "--format", "json", timeout=60)
    assert ended.returncode == returncode, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize("revision", REVISIONS)
def test_recordings_of_a_double_have_not_drifted(service, tmp_path, revision):
    folder = tmp_path / "recordings"
    for number, provider in enumerate(["chatgpt", "google", "perplexity", "copilot"]):
        record(folder, service, provider, number, revision, include={"html": True})
    report = compared(folder)
    assert report["findings"] == [] and report["contract"] == revision
    assert (report["spent"], report["cap"]) == (0, None)
    assert {"results.complete", "rate-limit.headers"} <= set(report["checked"])


def test_a_recording_that_has_drifted(service, tmp_path):
    folder = tmp_path / "recordings"
    file = record(folder, service, "gemini", change=without("citationPills"))
    recording = json.loads(file.read_text())
    recording["credits"] = 7
    recording["result"]["fresh"] = 1
    file.write_text(json.dumps(recording))
    report = compared(folder, returncode=1)
    assert found(report) == {
        ("removed", "results.complete"), ("added", "results.closed"),
        ("price", "credits.base-prices-july"),
    }  # fmt: skip
    assert {each["example"] for each in report["findings"]} == {file.name}


def record_call(folder, path, result, revision="2026-07", number=0):
    """A recording of a call that asks no provider, as a file."""
    recording = {
        "schemaVersion": 1, "recordedAt": "2026-11-26T10:00:00.000Z", "contract": revision,
        "provider": None, "mode": "sync", "path": path, "request": None, "status": 200,
        "headers": {}, "latencyMs": 1, "credits": None, "sequence": 1, "result": result,
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / f"call-{number}.json").write_text(json.dumps(recording))


@pytest.mark.parametrize("revision", REVISIONS)
def test_recorded_lists_and_credits(double, tmp_path, revision):
    one = double("--contract", revision)
    paths = ["/v1/countries?model=chatgpt", "/v1/countries", "/v1/states?country=US",
             "/v1/states?country=DE", "/v1/credits"]  # fmt: skip
    lists = {path: one.get(one.first_key, path).json() for path in paths}
    folder = tmp_path / "recordings"

    def reported(returncode=0):
        for number, path in enumerate(paths):
            record_call(folder, path, lists[path], revision, number)
        return compared(folder, returncode)

    report = reported()
    assert report["findings"] == [] and report["contract"] == revision
    assert {"countries.list", "countries.blocked", "states.list", "states.elsewhere",
            "credits.report"} == set(report["checked"])  # fmt: skip
    # What the list of all countries has lost or got those of the models have, too: said once.
    for path in paths[:2]:
        lists[path].remove("US")
        lists[path].append("XX")
    lists[paths[0]].remove("DE")
    lists[paths[2]][0]["area"] = 1
    lists[paths[2]].pop()
    lists[paths[3]].append({"code": "BY", "name": "Bavaria"})
    lists[paths[4]]["remaining"] = "much"
    del lists[paths[4]]["perCycle"]
    assert {(each["kind"], each["rule"]) for each in reported(1)["findings"]} == {
        ("removed", "countries.list"), ("added", "countries.list"),
        ("removed", "countries.blocked"), ("added", "states.list"), ("removed", "states.list"),
        ("added", "states.elsewhere"), ("type", "credits.report"), ("removed", "credits.report"),
    }  # fmt: skip
    for path in paths:
        lists[path] = {"all": "else"} if path != paths[4] else ["else"]
    kinds = {(each["kind"], each["rule"]) for each in reported(1)["findings"]}
    assert kinds >= {("type", rule) for rule in report["checked"]}


def keep(folder, name, answer, **members):
    """A file of a refusal."""
    made = {
        "schemaVersion": 1, "recordedAt": "2026-11-26T10:00:00.000Z", "contract": "2026-07",
        "provider": None, "mode": "sync", "path": "/v1/countries", "request": None,
        "status": answer.status_code, "headers": {}, "latencyMs": 3, "credits": None, "sequence": 1,
    } | members  # fmt: skip
    made["error"] = answer.json()
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps(made))
    return file


def edited(file, change):
    made = json.loads(file.read_text())
    change(made)
    file.write_text(json.dumps(made))


def refusals(service, folder, revision):
    """Recordings of refusals of all kinds."""
    key = mint(service, revision, concurrency=1)
    poor = mint(service, revision, credits=0)
    made = {}
    asked = {"provider": "chatgpt", "path": "/v1/monitor/chatgpt", "contract": revision}
    for name, request in (
        ("no-country", {"prompt": "Which?"}), ("no-flag", {"prompt": "Which?", "country": "US",
                                                           "include": {"html": 1}}),
    ):  # fmt: skip
        answer = service.post(key, "/v1/monitor/chatgpt", request)
        made[name] = keep(folder, name, answer, request=request, **asked)
    request = {"prompt": "Which?", "country": "US"}
    refused = service.post(poor, "/v1/monitor/chatgpt", request)
    made["poor"] = keep(folder, "poor", refused, request=request, **asked)
    task = {"taskType": "CHATGPT", "payload": {"prompt": "Which?"}}
    made["task"] = keep(
        folder, "task", service.post(key, "/v1/async/task", task), request=task["payload"],
        **asked | {"path": "/v1/async/task", "mode": "async"})  # fmt: skip
    # Whose key that is nobody knows, so the double answers in its own revision.
    unknown = service.get(UNKNOWN_KEY, "/v1/countries")
    made["unknown"] = keep(folder, "unknown", unknown, contract="2026-07")
    return made


@pytest.mark.parametrize("revision", REVISIONS)
def test_recorded_errors_of_a_double_have_not_drifted(service, tmp_path, revision):
    made = refusals(service, tmp_path / "r", revision)
    assert {json.loads(each.read_text())["status"] for each in made.values()} == {
        400, 401, 403, *([422] if revision == "2026-07" else [])
    }  # fmt: skip
    report = compared(tmp_path / "r")
    assert report["findings"] == [] and report["contract"] == revision
    assert {
        "validation.every-field", "credits.insufficient", "auth.unknown",
    } <= set(report["checked"])  # fmt: skip
    unchecked = {each["rule"]: each["reason"] for each in report["unchecked"]}
    assert unchecked["results.complete"] == "no recording shows it"


def changed_error(**members):
    return lambda made: made["error"]["error"].update(members)


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("no-country", lambda made: made["error"]["details"][0].update(field="land"),
         ("code", "validation.every-field")),
        ("no-flag", lambda made: made["error"].pop("details"),
         ("removed", "validation.text-envelope")),
        ("no-country", lambda made: made.update(status=422), ("status", "validation.every-field")),
        ("task", lambda made: made.update(status=400), ("status", "validation.async-422")),
        ("poor", changed_error(message="No money"), ("text", "credits.insufficient")),
        ("poor", lambda made: made.update(status=402), ("status", "credits.insufficient")),
        ("poor", changed_error(hint="pay"), ("added", "errors.object-envelope")),
        ("poor", lambda made: made["error"]["error"].pop("timestamp"),
         ("removed", "errors.object-envelope")),
        ("unknown", changed_error(code="WHO"), ("code", "errors.object-envelope")),
    ],
)  # fmt: skip
def test_a_recorded_error_that_has_drifted(service, tmp_path, name, change, expected):
    made = refusals(service, tmp_path / "r", "2026-07")
    edited(made[name], change)
    report = compared(tmp_path / "r", returncode=0 if expected[0] == "added" else 1)
    assert found(report) == {expected}
    assert {each["example"] for each in report["findings"]} == {f"{name}.json"}


def test_a_recorded_failure_of_a_task(tmp_path):
    failed = {"error": {"code": "INTERNAL_SERVER_ERROR", "message": "Internal server error"}}

    class Answer:
        status_code = 500

        @staticmethod
        def json():
            return failed

    members = {"provider": "grok", "mode": "async", "path": "/v1/async/task",
               "request": {"prompt": "Which?", "country": "US"}}  # fmt: skip
    keep(tmp_path / "r", "failed", Answer, **members)
    report = compared(tmp_path / "r")
    assert report["findings"] == [] and "async.failure-response" in report["checked"]
    failed["error"]["message"] = "Oh no"
    keep(tmp_path / "r", "failed", Answer, **members)
    assert found(compared(tmp_path / "r", returncode=1)) == {("text", "errors.internal")}


def test_damaged_and_missing_recordings(tmp_path):
    folder = tmp_path / "recordings"
    folder.mkdir()
    assert "no recording" in compared(folder, returncode=2)["failure"]
    (folder / "a.json").write_text('{"schemaVersion": 99}')
    for command in ("drift", "shapes"):
        ended = cli(command, folder)
        assert ended.returncode == (2 if command == "drift" else 65)
        assert "a.json: schemaVersion" in ended.stderr


@pytest.mark.parametrize("arguments", [[], ["x", "--live", "http://127.0.0.1:1"]])
def test_one_of_folder_and_address(arguments):
    assert cli("drift", *arguments).returncode == 64


def test_shapes_are_learned(service, tmp_path):
    folder = tmp_path / "recordings"
    for number in range(4):
        def change(result, number=number):
            result["fresh"] = f"https://a.example/{number}"
            if number == 0:
                result.pop("sources")

        record(folder, service, "perplexity", number, change=change)
    shown = cli("shapes", folder, "--format", "json", timeout=60)
    assert shown.returncode == 0, shown.stderr
    (row,) = json.loads(shown.stdout)["providers"]
    assert (row["provider"], row["recordings"]) == ("perplexity", 4)
    members = {each["path"]: each for each in row["members"]}
    assert members["text"]["presence"] == "always" and members["text"]["difference"] is None
    assert members["text"]["double"]["live"] == {
        "full": "always", "typical": "always", "sparse": "always",
    }  # fmt: skip
    assert members["fresh"]["difference"] == "unknown" and members["fresh"]["formats"] == ["url"]
    assert (members["sources"]["presence"], members["sources"]["share"]) == ("sometimes", 0.75)
    text = cli("shapes", folder, timeout=60).stdout
    assert re.search(r"^  fresh +always +string url +never +unknown$", text, re.M)
    assert re.search(r"^  sources +sometimes, 75 % ", text, re.M)
