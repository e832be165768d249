"""The fixtures' schema finds what `check` finds, wherever JSON Schema can say it."""

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from support import BUILT_IN_KEY, PROVIDERS, cli

FIXTURES = Path(__file__).resolve().parent.parent.parent / "Fixtures"
SCHEMA = json.loads((FIXTURES / "schema/fixture.schema.json").read_text())
PLANS = sorted((FIXTURES / "plans").glob("*.json"))
KEYS = [f"sk_test_{digit * 32}" for digit in "ab"]

# One of each member, for the mutations to break.
WHOLE = {
    "$schema": "fixture.schema.json", "plan": "team", "extends": "lite", "contract": "2026-10",
    "credits": 70, "concurrency": 3, "queueLimit": 9,
    "rateLimit": {"requestsPerSecond": 5, "refill": "continuous", "enabled": False},
    "pricing": {"grok": 4, "google/news": 0, "syncSurcharge": 1, "expandedProductLimit": 2},
    "latency": {"default": "uniform(1s, 3s)", "grok": "lognormal(2s,0.4)", "google": "24h"},
    "progression": {"mode": "polls", "polls": 2}, "shapes": "live", "variety": "sparse",
    "repeat": "vary", "unknownMembers": "refuse", "unavailable": ["copilot"],
    "holdSync": True, "label": "nightly run", "budget": 50, "weather": "rainy",
    "keys": [{"key": KEYS[0], "organization": "acme", "credits": 5},
             {"key": KEYS[1], "organization": "acme"}],
    "webhooks": {"mode": "collect", "secret": "whsec_x", "attempts": 2, "retrySeconds": [1, 1],
                 "timeoutSeconds": 3},
    "countries": {"exclude": ["AQ", "XK"]},
    "responses": [
        {"match": {"provider": "grok", "prompt": "best", "country": "DE", "key": KEYS[0]},
         "result": {"text": "Acme"}, "mode": "replace", "latency": "1.5s", "times": 2},
        {"match": {"prompt": {"regex": "^best"}},
         "error": {"status": 429, "code": "RATE_LIMIT_EXCEEDED", "retryAfter": 0}},
    ],
    "faults": [
        {"match": {"path": "/v1/async/task/5f1c", "method": "GET", "nth": 2, "key": KEYS[1]},
         "fault": {"kind": "status", "status": 503, "message": "Busy", "retryAfter": 7},
         "times": 2, "probability": 0.5},
        {"fault": {"kind": "status", "status": 418, "body": "<p>tea</p>",
                   "contentType": "text/html; charset=utf-8"}},
        {"fault": {"kind": "latency", "latency": "2s"}},
        {"match": {"path": "/v1/monitor/*"}, "fault": {"kind": "slow_body", "chunks": 2}},
        {"fault": {"kind": "connection_reset", "when": "after"}},
        {"fault": {"kind": "task_failure", "code": "X"}},
        {"fault": {"kind": "webhook_stale_timestamp", "seconds": 9}},
    ],
}  # fmt: skip


def changed(path, value):
    """The whole fixture with another value at a path; ``...`` takes the member away."""
    fixture = copy.deepcopy(WHOLE)
    *outer, last = [int(each) if each.isdigit() else each for each in path.split(".")]
    place = fixture
    for each in outer:
        place = place[each]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return fixture


def of(path, *values):
    return [(f"{path} = {value!r}", changed(path, value)) for value in values]


def fault(*kinds):
    return [(json.dumps(kind), changed("faults.0", {"fault": kind})) for kind in kinds]


def response(*answers):
    return [(json.dumps(each), changed("responses.0", each)) for each in answers]


def weather(member, *values):
    return of("weather", *[{member: value} for value in values])


LATENCIES = [
    "250ms", "0s", "1.5s", "10us", "007s", "24h", "24.0h", "1440m", "86400s", "86400000ms",
    "uniform(0ms,24h)", "lognormal(2s,0)", "lognormal(2s, 5)", "lognormal(2s,5e-05)",
    "lognormal(median=12s,p99=75s)", "percentiles(50:12s, 95:40s,99.9:75s)", "percentiles(50:1s)",
    "lognormal(median=12s,99=75s)", "percentiles(50=12s,95=40s)", "lognormal(p99=75s,median=12s)",
    "", "5", "ms", "-1s", ".5s", "5.s", "1e3ms", "1 s", " 1s", "1S", "1d", "24.1h", "25h", "1441m",
    "86401s", "86400001ms", "86400000001us", "uniform(1s)", "uniform(1s,2s,3s)", "uniform(1s,25h)",
    "uniform(1s ,2s)", "lognormal(2s,-1)", "lognormal(2s,5.1)", "lognormal(2s,9e1)",
    "normal(1s,2s)", "1s\n", 5, None,
]  # fmt: skip

