"""What a question may say, and what is wrong with it."""

import pytest

from api import body, exact, fields, issues
from results import FLAGS
from rules import JULY, OCTOBER, rule
from support import PROVIDERS, path_of

GOOGLE = ["aimode", "google", "google/news"]
SEARCHES = ["google", "google/news"]
WITH_STATE = ["chatgpt", "gemini", "grok", "copilot", "perplexity"]
NO_TEXT = [None, 1, 1.5, True, [], {}]


@pytest.fixture(scope="module")
def key(api):
    return api.mint(credits=10**9, requestsPerSecond=10**6)


@pytest.fixture
def judge(api, key):
    """The failing fields of a question; a member that is `...` is left out."""

    def judged(provider, **members):
        answer = api.post(key, path_of(provider), body(provider, **members))
        assert answer.status_code in (200, 400), answer.text
        return fields(answer)

    return judged


def named(provider):
    return "query" if provider in SEARCHES else "prompt"


@rule("validation.sync-status", "validation.empty-prompt")
def test_the_documented_example(api, key):
    answer = api.ask(key, "chatgpt", "")
    assert answer.status_code == 400
    assert issues(answer) == [{"field": "prompt", "message": "Prompt cannot be empty"}]
    for path in ("/v1/countries?model=x", "/v1/states"):
        assert api.get(key, path).status_code == 400


@rule("validation.text-envelope", only=JULY)
@rule("validation.object-envelope", only=OCTOBER)
def test_how_the_failure_is_wrapped(api, key):
    for answer in (api.ask(key, "grok", ""), api.get(key, "/v1/states")):
        details, message = issues(answer), "Request validation failed"
        assert exact(answer) == api.envelope("VALIDATION_ERROR", message, details, kind="text")
        assert all(list(each) == ["field", "message"] and each["message"] for each in details)
    assert ("timestamp" in answer.text) is not api.is_july


@rule("validation.question")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_question(judge, provider):
    name = named(provider)
    other = "prompt" if name == "query" else "query"
    for text in ("a", " ", "\n\t", "\0", "é" * 10_000, "\U0001f600" * 10_000):
        assert judge(provider, **{name: text}) == [], text[:5]
    for text in ("", "x" * 10_001, "é" * 10_001, "\U0001f600" * 10_001, ..., *NO_TEXT):
        assert judge(provider, **{name: text}) == [name], str(text)[:5]
    assert judge(provider, **{name: ..., other: "Hi"}) == sorted([name, other])


@rule("validation.country-required")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_country_is_due(judge, provider):
    for country in (..., *NO_TEXT):
        assert judge(provider, country=country) == ["country"]


@rule("validation.country-any-text", only=JULY)
@rule("validation.country-codes", only=OCTOBER)
def test_which_countries_there_are(api, key, judge):
    for country in ("US", "DE", "ZW"):
        assert judge("chatgpt", country=country) == []
    for country in ("us", "UK", "XX", "USA", "", "X1"):
        assert judge("chatgpt", country=country) == ([] if api.is_july else ["country"])
    assert judge("chatgpt", country="XK") == []
    codes = api.get(key, "/v1/countries").json()
    assert len({*codes, "XK"}) == 250


@rule("validation.state-providers", "validation.state-us-only")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_states_belong_to_five_providers_and_one_country(judge, provider):
    takes = provider in WITH_STATE
    assert judge(provider, state="CA") == ([] if takes else ["state"])
    assert judge(provider, state="CA", country="DE") == ["state"]
    for country in ("us", ""):
        assert "state" in judge(provider, state="CA", country=country)


@rule("validation.state-pattern", only=JULY)
@rule("validation.state-codes", only=OCTOBER)
@pytest.mark.parametrize("provider", WITH_STATE)
def test_which_states_there_are(api, judge, provider):
    for state in ("CA", "DC", "WY"):
        assert judge(provider, state=state) == []
    for state in ("ca", "C", "CAL", "C1", "C ", "ÄÖ", "", *NO_TEXT):
        assert judge(provider, state=state) == ["state"], state
    for state in ("ZZ", "PR"):
        assert judge(provider, state=state) == ([] if api.is_july else ["state"])


@rule("validation.location-or-uule")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_places_by_name_or_by_code(judge, provider):
    if provider not in ("google", "aimode"):
        for name in ("location", "uule"):
            _refused(judge, provider, name, "X")
        return
    assert judge(provider, location="Austin,Texas,United States") == []
    assert judge(provider, uule="w+CAIQICI") == []
    for name in ("location", "uule"):
        for value in NO_TEXT:
            _refused(judge, provider, name, value)
    both = judge(provider, location="X", uule="Y")
    assert both in (["location"], ["uule"], ["location", "uule"])


def _refused(judge, provider, name, value):
    assert judge(provider, **{name: value}) == [name]


@rule("validation.device", only=JULY)
@rule("validation.device-phones", only=OCTOBER)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_devices(api, judge, provider):
    if provider not in GOOGLE:
        return _refused(judge, provider, "device", "desktop")
    for device in ("desktop", "mobile"):
        assert judge(provider, device=device) == []
    for device in ("ios", "android"):
        takes = not api.is_july and provider != "aimode"
        assert judge(provider, device=device) == ([] if takes else ["device"])
    for device in ("tablet", "Desktop", "", *NO_TEXT):
        _refused(judge, provider, "device", device)


