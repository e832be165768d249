"""The rules of section 5 of the contract, for all eight providers."""

import pytest

from support import PROVIDERS, path_of, question

QUERY = ["google", "google/news"]
WITH = {
    "state": ["chatgpt", "gemini", "grok", "copilot", "perplexity"],
    "location": ["aimode", "google"],
    "uule": ["aimode", "google"],
    "device": ["aimode", "google", "google/news"],
    "pages": ["google", "google/news"],
}
FLAGS = {
    "chatgpt": ["html", "markdown", "rawResponse", "searchQueries", "ads", "shopping"],
    "gemini": ["markdown", "html", "rawResponse"],
    "grok": ["markdown", "html", "rawResponse"],
    "copilot": ["html", "markdown", "rawResponse"],
    "perplexity": ["html", "markdown", "rawResponse"],
    "aimode": ["html", "markdown"],
    "google": ["html", "paaAioverview"],
    "google/news": ["html"],
}
EVERY_FLAG = sorted({flag for flags in FLAGS.values() for flag in flags})
WRONG_TYPES = [None, 1, 1.5, True, [], {}]


def named(provider):
    return "query" if provider in QUERY else "prompt"


@pytest.fixture(scope="module")
def key(shared):
    return shared.minted(credits=10**9, requestsPerSecond=10**6)


@pytest.fixture
def fields(shared, key):
    """The failing fields of a body; none when it is served."""

    def judge(provider, body):
        answer = shared.post(key, path_of(provider), body)
        if answer.status_code == 200:
            return []
        assert answer.status_code == 400, answer.text
        refusal = answer.json()
        assert list(refusal) == ["success", "error", "details"]
        assert (refusal["success"], refusal["error"]) == (False, "Request validation failed")
        assert refusal["details"]
        for detail in refusal["details"]:
            assert list(detail) == ["field", "message"]
            assert detail["message"]
        return sorted(detail["field"] for detail in refusal["details"])

    return judge


def changed(provider, **members):
    """A valid body with some members replaced; `...` removes one."""
    body = question(provider) | members
    return {name: value for name, value in body.items() if value is not ...}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_question(fields, provider):
    name = named(provider)
    other = "prompt" if name == "query" else "query"
    for text in ["a", "x" * 10_000, "é" * 10_000, "\U0001f600" * 10_000, " ", "\n\t", "\0"]:
        assert fields(provider, changed(provider, **{name: text})) == [], text[:5]
    for text in ["", "x" * 10_001, "é" * 10_001, "\U0001f600" * 10_001, *WRONG_TYPES]:
        assert fields(provider, changed(provider, **{name: text})) == [name], str(text)[:5]
    assert fields(provider, changed(provider, **{name: ...})) == [name]
    assert fields(provider, changed(provider, **{name: ..., other: "Hi"})) == sorted([name, other])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_country(fields, provider):
    # Any string: the contract has no pattern for it.
    for code in ["US", "DE", "us", "XX", "USA", ""]:
        assert fields(provider, changed(provider, country=code)) == [], code
    for code in WRONG_TYPES:
        assert fields(provider, changed(provider, country=code)) == ["country"], code
    assert fields(provider, changed(provider, country=...)) == ["country"]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("member", WITH)
def test_members_that_only_some_providers_have(fields, provider, member):
    valid = {"state": "CA", "location": "X", "uule": "Y", "device": "mobile", "pages": 2}[member]
    expected = [] if provider in WITH[member] else [member]
    assert fields(provider, changed(provider, **{member: valid})) == expected


@pytest.mark.parametrize("provider", WITH["state"])
def test_the_state(fields, provider):
    for state in ["CA", "DC", "ZZ"]:  # a pattern, not a list
        assert fields(provider, changed(provider, state=state)) == [], state
    for state in ["", "C", "CAL", "ca", "C1", "C ", "ÄÖ", *WRONG_TYPES]:
        assert fields(provider, changed(provider, state=state)) == ["state"], state
    for country in ["DE", "us", ""]:
        assert fields(provider, changed(provider, state="CA", country=country)) == ["state"]


@pytest.mark.parametrize("provider", WITH["location"])
def test_location_and_uule_exclude_each_other(fields, provider):
    for member in ("location", "uule"):
        for value in WRONG_TYPES:
            assert fields(provider, changed(provider, **{member: value})) == [member], value
    failing = fields(provider, changed(provider, location="X", uule="Y"))
    assert failing in (["location"], ["uule"], ["location", "uule"])


@pytest.mark.parametrize("provider", WITH["device"])
def test_the_device(fields, provider):
    for device in ["desktop", "mobile"]:
        assert fields(provider, changed(provider, device=device)) == []
    for device in ["", "Desktop", "tablet", "ios", *WRONG_TYPES]:
        assert fields(provider, changed(provider, device=device)) == ["device"], device


@pytest.mark.parametrize("provider", WITH["pages"])
def test_the_pages(fields, provider):
    for pages in [1, 10, 2.0]:
        assert fields(provider, changed(provider, pages=pages)) == [], pages
    for pages in [0, 11, -1, 1.5, 1e30, 2**63, "2", None, True, [], {}]:
        assert fields(provider, changed(provider, pages=pages)) == ["pages"], pages


@pytest.mark.parametrize("provider", PROVIDERS)
def test_include(fields, provider):
    assert fields(provider, changed(provider, include={})) == []
    every = dict.fromkeys(FLAGS[provider], True)
    assert fields(provider, changed(provider, include=every)) == []
    for value in [None, 1, True, "html", []]:
        assert fields(provider, changed(provider, include=value)) == ["include"], value
    for flag in EVERY_FLAG:
        known = flag in FLAGS[provider]
        for value in [True, False]:
            expected = [] if known else [f"include.{flag}"]
            assert fields(provider, changed(provider, include={flag: value})) == expected, flag
        for value in [None, 0, 1, "true", {}, []] if known else []:
            failing = fields(provider, changed(provider, include={flag: value}))
            assert failing == [f"include.{flag}"], (flag, value)
    assert fields(provider, changed(provider, include={"Html": True})) == ["include.Html"]


def test_the_ai_overview_is_an_object(fields):
    for value in [{}, {"markdown": True}, {"markdown": False}]:
        assert fields("google", changed("google", include={"aioverview": value})) == []
    for value in [None, True, False, 1, "x", []]:
        failing = fields("google", changed("google", include={"aioverview": value}))
        assert failing == ["include.aioverview"], value
    wrong = {"markdown": 1, "html": True}
    assert fields("google", changed("google", include={"aioverview": wrong})) == [
        "include.aioverview.html", "include.aioverview.markdown",
    ]  # fmt: skip
    for provider in set(PROVIDERS) - {"google"}:
        failing = fields(provider, changed(provider, include={"aioverview": {}}))
        assert failing == ["include.aioverview"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_unknown_members(fields, provider):
    for name in ["model", "Prompt", "", "constructor", "naïve", "gl", "url"]:
        assert fields(provider, changed(provider, **{name: "x"})) == [name]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_all_failing_fields_are_listed(fields, provider):
    body = {"country": 1, "include": {"html": 1, "nothing": True}, "extra": 1, "more": None}
    expected = ["country", "extra", "include.html", "include.nothing", "more", named(provider)]
    bad = {"state": "x", "location": 1, "uule": 2, "device": "x", "pages": 0}
    for member, value in bad.items():
        if provider in WITH[member]:
            body[member] = value
            expected.append(member)
    assert fields(provider, body) == sorted(expected)
    assert fields(provider, {}) == sorted(["country", named(provider)])
