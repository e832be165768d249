"""The double's own description as a document."""

import re

import httpx
from openapi_spec_validator import OpenAPIV31SpecValidator

from operations import OPERATIONS
from rules import OCTOBER, rule


def test_it_is_valid_openapi_3_1(description):
    assert description.document["openapi"].startswith("3.1.")
    assert not [
        error.message for error in OpenAPIV31SpecValidator(description.document).iter_errors()
    ]


def test_it_has_the_operations_of_the_revision_and_no_other(description, revision):
    found = {(method, path) for method, path, _ in description.operations("/v1/")}
    assert found == set(OPERATIONS[revision])


def test_it_has_the_control_api(description):
    found = {path for _, path, _ in description.operations("/_mock/")}
    assert {"/_mock/keys", "/_mock/clock/advance", "/_mock/openapi.json", "/_mock/faults"} <= found


def test_the_running_revision_is_the_default(doubles, revision):
    plain = doubles[revision].control("GET", "openapi.json", status=200).json()
    assert plain == doubles[revision].control("GET", "openapi.json", contract=revision).json()
    assert doubles[revision].control("GET", "openapi.json", contract="2026-08").status_code == 400


def test_its_server_is_the_double_as_the_client_knows_it(doubles, revision):
    url = doubles[revision].url
    assert httpx.get(f"{url}/_mock/openapi.json").json()["servers"][0]["url"] == url
    mapped = httpx.get(f"{url}/_mock/openapi.json", headers={"Host": "double.test:1234"})
    assert mapped.json()["servers"][0]["url"] == "http://double.test:1234"


def test_every_operation_needs_a_key(description):
    document = description.document
    for method, path, operation in description.operations("/v1/"):
        security = operation.get("security", document.get("security"))
        assert security == [{"bearerAuth": []}], (method, path)
        assert "401" in operation["responses"], (method, path)


@rule("headers.not-deprecated", only=OCTOBER)
def test_no_operation_is_deprecated(description, api):
    assert not [path for _, path, each in description.operations("/v1/") if each.get("deprecated")]
    key = api.mint()
    for answer in (api.ask(key), api.get(key, "/v1/countries"), api.get(key, "/v1/x")):
        names = {name.lower() for name in answer.headers}
        assert not names & {"deprecation", "sunset", "link"}
        assert not [name for name in names if name.startswith("ratelimit")]


@rule("headers.no-others")
def test_there_are_no_other_headers(api):
    known = re.compile(
        "X-RateLimit-(Limit|Remaining)|X-Concurren(t|cy)-(Limit|Current|Remaining)"
        "|X-Credits-(Remaining|Charged)|X-Request-ID|X-Latency-Ms|Allow|Retry-After"
        "|Content-(Type|Length)|Connection|Date", re.IGNORECASE,
    )  # fmt: skip
    key = api.mint()
    answers = [
        api.ask(key), api.ask(key, "google"), api.ask("sk_live_x"), api.get(key, "/v1/x"),
        api.get(key, "/v1/countries"), api.get(key, "/v1/credits"),
    ]  # fmt: skip
    for answer in answers:
        assert [name for name in answer.headers if not known.fullmatch(name)] == []


def test_the_judge_notices_what_is_not_described(api, description):
    """The suite's own proof that its judgement isn't empty."""
    operation = ("POST", "/v1/monitor/grok")
    answer = api.ask(api.mint(), "grok")
    assert description.judge(*operation, answer) == []

    kept = {name: value for name, value in answer.headers.items() if name != "content-length"}

    def judged(fields, **members):
        whole = answer.json()
        whole["result"] |= members
        return description.judge(*operation, httpx.Response(200, headers=fields, json=whole))

    assert judged(kept) == []
    assert judged(kept, invented=1) and judged(kept, text=1)
    assert judged(kept | {"x-invented": "1"}) and judged(kept | {"x-ratelimit-limit": "-1"})
    assert judged(kept | {"x-ratelimit-limit": "many"})
    del kept["x-ratelimit-limit"]
    assert judged(kept)
