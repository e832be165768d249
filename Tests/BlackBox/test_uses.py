"""Small stand-ins for what customers run: each does what a kind of client out there does."""

import itertools
import json
import re
import subprocess
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from async_support import KINDS, hooked, state, submit, task
from control_support import entries, fault, stub
from support import DEADLINE, PROVIDERS, path_of, question

USES = Path(__file__).resolve().parent / "uses"
REVISIONS = ["2026-07", "2026-10"]
UNSUPPORTED = (
    "We currently do not support this country code. If you'd like us to add support, please"
    " reach out to our support team and we will implement it."
)


# MARK: Clients that send what no document knows


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_workflow_node_asks_google_for_markdown(shared, revision):
    key = shared.minted(contract=revision)
    answer = shared.ask(key, "google", include={"aioverview": True, "markdown": True})
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-Credits-Charged"] == "7"
    # `true` is the overview without markdown.
    assert "markdown" not in answer.json()["result"].get("aioverview", {})
    [entry] = entries(shared, key)
    assert entry["notes"] == ["ignored: include.markdown"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_scraper_asks_every_engine_for_its_search_queries(shared, revision):
    key = shared.minted(contract=revision)
    for provider in PROVIDERS:
        plain = shared.ask(key, provider)
        answer = shared.ask(key, provider, include={"searchQueries": True})
        if (provider, revision) == ("grok", "2026-10"):
            assert answer.status_code == 400
            assert answer.json()["error"]["code"] == "MODEL_UNAVAILABLE"
            continue
        assert answer.status_code == 200, (provider, answer.text)
        more = 2 if provider == "chatgpt" else 0
        prices = [int(each.headers["X-Credits-Charged"]) for each in (plain, answer)]
        assert prices[1] - prices[0] == more, provider


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_scraper_s_tasks_are_taken_too(frozen, revision):
    key = frozen.minted(contract=revision, progression={"mode": "immediate"})
    for kind in KINDS:
        if (kind, revision) == ("GROK", "2026-10"):
            continue
        payload = {"include": {"searchQueries": True}, "client": "scraper/1.0"}
        identifier = submit(frozen, key, task(kind, payload=payload, source="nightly"))
        assert state(frozen, key, identifier) == "COMPLETED"


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_plugin_whose_default_country_is_in_lower_case_fails(shared, provider, revision):
    key = shared.minted(contract=revision)
    answer = shared.post(key, path_of(provider), question(provider) | {"country": "us"})
    assert answer.status_code == 400
    if (provider, revision) != ("grok", "2026-10"):
        whole = answer.json() if revision == "2026-07" else answer.json()["error"]
        assert whole["details"] == [{"field": "country", "message": UNSUPPORTED}]


# MARK: Clients that meet trouble


def test_a_poller_whose_first_two_polls_meet_a_500(frozen):
    key = frozen.minted(progression={"mode": "immediate"})
    polls_of_tasks = {"method": "GET", "path": "/v1/async/task/{taskId}"}
    fault(frozen, {"kind": "status", "status": 500}, key, match=polls_of_tasks, times=2)
    identifier = submit(frozen, key)
    polls = [frozen.get(key, f"/v1/async/task/{identifier}") for _ in range(3)]
    assert [poll.status_code for poll in polls] == [500, 500, 200]
    assert polls[2].json()["task"]["status"] == "COMPLETED"


def test_three_attempts_that_time_out_are_all_charged(frozen):
    key = frozen.minted(latency="10s")
    bearer = {"Authorization": f"Bearer {key}"}
    address = frozen.url + path_of("chatgpt")
    for _ in range(3):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(address, json=question("chatgpt"), headers=bearer, timeout=1)
    frozen.await_running(key, 3)
    frozen.advance(10)
    assert frozen.running(key) == 0
    ledger = frozen.ledger(key)
    assert [entry["amount"] for entry in ledger["entries"]][1:] == [-7, -7, -7]
    seen = entries(frozen, key, path=path_of("chatgpt"))
    assert [(entry["status"], entry["creditsCharged"]) for entry in seen] == [(499, 7)] * 3


# MARK: Receivers


@contextmanager
def node_receiver(secret):
    process = subprocess.Popen(
        ["node", str(USES / "receiver.mjs"), secret], stdout=subprocess.PIPE, text=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/hook", process.stdout
    finally:
        process.kill()
        process.communicate(timeout=DEADLINE)


# What writers of JSON escape differently.
AWKWARD = "é \u2028 / \x7f \U0001f680 \" \\ \b\f\n\r\t\x01"


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_receiver_verifies_over_json_that_it_writes_again(frozen, revision):
    secret = "whsec_" + "5" * 32
    key = frozen.minted(
        contract=revision, webhookSecret=secret, progression={"mode": "immediate"}
    )
    with node_receiver(secret) as (url, lines):
        for kind in KINDS:
            if (kind, revision) == ("GROK", "2026-10"):
                continue
            include = {"html": True, "markdown": True, "rawResponse": True, "shopping": True}
            body = hooked(url, kind=kind, text=AWKWARD, payload={"include": include})
            identifier = submit(frozen, key, body)
            report = json.loads(lines.readline())
            assert report == {"genuine": True, "task": identifier, "status": "COMPLETED"}, kind


def test_a_stub_s_numbers_survive_the_receiver_too(frozen):
    secret = "whsec_" + "6" * 32
    key = frozen.minted(webhookSecret=secret, progression={"mode": "immediate"})
    text = '{"match": {"key": "%s"}, "result": {"text": "é", "n": [1.50, 1e21, 1E5, -0, 0.1e-7]}}'
    answer = frozen.http.post(
        "/_mock/responses", content=text % key, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 201, answer.text
    with node_receiver(secret) as (url, lines):
        identifier = submit(frozen, key, hooked(url))
        assert json.loads(lines.readline())["genuine"] is True
    body = frozen.get(key, f"/v1/async/task/{identifier}").text
    assert '"n":[1.5,1e+21,100000,0,1e-8]' in body


# MARK: Counters

BRANDS = ["Zendora", "Quillmark", "Tarnwick Audio"]


def found(brand, value):
    """How often a brand stands in an answer, whatever the case, as a counter would find it."""
    return len(re.findall(re.escape(brand), json.dumps(value, ensure_ascii=False), re.IGNORECASE))


@pytest.mark.parametrize(
    "provider, revision",
    [pair for pair in itertools.product(PROVIDERS, REVISIONS) if pair != ("grok", "2026-10")],
)
def test_a_brand_counter_finds_nothing_that_the_prompt_alone_names(shared, provider, revision):
    key = shared.minted(contract=revision)
    text = f"Is {BRANDS[0]} better than {BRANDS[1]}, or should I buy from {BRANDS[2]}?"
    include = {"html": True, "markdown": True, "searchQueries": True, "shopping": True, "ads": True}
    answer = shared.ask(key, provider, text, include=include)
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    # Perplexity's search query is the prompt itself, as the service sends it.
    result.pop("search_model_queries", None)
    assert [found(brand, result) for brand in BRANDS] == [0, 0, 0]


def test_the_counter_finds_what_a_stub_says(shared):
    key = shared.minted()
    stub(shared, key, result={"text": f"{BRANDS[0]} is the best."})
    answer = shared.ask(key, "chatgpt", f"Is {BRANDS[0]} better than {BRANDS[1]}?")
    assert [found(brand, answer.json()["result"]["text"]) for brand in BRANDS] == [1, 0, 0]
