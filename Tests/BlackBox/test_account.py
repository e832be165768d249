"""Countries, states, credits and the concurrency of an organization."""

import re
import time

import pytest

from support import TIMESTAMP, path_of, question
from wire import RawConnection, request_bytes

MODELS = ["aimode", "chatgpt", "copilot", "gemini", "google", "grok", "perplexity"]


@pytest.fixture
def key(shared):
    return shared.minted()


def test_countries_are_the_codes_of_iso_3166(shared, key):
    codes = shared.get(key, "/v1/countries").json()
    assert len(codes) == len(set(codes)) == 249
    assert all(re.fullmatch("[A-Z]{2}", code) for code in codes)
    assert codes[:5] == ["AF", "AX", "AL", "DZ", "AS"]
    assert {"US", "DE", "GB", "TW", "SS", "BQ"} <= set(codes)
    assert not {"UK", "EU", "AN", "XX"} & set(codes)


@pytest.mark.parametrize("model", MODELS)
def test_countries_of_a_model(shared, key, model):
    assert (
        shared.get(key, "/v1/countries", model=model).json()
        == shared.get(key, "/v1/countries").json()
    )


@pytest.mark.parametrize(
    "model", ["", "news", "google/news", "google_news", "ChatGPT", "aioverview"]
)
def test_a_bad_model(shared, key, model):
    refused = shared.get(key, "/v1/countries", model=model)
    assert refused.status_code == 400
    assert refused.json()["error"] == "Request validation failed"
    assert [detail["field"] for detail in refused.json()["details"]] == ["model"]


def test_a_fixture_excludes_countries(double, fixture_file):
    fixture = fixture_file(countries={"exclude": ["CU", "KP"]})
    some = double("--fixture", fixture)
    codes = some.get(some.first_key, "/v1/countries").json()
    assert len(codes) == 247 and not {"CU", "KP"} & set(codes)


def test_states(shared, key):
    states = shared.get(key, "/v1/states", country="US").json()
    assert len(states) == len({state["code"] for state in states}) == 51
    assert all(list(state) == ["code", "name"] for state in states)
    assert {"code": "DC", "name": "District of Columbia"} in states
    assert states[:2] == [{"code": "AL", "name": "Alabama"}, {"code": "AK", "name": "Alaska"}]
    for country in ["DE", "GB", "ZW"]:
        answer = shared.get(key, "/v1/states", country=country)
        assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize("country", [None, "", "us", "U", "USA", "U1", "Ü"])
def test_a_bad_country_of_states(shared, key, country):
    params = {} if country is None else {"country": country}
    refused = shared.get(key, "/v1/states", **params)
    assert refused.status_code == 400
    assert refused.json()["success"] is False
    assert [detail["field"] for detail in refused.json()["details"]] == ["country"]


def test_credits(shared):
    key = shared.minted(plan="lite", credits=100)
    assert shared.ask(key).status_code == 200
    answer = shared.get(key, "/v1/credits").json()
    assert list(answer) == ["remaining", "perCycle", "cycleResetsAt"]
    assert answer["remaining"] == 93
    assert TIMESTAMP.fullmatch(answer["cycleResetsAt"])
    assert answer["cycleResetsAt"] > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())


def test_credits_of_the_plan_in_a_cycle(shared):
    assert shared.get(shared.minted(plan="lite"), "/v1/credits").json()["perCycle"] == 37_500


def test_the_free_plan_has_no_cycle(shared):
    answer = shared.get(shared.minted(plan="free"), "/v1/credits").json()
    assert answer == {"remaining": 500, "perCycle": None, "cycleResetsAt": None}


def test_the_async_status_shows_the_slots(frozen):
    key = frozen.minted(plan="lite", latency="5s")
    idle = frozen.get(key, "/v1/async/status").json()
    assert idle == {
        "queuedTasks": 0, "processingTasks": 0, "priorityBreakdown": [],
        "concurrency": {"used": 0, "max": 10},
    }  # fmt: skip
    connections = [RawConnection(frozen.port) for _ in range(3)]
    for connection in connections:
        connection.send(request_bytes("POST", path_of("chatgpt"), key, question("chatgpt")))
    frozen.await_running(key, 3)
    busy = frozen.get(key, "/v1/async/status").json()
    assert busy["concurrency"] == {"used": 3, "max": 10}
    # A running sync request is no task.
    assert (busy["queuedTasks"], busy["processingTasks"]) == (0, 0)
    frozen.advance(5)
    assert {connection.answer().status for connection in connections} == {200}
    assert frozen.running(key) == 0
