"""Countries and states."""

import re

import pytest

from api import fields
from rules import rule

BLOCKED = {
    "google": "", "google/news": "", "chatgpt": "CN HK IR MO RU VE", "gemini": "BY CN RU",
    "copilot": "BY CN RU SY VE", "grok": "BY CN HK RU VE", "perplexity": "CN",
    "aimode": "CN CU IR KP",
    "aioverview": "BL BV CN CU ET GF GP IR IS LK MF MQ NC PF PM RE TF WF YT",
}  # fmt: skip
JULY_ONLY, OCTOBER_ONLY = {"chatgpt": {"CZ"}}, {"copilot": {"IR"}}


@pytest.fixture(scope="module")
def key(api):
    return api.mint()


@rule("countries.list")
def test_the_countries(api, key):
    codes = api.get(key, "/v1/countries").json()
    assert codes[:5] == ["AD", "AE", "AF", "AG", "AI"] and codes == sorted(codes)
    assert len(codes) == len(set(codes)) == 250
    assert all(re.fullmatch("[A-Z]{2}", each) for each in codes)
    assert {"US", "DE", "GB", "TW", "SS", "BQ", "XK"} <= set(codes)
    assert not {"UK", "EU", "AN", "XX"} & set(codes)


@rule("countries.blocked", "countries.model")
@pytest.mark.parametrize("model", BLOCKED)
def test_each_model_has_its_countries(api, key, model):
    more = JULY_ONLY if api.is_july else OCTOBER_ONLY
    blocked = {*BLOCKED[model].split(), *more.get(model, ())}
    everywhere = api.get(key, "/v1/countries").json()
    expected = [each for each in everywhere if each not in blocked]
    assert len(expected) == 250 - len(blocked)
    for name in (model, model.upper(), model.title()):
        assert api.get(key, "/v1/countries", model=name).json() == expected


@rule("countries.excluded")
def test_a_fixture_excludes_countries(start, fixture_file):
    api = start("--fixture", fixture_file(countries={"exclude": ["CU", "KP"]}))
    key = api.double.first_key
    for model, count in (("google", 248), ("aimode", 246), ("perplexity", 247)):
        codes = api.get(key, "/v1/countries", model=model).json()
        assert len(codes) == count and not {"CU", "KP"} & set(codes)


@rule("countries.model")
def test_what_is_no_model(api, key):
    for model in ("", "news", "google_news", "chatgpt ", "gro\u212a"):
        assert fields(api.get(key, "/v1/countries", model=model)) == ["model"]


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