@rule("validation.pages")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_pages(judge, provider):
    if provider not in SEARCHES:
        return _refused(judge, provider, "pages", 1)
    for pages in (1, 10, 2.0):
        assert judge(provider, pages=pages) == []
    for pages in (0, 11, 1.5, -1, 1e30, 2**63, "1", None, True, [], {}):
        _refused(judge, provider, "pages", pages)


@rule("validation.unknown-members", "validation.include-flags")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_has_its_own_flags(api, judge, provider):
    every = {flag for flags in FLAGS.values() for flag in flags} - {"aioverview"}
    own = set(FLAGS[provider]) - ({"expandProducts"} if api.is_july else set())
    for flag in every:
        expected = [] if flag in own else [f"include.{flag}"]
        assert judge(provider, include={flag: True}) == expected
        assert judge(provider, include={flag: False}) == expected
        for value in ("true", None, 0, 1, {}, []):
            assert judge(provider, include={flag: value}) == [f"include.{flag}"], (flag, value)
    assert judge(provider, include=dict.fromkeys(own - {"aioverview"}, True)) == []
    for flag in ("pdf", "Html", *(["aioverview"] if provider != "google" else [])):
        assert judge(provider, include={flag: True}) == [f"include.{flag}"]
    assert judge(provider, include={}) == []
    for include in (None, 1, True, "html", []):
        assert judge(provider, include=include) == ["include"]
    newer = ["gl", "url"] if api.is_july else []
    for name in ("zip", "model", "Prompt", "", "constructor", "naïve", *newer):
        _refused(judge, provider, name, "x")


@rule("validation.overview-object", "validation.no-nested-defaults", "results.overview")
def test_the_overview_is_asked_for_by_an_object(api, key, judge):
    for overview in ({}, {"markdown": True}, {"markdown": False}):
        result = api.result(key, "google", include={"aioverview": overview})
        assert result["aioverview"]["text"]
        assert ("markdown" in result["aioverview"]) is overview.get("markdown", False)
    for include in ({}, {"html": True}, {"paaAioverview": False}):
        assert not api.result(key, "google", include=include).get("aioverview")
    for overview in (True, False, None, "yes", []):
        assert judge("google", include={"aioverview": overview}) == ["include.aioverview"]
    assert judge("google", include={"aioverview": {"markdown": 1, "html": True}}) == [
        "include.aioverview.html", "include.aioverview.markdown",
    ]  # fmt: skip


@rule("validation.every-field")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_all_failing_fields_are_named(judge, provider):
    bad = {"country": 1, "include": {"html": 1, "nothing": True}, "extra": 1, "more": None}
    names = ["country", "extra", "include.html", "include.nothing", "more", named(provider)]
    own = {
        "state": ("x", WITH_STATE), "device": ("x", GOOGLE), "pages": (0, SEARCHES),
        "location": (1, ["aimode", "google"]), "uule": (2, ["aimode", "google"]),
    }  # fmt: skip
    for name, (value, providers) in own.items():
        if provider in providers:
            bad[name] = value
            names.append(name)
    assert judge(provider, **{named(provider): ...}, **bad) == sorted(names)
    missing = sorted(["country", named(provider)])
    assert judge(provider, **{named(provider): ...}, country=...) == missing


@rule("validation.gl", "validation.gl-agrees", "validation.gl-same", "validation.hl", only=OCTOBER)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_gl_and_hl(judge, provider):
    if provider not in GOOGLE:
        for name in ("gl", "hl"):
            _refused(judge, provider, name, "us")
        return
    for code in ("US", "us", "De"):
        assert judge(provider, country=..., gl=code) == []
    assert judge(provider, country="DE", gl="de") == []
    assert judge(provider, country="DE", gl="us") == ["gl"]
    for code in ("", "xx", "usa", 1):
        assert judge(provider, country=..., gl=code) == ["gl"]
    for language in ("de", "pt-BR", "EN", "anything"):
        assert judge(provider, hl=language) == []
    assert judge(provider, hl=1) == ["hl"]


@rule("validation.chatgpt-switches", only=OCTOBER)
def test_chatgpt_s_switches(judge):
    for name in ("legacy", "disableWebSearch"):
        assert judge("chatgpt", **{name: True}) == judge("chatgpt", **{name: False}) == []
        assert judge("chatgpt", **{name: "true"}) == [name]
        assert judge("gemini", **{name: True}) == [name]


@rule("validation.goto-flag-ignored", only=OCTOBER)
@pytest.mark.parametrize("provider", ["google", "aimode"])
def test_the_retired_flag(api, key, provider):
    plain, flagged = api.ask(key, provider), api.ask(key, provider, include={"googleGoto": True})
    assert flagged.status_code == 200 and flagged.content == plain.content
    assert flagged.headers["x-credits-charged"] == plain.headers["x-credits-charged"]
    assert api.ask(key, "grok", include={"googleGoto": True}).status_code == 400
