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


@rule("validation.sync-status")
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
def test_the_question(api, judge, provider):
    name = named(provider)
    for text in ("a", "\0", "é" * 10_000, "\U0001f600" * 10_000):
        assert judge(provider, **{name: text}) == [], text[:5]
    for text in ("", "x" * 10_001, "é" * 10_001, "\U0001f600" * 10_001, ..., *NO_TEXT):
        assert judge(provider, **{name: text}) == [name], str(text)[:5]


@rule("validation.blank")
@pytest.mark.parametrize("provider", [each for each in PROVIDERS if each != "google"])
def test_a_blank_question_is_an_empty_one(api, key, provider):
    name = named(provider)
    for text in (" ", "\n\t", "\u00a0\ufeff\u2028"):
        assert api.post(key, path_of(provider), body(provider, **{name: text})).status_code == 200
    asked = [api.result(key, provider, text) for text in ("best CRM", " best CRM\n")]
    assert asked[0] == asked[1]


@rule("validation.country-required")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_country_is_due(api, judge, provider):
    for country in NO_TEXT:
        assert judge(provider, country=country) == ["country"]
    takes_gl = provider in GOOGLE and not api.is_july
    assert judge(provider, country=...) == ["gl" if takes_gl else "country"]


@rule("validation.country-codes")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_which_countries_there_are(api, key, judge, provider):
    supported = api.get(key, "/v1/countries", model=provider).json()
    for country in ("US", "DE", "ZW", "XK", *supported[::40]):
        assert judge(provider, country=country) == []
    for country in ("us", "UK", "XX", "USA", "X1", "\u212aE"):
        assert judge(provider, country=country) == ["country"]


@rule("validation.state-providers")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_states_belong_to_five_providers(judge, provider):
    takes = provider in WITH_STATE
    assert judge(provider, state="CA") == []
    assert judge(provider, state="CA", country="DE") == (["state"] if takes else [])


@rule("validation.state-codes")
@pytest.mark.parametrize("provider", WITH_STATE)
def test_which_states_there_are(api, key, judge, provider):
    for each in api.get(key, "/v1/states", country="US").json()[::10]:
        for state in (each["code"], each["code"].lower(), each["code"].title()):
            assert judge(provider, state=state) == []
    for state in ("ZZ", "PR", "C", "CAL", "C1", "C ", "ÄÖ", "", *NO_TEXT):
        assert judge(provider, state=state) == ["state"], state


@rule("validation.location-or-uule")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_places_by_name_or_by_code(judge, provider):
    takes = provider in ("google", "aimode")
    assert judge(provider, location="Austin,Texas,United States") == []
    assert judge(provider, uule="w+CAIQICI") == []
    for name in ("location", "uule"):
        for value in NO_TEXT:
            assert judge(provider, **{name: value}) == ([name] if takes else [])
    assert judge(provider, location="X", uule="Y") == (["uule"] if takes else [])


def _refused(judge, provider, name, value):
    assert judge(provider, **{name: value}) == [name]


@rule("validation.device", only=JULY)
@rule("validation.device-phones", only=OCTOBER)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_devices(api, judge, provider):
    if provider not in GOOGLE:
        assert judge(provider, device="tablet") == []
        return
    for device in ("desktop", "mobile"):
        assert judge(provider, device=device) == []
    for device in ("ios", "android"):
        takes = not api.is_july and provider != "aimode"
        assert judge(provider, device=device) == ([] if takes else ["device"])
    for device in ("tablet", "Desktop", "", *NO_TEXT):
        _refused(judge, provider, "device", device)


@rule("validation.pages", "validation.pages-fraction")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_pages(api, key, judge, provider):
    if provider not in SEARCHES:
        assert judge(provider, pages="many") == []
        return
    for pages in (1, 10, 2.0, 0.001, 9.99):
        assert judge(provider, pages=pages) == []
    for pages in (0, 11, 10.001, -1, 1e30, 2**63, "1", None, True, [], {}):
        _refused(judge, provider, "pages", pages)
    rows = "organicResults" if provider == "google" else "newsResults"
    result = api.result(key, provider, pages=2.2)
    assert {each["page"] for each in result[rows]} == {1, 2, 3}


@rule("validation.unknown-members", "validation.include-flags")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_has_its_own_flags(api, judge, provider):
    every = {flag for flags in FLAGS.values() for flag in flags} - {"aioverview"}
    own = set(FLAGS[provider]) - ({"expandProducts"} if api.is_july else set())
    for flag in every:
        for value in (True, False):
            assert judge(provider, include={flag: value}) == []
        expected = [f"include.{flag}"] if flag in own else []
        for value in ("true", None, 0, 1, {}, []):
            assert judge(provider, include={flag: value}) == expected, (flag, value)
    assert judge(provider, include=dict.fromkeys(own - {"aioverview"}, True)) == []
    for flag in ("pdf", "Html", *(["aioverview"] if provider != "google" else [])):
        assert judge(provider, include={flag: "x"}) == []
    assert judge(provider, include={}) == []
    for include in (None, 1, True, "html", []):
        assert judge(provider, include=include) == ["include"]
    newer = ["gl", "url"] if api.is_july else []
    for name in ("zip", "model", "Prompt", "", "constructor", "naïve", *newer):
        assert judge(provider, **{name: "x"}) == []


@rule("validation.overview-object", "validation.no-nested-defaults", "results.overview")
def test_the_overview_is_asked_for_by_true_or_an_object(api, key):
    for overview in (True, {}, {"markdown": True}, {"markdown": False}):
        result = api.result(key, "google", include={"aioverview": overview})
        assert result["aioverview"]["text"]
        asks = overview is not True and overview.get("markdown", False)
        assert ("markdown" in result["aioverview"]) is asks
    for include in ({}, {"html": True}, {"paaAioverview": False}, {"aioverview": False}):
        assert not api.result(key, "google", include=include).get("aioverview")


@rule("validation.every-field")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_all_failing_fields_are_named(judge, provider):
    bad = {"country": 1, "include": {"html": 1, "nothing": True}, "extra": 1, "more": None}
    names = ["country", "include.html", named(provider)]
    own = {
        "state": (1, WITH_STATE), "device": ("x", GOOGLE), "pages": (0, SEARCHES),
        "location": (1, ["aimode", "google"]), "uule": (2, ["aimode", "google"]),
    }  # fmt: skip
    for name, (value, providers) in own.items():
        if provider in providers:
            bad[name] = value
            names.append(name)
    assert judge(provider, **{named(provider): 5}, **bad) == sorted(names)


@rule("validation.gl", "validation.hl", only=OCTOBER)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_gl_and_hl(judge, provider):
    if provider not in GOOGLE:
        for name in ("gl", "hl"):
            assert judge(provider, **{name: 1}) == []
        return
    for code in ("US", "us", "De"):
        assert judge(provider, country=..., gl=code) == []
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
        assert judge("gemini", **{name: "true"}) == []


@rule("validation.goto-flag-ignored", only=OCTOBER)
@pytest.mark.parametrize("provider", ["google", "aimode"])
def test_the_retired_flag(api, key, provider):
    plain, flagged = api.ask(key, provider), api.ask(key, provider, include={"googleGoto": True})
    assert flagged.status_code == 200 and flagged.content == plain.content
    assert flagged.headers["x-credits-charged"] == plain.headers["x-credits-charged"]
