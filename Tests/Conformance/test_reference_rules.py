"""Countries and states."""

import re

import pytest

from api import fields
from rules import JULY, OCTOBER, rule

MODELS = ["aimode", "chatgpt", "copilot", "gemini", "google", "grok", "perplexity"]


@pytest.fixture(scope="module")
def key(api):
    return api.mint()


@rule("countries.list", "countries.all")
def test_the_countries(api, key):
    codes = api.get(key, "/v1/countries").json()
    assert codes[:5] == ["AF", "AX", "AL", "DZ", "AS"]
    assert len(codes) == len(set(codes)) == 249
    assert all(re.fullmatch("[A-Z]{2}", each) for each in codes)
    assert {"US", "DE", "GB", "TW", "SS", "BQ"} <= set(codes)
    assert not {"UK", "EU", "AN", "XX"} & set(codes)
    for model in MODELS:
        assert api.get(key, "/v1/countries", model=model).json() == codes


@rule("countries.all")
def test_a_fixture_excludes_countries(start, fixture_file):
    api = start("--fixture", fixture_file(countries={"exclude": ["CU", "KP"]}))
    codes = api.get(api.double.first_key, "/v1/countries").json()
    assert len(codes) == 247 and not {"CU", "KP"} & set(codes)


@rule("countries.model", only=JULY)
@rule("countries.model-october", only=OCTOBER)
def test_the_models(api, key):
    for model in ("", "news", "google/news", "google_news", "ChatGPT"):
        assert fields(api.get(key, "/v1/countries", model=model)) == ["model"]
    overview = api.get(key, "/v1/countries", model="aioverview")
    assert overview.status_code == (400 if api.is_july else 200)


@rule("states.list", "states.elsewhere", "states.country")
def test_the_states(api, key):
    states = api.get(key, "/v1/states", country="US").json()
    assert len({each["code"] for each in states}) == len(states) == 51
    assert all(list(each) == ["code", "name"] for each in states)
    assert states[:2] == [{"code": "AL", "name": "Alabama"}, {"code": "AK", "name": "Alaska"}]
    assert {"code": "DC", "name": "District of Columbia"} in states
    for country in ("DE", "GB", "ZW"):
        assert api.get(key, "/v1/states", country=country).json() == []
    for params in ({}, {"country": ""}, {"country": "us"}, {"country": "USA"}, {"country": "U1"},
                   {"country": "U"}, {"country": "Ü"}):  # fmt: skip
        answer = api.get(key, "/v1/states", **params)
        assert answer.status_code == 400 and fields(answer) == ["country"]
