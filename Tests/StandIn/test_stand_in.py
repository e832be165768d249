"""langchain-cloro, unmodified, against what it takes for https://api.cloro.dev."""

import json
import threading

import httpx
import pytest
from langchain_cloro import (
    CloroChatGPT,
    CloroCopilot,
    CloroGemini,
    CloroGoogleSearch,
    CloroPerplexity,
    get_countries,
)

from stand_in import StandIn
from support import UNKNOWN_KEY, eventually

PROMPT = "Which laptop for a student?"
# tool, what it is asked, the path, what it must put in the body, credits as the price list has them
CALLS = [
    (CloroChatGPT, {}, "chatgpt", {}, 7),
    (
        CloroChatGPT,
        {"country": "DE", "include_search_queries": True, "include_markdown": True},
        "chatgpt",
        {"country": "DE", "include": {"searchQueries": True, "markdown": True}},
        9,
    ),
    (CloroGemini, {"include_html": True}, "gemini", {"include": {"html": True}}, 6),
    (CloroPerplexity, {"include_markdown": True}, "perplexity", {"include": {"markdown": True}}, 5),
    (CloroCopilot, {}, "copilot", {}, 7),
    (CloroGoogleSearch, {}, "google", {"device": "desktop", "pages": 1}, 5),
    (
        CloroGoogleSearch,
        {"pages": 3, "device": "mobile", "include_aioverview": True, "aioverview_markdown": True},
        "google",
        {"device": "mobile", "pages": 3, "include": {"aioverview": {"markdown": True}}},
        11,
    ),
]


def ask(tool, key, **arguments):
    name = "query" if tool is CloroGoogleSearch else "prompt"
    return json.loads(tool(cloro_api_key=key).invoke({name: PROMPT, **arguments}))