MUTATIONS = [
    *of("$schema", 1, "x"),
    *of("plan", ..., 1, "", "a b", "a\n", "a\u0007", "a\u3000b", "a.b-c_d"),
    *of("extends", ..., 5, None, "hobby"),
    *of("contract", "2026-7", 2026, "2026-07"),
    *of("credits", "70", -1, 1.5, 1.0, None, True, 10**15, 10**15 + 1),
    *of("concurrency", -1, 1_000_001, "3", 0), *of("queueLimit", -1, 10_000_001, False),
    *of("rateLimit", 5, [], {}, {"refil": "interval"}), *of("rateLimit.refill", "bucket", 1),
    *of("rateLimit.requestsPerSecond", 0, 10**9, 10**9 + 1), *of("rateLimit.enabled", 1, "yes"),
    *of("pricing", 1, {"bard": 1}), *of("pricing.grok", -1, 1_000_001, "4", 0),
    *of("latency", "5s", {"gork": "5s"}, {}), *of("latency.default", *LATENCIES),
    *of("progression", "time", "polls", "hodl", 5, None, {}, {"mode": "hold"}, {"mode": "polls"}),
    *of("progression", {"polls": 2}, {"mode": "time", "polls": 1}, {"mode": "pols"}),
    *of("progression.polls", 0, 1_000_001, "2", 1), *of("progression.more", 1),
    *of("shapes", "lively", 1), *of("variety", "none"), *of("repeat", "often", True),
    *of("unknownMembers", "drop", None), *of("holdSync", 1, "true", None, False),
    *of("budget", -1, "5", 0, 10**15 + 1),
    *of("weather", None, "", "rain", "Rainy", 5, [], {}, {"abuot": "x"}, {"about": 5}),
    *of("keys.0.weather", "clear", None, "x", {"taskFailures": {"default": 2}}),
    *weather("latency", {}, {"google": "1s"}, {"default": "1"}, {"gogle": "1s"}, "1s"),
    *weather("errors", {}, {"google/news": []}, {"default": {}}, {"default": [5]}, {"bing": []}),
    *weather("errors", *[{"default": [each]} for each in (
        {"status": 503, "probability": 0.5, "retryAfter": 7}, {"status": 503, "probability": 1},
        {"status": 500, "probability": 0.5, "retryAfter": 7}, {"status": 503}, {"probability": 1},
        {"status": 200, "probability": 1}, {"status": 600, "probability": 1},
        {"status": 503, "probability": -0.1}, {"status": 503, "probability": 1.1},
        {"status": 503, "probability": "1"}, {"status": 503, "probability": 1, "times": 2},
        {"status": 429, "probability": 1, "code": "QUEUE_LIMIT_EXCEEDED"},
        {"status": 429, "probability": 1, "code": "RATE_LIMIT"},
        {"status": 418, "probability": 1, "code": "TEAPOT", "message": "no"})]),
    *weather("taskFailures", {"default": 0.1, "aimode": 1}, {"default": 1.01}, {"default": ""}, []),
    *weather("webhooks", {"lost": 0.5, "slow": 0.5, "delay": "1m"}, {"lost": -1}, {"slow": 2}),
    *weather("webhooks", {"delay": "soon"}, {"drop": 1}, {}, 1, None),
    *of("label", "", 5, None, "é" * 200, "x" * 201, "😀" * 200, "e\u0301" * 150),
    *of("label", "a\nb", "a\u0000b", "a\u2028b", "tab\there"),
    *of("unavailable", "grok", [], ["gork"], [1], ["grok", "grok"], list(PROVIDERS)),
    *of("keys", {}, [], [5], [WHOLE["keys"][0]] * 2), *of("keys.0.key", ..., "sk_live_1", "", 5),
    *of("keys.0.key", KEYS[0].upper(), KEYS[0] + "\n", KEYS[0] + "0"),
    *of("keys.0.organization", ..., "", "a b", 5, "ä-ö"), *of("keys.0.credits", -1, "5", 5.5),
    *of("keys.0.credit", 5), *of("keys.0.concurrency", -1, 0, "3"), *of("keys.0.revoked", True, 1),
    *of("keys.0.latency", "120s", "soon", 5), *of("keys.0.label", "", "x" * 201, 5),
    *of("webhooks", None, {"retry": 1}), *of("webhooks.mode", "colect", 1),
    *of("webhooks.secret", "", None, 5), *of("webhooks.attempts", 0, 21, 20),
    *of("webhooks.retrySeconds", [], [-1], [86_401], ["1"], [1.5], 5, [0, 86_400]),
    *of("webhooks.timeoutSeconds", 0, 601),
    *of("countries", [], {"only": []}),
    *of("countries.exclude", "DE", ["de"], ["DEU"], ["ZZ"], [1], ["DE\n"], ["UK"], [], ["GB"]),
    *of("responses", {}, [1], []),
    *response({}, {"match": {}, "result": {}}, {"result": {}, "error": {"status": 503}}),
    *response({"result": []}, {"result": None}, {"error": {}}, {"error": 503}, {"results": {}}),
    *response({"error": {"status": 503}, "mode": "merge"}, {"result": {}, "mode": "patch"}),
    *response({"error": {"status": 200}}, {"error": {"status": 399}}, {"error": {"status": 600}}),
    *response({"error": {"status": 429, "code": "RATE_LIMIT"}}),
    *response({"error": {"status": 429, "code": "CONCURRENT_LIMIT_EXCEEDED"}}),
    *response({"error": {"status": 403, "code": "RATE_LIMIT_EXCEEDED"}}),
    *response({"error": {"status": 418, "code": "TEAPOT"}}, {"error": {"status": 422, "code": ""}}),
    *response({"error": {"status": 503, "code": 1}}, {"error": {"status": 503, "body": ""}}),
    *response({"result": {}, "times": 0}, {"result": {}, "latency": "1"}),
    *of("responses.0.match", [], {"keey": "x"}, {"path": "/v1/credits"}),
    *of("responses.0.match.provider", "bard", 1), *of("responses.0.match.country", "de", "ZZ", 1),
    *of("responses.0.match.key", "sk_live_1", 5),
    *of("responses.0.match.prompt", 5, {}, {"equals": "a"}, {"equals": 1}, {"starts": "a"}),
    *of("responses.0.match.prompt", {"equals": "a", "contains": "b"}, {"regex": "a" * 1001}, ""),
    *of("faults", {}, [1], []), *of("faults.0.fault", ..., 5, {}, {"kind": "storm"}, {"kind": 1}),
    *of("faults.0.probability", -0.1, 1.1, "1", 0, 1), *of("faults.0.times", 0, 1.5, 10**9 + 1),
    *of("faults.0.time", 1), *of("faults.0.match.nth", 0, "2", 10**9),
    *of("faults.0.match.method", "PUT", "get", "HEAD"),
    *of("faults.0.match.path", "", "/v1/credit", "/v2/*", "v1/*", "/v1/async/task/a b", 5, "*"),
    *of("faults.0.match.path", "/v1/async/task/{id}", "/v1/async/task/{taskId}", "/v1/async/*"),
    *of("faults.0.match.path", "/v1/credits?x=1", "/v1/credits\n", "/v1/*/task"),
    *of("faults.0.match.country", "DE"),
    *fault({"kind": "status"}, {"kind": "status", "status": 204}),
    *fault({"kind": "status", "status": 399}),
    *fault({"kind": "status", "status": 204, "body": ""}, {"kind": "status", "status": "503"}),
    *fault({"kind": "status", "status": 204, "body": "x"}, {"kind": "status", "status": 204.0}),
    *fault({"kind": "status", "status": 204, "message": "x"}),
    *fault({"kind": "status", "status": 204, "contentType": "text/html"}),
    *fault({"kind": "status", "status": 503, "code": "BUSY"}),
    *fault({"kind": "status", "status": 503, "code": "SERVICE_UNAVAILABLE"}),
    *fault({"kind": "status", "status": 404, "code": "TASK_NOT_FOUND"}),
    *fault({"kind": "status", "status": 503, "body": {}, "code": "SERVICE_UNAVAILABLE"}),
    *fault({"kind": "status", "status": 503, "body": 5}, {"kind": "status", "status": 503, "x": 1}),
    *fault({"kind": "status", "status": 503, "contentType": "text/html"}),
    *fault({"kind": "status", "status": 503, "body": "", "contentType": "html"}),
    *fault({"kind": "status", "status": 503, "body": "", "contentType": "text/html\n"}),
    *fault({"kind": "status", "status": 503, "body": "", "contentType": "a/b" + "x" * 200}),
    *fault({"kind": "status", "status": 503, "body": [], "contentType": "a/b/c"}),
    *fault({"kind": "status", "status": 503, "retryAfter": -1}),
    *fault({"kind": "status", "status": 503, "retryAfter": 86_401}),
    *fault({"kind": "latency"}, {"kind": "latency", "latency": 5}),
    *fault({"kind": "latency", "latency": "1s", "status": 503}),
    *fault({"kind": "connection_reset", "when": "during"}, {"kind": "empty_response", "bytes": 1}),
    *fault({"kind": "truncate_body", "bytes": -1}, {"kind": "truncate_body", "bytes": 0}),
    *fault({"kind": "slow_body", "chunks": 0}, {"kind": "slow_body", "duration": "25h"}),
    *fault({"kind": "task_failure", "code": 5}, {"kind": "task_failure", "status": 500}),
    *fault({"kind": "webhook_stale_timestamp", "seconds": 0}, {"kind": "hold"}),
    *fault({"kind": "hold", "limit": "5s"}, {"kind": "webhook_drop"}),
    *of("concurency", 5), *of("Credits", 5), *of("zzz", None),
    *[(text, json.loads(text)) for text in ("[]", "null", "5", '"plan"', "{}", "true")],
]