@pytest.mark.parametrize(
    "tool, arguments, provider, sent, credits",
    CALLS,
    ids=[f"{tool.__name__} {' '.join(arguments)}".strip() for tool, arguments, *_ in CALLS],
)
def test_a_tool_gets_what_the_double_says(stand_in, tool, arguments, provider, sent, credits):
    key = stand_in.mint(credits=100, seed=7)
    answer = ask(tool, key, **arguments)

    assert answer["success"] is True
    # Only Perplexity sends the prompt itself, as what it searched for.
    assert (PROMPT in json.dumps(answer["result"])) is (tool is CloroPerplexity)
    [entry] = stand_in.journal(key)
    assert (entry["method"], entry["path"]) == ("POST", f"/v1/monitor/{provider}")
    assert (entry["status"], entry["creditsCharged"]) == (200, credits)
    name = "query" if tool is CloroGoogleSearch else "prompt"
    assert json.loads(entry["request"]["body"]) == {
        name: PROMPT, "country": "US", **sent,
    }  # fmt: skip

    # Asked again from the same beginning, without a proxy and without the package.
    stand_in.reset(key)
    direct = stand_in.control.post(
        f"/v1/monitor/{provider}", content=json.dumps({name: PROMPT, "country": "US", **sent}),
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip
    assert direct.json() == answer


@pytest.mark.parametrize("model", [None, "chatgpt", "google"])
def test_countries(stand_in, model):
    countries = get_countries(cloro_api_key=stand_in.mint(), model=model)
    assert len(countries) > 200 and {"US", "DE", "JP"} <= set(countries)
    assert all(len(code) == 2 and code.isupper() for code in countries)


def test_the_key_comes_from_the_environment_too(stand_in, monkeypatch):
    key = stand_in.mint()
    monkeypatch.setenv("CLORO_API_KEY", key)
    assert json.loads(CloroChatGPT().invoke({"prompt": PROMPT}))["success"] is True
    assert len(stand_in.journal(key)) == 1


@pytest.mark.parametrize(
    "settings, status",
    [({"credits": 6}, "403 Forbidden"), ({"requestsPerSecond": 1}, "429 Too Many Requests")],
)
def test_a_limit_reaches_the_tool(stand_in, settings, status):
    key = stand_in.mint(**settings)
    answers = [ask(CloroChatGPT, key) for _ in range(2)]
    assert status in answers[1]["error"]
    assert "https://api.cloro.dev/v1/monitor/chatgpt" in answers[1]["error"]


def test_an_unknown_key(stand_in):
    assert "401 Unauthorized" in ask(CloroChatGPT, UNKNOWN_KEY)["error"]


def test_the_last_slot(stand_in):
    key = stand_in.mint(concurrency=1, latency="2s")
    first = []
    thread = threading.Thread(target=lambda: first.append(ask(CloroGemini, key)))
    thread.start()
    bearer = {"Authorization": f"Bearer {key}"}
    eventually(
        lambda: stand_in.control.get("/v1/async/status", headers=bearer).json()["concurrency"][
            "used"
        ],
        "the first request's slot",
    )
    assert "429 Too Many Requests" in ask(CloroGemini, key)["error"]
    stand_in.control.post("/_mock/clock/advance", json={"seconds": 2})
    thread.join(20)
    assert [answer["success"] for answer in first] == [True]


def test_a_retry_after_an_outage(stand_in):
    key = stand_in.mint()
    stand_in.fault(
        match={"key": key}, fault={"kind": "status", "status": 503, "retryAfter": 7}, times=2
    )
    answers = [ask(CloroPerplexity, key) for _ in range(3)]
    assert ["503 Service Unavailable" in answer.get("error", "") for answer in answers] == [
        True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "method, path, body",
    [
        ("POST", "/v1/monitor/chatgpt", {"prompt": PROMPT, "country": "US"}),
        ("POST", "/v1/monitor/chatgpt", {"country": "US"}),
        ("GET", "/v1/countries", None),
        ("GET", "/v1/nothing", None),
        ("PUT", "/v1/monitor/chatgpt", None),
    ],
)
def test_both_sides_see_each_other_as_without_a_proxy(stand_in, method, path, body):
    exchanges = []
    for base in ("https://api.cloro.dev", str(stand_in.control.base_url)):
        key = stand_in.mint(key="sk_test_" + "5" * 32, seed=7)
        fields = {"Authorization": f"Bearer {key}", "X-Trace": "1"}
        with httpx.Client(base_url=base, headers=fields, timeout=90) as client:
            # A proxy may ask for compression by itself when the client doesn't.
            del client.headers["Accept-Encoding"]
            response = client.request(method, path, json=body)
        [entry] = stand_in.journal(key)
        exchanges.append(
            (
                response.status_code,
                without(response.headers, "date", "connection"),
                # The time in an error's body is the clock's, which stands still.
                response.content,
                # Links in results are https by the last one.
                without(entry["request"]["headers"], "host", "connection", "x-forwarded-proto"),
                entry["request"]["body"],
            )
        )
        assert stand_in.control.delete(f"/_mock/keys/{key}").status_code < 300
    assert exchanges[0] == exchanges[1]
    assert exchanges[0][3]["x-trace"] == "1"


def test_links_are_https_and_work(stand_in):
    key = stand_in.mint()
    body = {"prompt": PROMPT, "country": "US", "include": {"html": True}}
    bearer = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url="https://api.cloro.dev", headers=bearer, timeout=90) as client:
        result = client.post("/v1/monitor/grok", json=body).json()["result"]
        assert result["html"].startswith("https://api.cloro.dev/_mock/results/")
        page = client.get(result["html"])
    assert page.status_code == 200 and result["text"].split(",")[0] in page.text


def without(fields, *names):
    """The fields but those that each connection has of its own."""
    lower = {name.lower(): value for name, value in fields.items()}
    return {name: value for name, value in lower.items() if name not in names}


def test_a_reset_connection_is_seen_once(stand_in):
    # A GET on a kept connection is what a proxy would send a second time.
    key = stand_in.mint()
    bearer = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url="https://api.cloro.dev", headers=bearer, timeout=90) as client:
        assert client.get("/v1/countries").status_code == 200
        stand_in.fault(match={"key": key}, fault={"kind": "connection_reset"}, times=1)
        statuses = [client.get("/v1/countries").status_code for _ in range(2)]
    assert statuses == [502, 200]
    assert len(stand_in.journal(key)) == 3


def test_without_the_authority_nothing_is_said(running, resolver, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    key = running.mint()
    assert "CERTIFICATE_VERIFY_FAILED" in ask(CloroChatGPT, key)["error"]
    assert running.journal(key) == []


def test_a_stop_ends_both():
    one = StandIn()
    children = one.children()
    assert one.authority.is_file()
    assert len(children) >= 2
    assert one.stop() == (0, "")
    eventually(lambda: not any(alive(child) for child in children), "the double and caddy are gone")
    assert not one.authority.exists()
    for port in (one.port, one.double_port):
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/_mock/ready", trust_env=False)


def alive(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