# What one value says of another, and languages within texts: JSON Schema can't say that.
BEYOND = {
    "a name that no plan has": changed("extends", "hobbie"),
    "bounds in the wrong order": changed("latency.default", "uniform(3s,1s)"),
    "a percentile that falls": changed("latency.default", "percentiles(50:12s,95:11s)"),
    "a percentile below the median": changed("latency.default", "lognormal(median=12s,p99=1s)"),
    "a key that stands twice": changed("keys.1.key", KEYS[0]),
    "credits of one organization": changed("keys.1.credits", 6),
    "a rule's key that no entry gives": changed("faults.0.match.key", BUILT_IN_KEY),
    "a regular expression": changed("responses.1.match.prompt.regex", "a)"),
    "the beginning of a path": changed("faults.3.match.path", "/v1/monitr/*"),
    "path and method": changed("faults.0.match.method", "DELETE"),
    "path and provider": changed("faults.0.match.provider", "grok"),
    "a sum of probabilities": changed("weather", {"errors": {"default": [
        {"status": 503, "probability": 0.6}, {"status": 500, "probability": 0.5}]}}),
    "webhooks that are lost and slow": changed("weather", {"webhooks": {"lost": 0.6, "slow": 0.5}}),
    "path and kind": changed("faults.5.match", {"path": "/v1/credits"}),
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """`checked(fixtures)` asks `check` about each, and returns what it says, or nothing."""
    folder = tmp_path_factory.mktemp("fixtures")

    def check(number, fixture):
        file = folder / f"{number}.json"
        file.write_text(json.dumps(fixture))
        ended = cli("check", file)
        assert ended.returncode in (0, 65), ended.stderr
        return ended.stderr.replace(f"{file}: ", "") if ended.returncode else ""

    def all_checked(fixtures):
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(check, range(len(fixtures)), fixtures))

    return all_checked


def complaint(fixture):
    """What the schema says of a fixture, or nothing."""
    errors = list(Draft202012Validator(SCHEMA).iter_errors(fixture))
    return "; ".join(f"{list(each.path)}: {each.message[:80]}" for each in errors)


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


def test_the_built_in_plans_and_the_whole_fixture_are_valid(checked):
    fixtures = [json.loads(plan.read_text()) for plan in PLANS] + [WHOLE]
    assert len(PLANS) == 10
    assert [complaint(each) for each in fixtures] == [""] * len(fixtures)
    assert checked(fixtures) == [""] * len(fixtures)


def test_schema_and_check_have_the_same_verdict(checked):
    found = checked([fixture for _, fixture in MUTATIONS])
    verdicts = [(what, said, complaint(fixture))
                for (what, fixture), said in zip(MUTATIONS, found)]  # fmt: skip
    assert [each for each in verdicts if bool(each[1]) != bool(each[2])] == []
    refused = sum(bool(said) for said in found)
    assert refused >= 150 and len(found) - refused >= 40


def test_each_built_in_plan_mutated(checked):
    """What is wrong in one plan's file is wrong in each."""
    wrong = {
        "credits": -1, "concurrency": "20", "latency": {"default": "soon"}, "keys": {},
        "progression": {"mode": "hold", "polls": 1}, "countries": {"exclude": ["de"]},
        "responses": [{"error": {"status": 404, "code": "GONE"}}], "concurency": 5,
    }  # fmt: skip
    plans = [json.loads(plan.read_text()) for plan in PLANS]
    fixtures = [{**plan, name: value} for plan in plans for name, value in wrong.items()]
    assert len(fixtures) >= 72
    for fixture, said in zip(fixtures, checked(fixtures)):
        assert said and complaint(fixture), fixture


def test_what_the_schema_can_t_say_is_this_and_check_says_it(checked):
    for (what, fixture), said in zip(BEYOND.items(), checked(list(BEYOND.values()))):
        assert said and not complaint(fixture), (what, said, complaint(fixture))


def test_every_way_to_the_schema_leads_to_the_file(double):
    text = (FIXTURES / "schema/fixture.schema.json").read_text()
    printed = cli("schema")
    assert (printed.returncode, printed.stdout, printed.stderr) == (0, text, "")
    answer = double().control("GET", "fixture.schema.json", status=200)
    assert answer.text == text and answer.headers["content-type"] == "application/json"
