"""What an answer says: the same for the same question, another one for another."""

import json
import re

import pytest

from support import PROVIDERS, path_of, question
from wire import RawConnection, request_bytes

KEY = "sk_test_" + "5" * 32


@pytest.fixture(scope="module")
def key(shared):
    return shared.minted(credits=10**6, requestsPerSecond=10**6)


def result(double, key, provider, text="Best laptop?", **members):
    answer = double.ask(key, provider, text, **members)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert list(body) == ["success", "result"] and body["success"] is True
    return body["result"]


def texts(value):
    """All strings in a result."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_answer_depends_on_the_question(shared, key, provider):
    laptops, tents = (
        result(shared, key, provider, text) for text in ["Zanzibar laptops?", "Waterproof tents?"]
    )
    assert laptops != tents
    assert any("Zanzibar" in text for text in texts(laptops))
    assert not any("Zanzibar" in text for text in texts(tents))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_same_question_has_the_same_bytes(shared, key, provider):
    first, second = (shared.ask(key, provider).content for _ in range(2))
    assert first == second


@pytest.mark.parametrize("provider", PROVIDERS)
def test_another_key_or_seed_or_country_has_another_answer(shared, key, provider):
    other, seeded = shared.minted(), shared.minted(seed=99)
    answers = [result(shared, each, provider) for each in (key, other, seeded)]
    answers.append(result(shared, key, provider, country="DE"))
    for index, answer in enumerate(answers):
        assert answer not in answers[:index]


def session(double):
    """Everything that a short session of a new double says, less the headers of time."""
    said = [str(double.mint(key=KEY, latency="uniform(1ms,3ms)"))]
    for provider in PROVIDERS:
        for number in range(2):
            answer = double.ask(KEY, provider, f"Question {number}?")
            said.append(answer.text)
            said.append(answer.headers["x-credits-remaining"])
    said += [entry["requestId"] for entry in double.ledger(KEY)["entries"] if "requestId" in entry]
    said += [double.minted() for _ in range(3)]
    return said


def test_two_runs_with_one_seed_say_the_same(double):
    first, second, third = (session(double("--seed", seed)) for seed in ("7", "7", "8"))
    assert first == second
    assert not set(first) & set(third) & {text for text in first if text.startswith('{"success')}


def test_a_reset_starts_the_same_session_again(double):
    one = double("--seed", "7")
    first = session(one)
    one.control("POST", "reset", status=200)
    assert session(one) == first


# What each flag adds, by provider. `text` and `sources` are always there.
ADDS = [
    ("chatgpt", "html", {"html"}), ("chatgpt", "markdown", {"markdown"}),
    ("chatgpt", "rawResponse", {"rawResponse"}), ("chatgpt", "searchQueries", {"searchQueries"}),
    ("chatgpt", "ads", {"ads"}), ("chatgpt", "shopping", {"shoppingCards", "inlineProducts"}),
    *[(provider, flag, {flag}) for provider in ("gemini", "grok", "copilot", "perplexity")
      for flag in ("html", "markdown", "rawResponse")],
    ("aimode", "html", {"html"}), ("aimode", "markdown", {"markdown"}),
    ("google", "html", {"html"}), ("google/news", "html", {"html"}),
]  # fmt: skip


@pytest.mark.parametrize(("provider", "flag", "members"), ADDS)
def test_a_flag_adds_its_members_and_changes_no_other(shared, key, provider, flag, members):
    plain = result(shared, key, provider)
    off = result(shared, key, provider, include={flag: False})
    on = result(shared, key, provider, include={flag: True})
    assert off == plain
    assert set(on) - set(plain) == members
    assert {name: on[name] for name in plain} == plain


def test_the_ai_overview_comes_with_its_object(shared, key):
    plain = result(shared, key, "google")
    asked = result(shared, key, "google", include={"aioverview": {}})
    marked = result(shared, key, "google", include={"aioverview": {"markdown": True}})
    assert not plain.get("aioverview")
    # An `include` without it doesn't switch it on, whatever its schema's defaults say.
    assert not result(shared, key, "google", include={"html": False}).get("aioverview")
    assert asked["aioverview"]["text"] and "markdown" not in asked["aioverview"]
    assert marked["aioverview"].pop("markdown")
    assert marked == asked


def test_the_overview_of_people_also_ask_comes_with_its_flag(shared, key):
    def overviews(**include):
        asked = result(shared, key, "google", include=include)["peopleAlsoAsk"]
        return [each for each in asked if "markdown" in each or "sources" in each]

    assert not overviews() and not overviews(paaAioverview=False)
    hydrated = overviews(paaAioverview=True)
    assert hydrated and {each["type"] for each in hydrated} == {"AIOVERVIEW"}


@pytest.mark.parametrize("pages", range(1, 11))
def test_google_pages(shared, key, pages):
    answer = result(shared, key, "google", pages=pages, include={"html": True})
    organic = answer["organicResults"]
    assert sorted({each["page"] for each in organic}) == list(range(1, pages + 1))
    assert [each["page"] for each in organic] == sorted(each["page"] for each in organic)
    positions = [each["position"] for each in organic]
    assert positions == list(range(1, len(organic) + 1))
    assert len({each["link"] for each in organic}) == len(organic)
    assert len(answer["html"]) == pages


@pytest.mark.parametrize("pages", [1, 3, 10])
def test_news_pages(shared, key, pages):
    news = result(shared, key, "google/news", pages=pages)["newsResults"]
    assert sorted({each["page"] for each in news}) == list(range(1, pages + 1))
    assert [each["position"] for each in news] == list(range(1, len(news) + 1))


def test_local_results_are_for_the_desktop(shared, key):
    desktop = result(shared, key, "google", "Bakery near me", device="desktop")
    mobile = result(shared, key, "google", "Bakery near me", device="mobile")
    assert desktop == result(shared, key, "google", "Bakery near me")
    assert "localResults" not in mobile and "localResultsMoreLink" not in mobile
    assert ("localResultsMoreLink" in desktop) <= ("localResults" in desktop)


@pytest.mark.parametrize("provider", [each for each in PROVIDERS if each != "gemini"])
def test_html_links_are_absolute_with_the_request_s_host(shared, key, provider):
    body = question(provider, include={"html": True})
    with RawConnection(shared.port) as connection:
        raw = request_bytes("POST", path_of(provider), key, body, host="double.test:1234")
        connection.send(raw)
        links = connection.answer().json()["result"]["html"]
    assert isinstance(links, list) == provider.startswith("google")
    for link in links if isinstance(links, list) else [links]:
        assert link.startswith("http://double.test:1234/"), link


@pytest.mark.parametrize("line", ["HTTP/1.0", "HTTP/1.1\r\nHost:"])
def test_html_links_lead_to_the_double_when_the_request_names_no_host(shared, key, line):
    body = json.dumps(question("grok", include={"html": True}))
    raw = f"POST {path_of('grok')} {line}\r\nAuthorization: Bearer {key}\r\n"
    with RawConnection(shared.port) as connection:
        connection.send(f"{raw}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        link = connection.answer().json()["result"]["html"]
    assert re.match(rf"http://[^/]+:{shared.port}/", link), link


def test_links_of_another_depth_leave_the_first_ones_alone(shared, key):
    deep = result(shared, key, "google", pages=3, include={"html": True})["html"]
    flat = result(shared, key, "google", include={"html": True})["html"]
    assert {shared.http.get(link).status_code for link in deep + flat} == {200}
    assert len(deep) == 3 and not set(deep) & set(flat)


def test_gemini_s_html_is_html(shared, key):
    assert "<" in result(shared, key, "gemini", include={"html": True})["html"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_sources_and_pills_belong_together(shared, key, provider):
    answer = result(
        shared, key, provider, include={"aioverview": {}} if provider == "google" else {}
    )
    answer = answer["aioverview"] if provider == "google" else answer
    sources = answer.get("sources", [])
    assert [each["position"] for each in sources] == list(range(1, len(sources) + 1))
    for pill in answer.get("citationPills", []):
        assert pill["url"] == sources[pill["position"] - 1]["url"]
        assert pill["domain"] in pill["url"]
    if pills := answer.get("citationPills"):
        first = min(pill["citationPillId"] for pill in pills)
        assert first == (0 if provider == "chatgpt" else 1)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_of_the_template_is_left(shared, key, provider):
    every = {"html": True}
    whole = shared.ask(key, provider, "Plain words", include=every).text
    assert "{{" not in whole and "}}}}}}" not in whole and "$if" not in whole
    assert '"?' not in whole


def test_a_long_question_is_answered(shared, key):
    for provider in PROVIDERS:
        answer = shared.ask(key, provider, "\U0001f600" * 10_000)
        assert answer.status_code == 200
        assert answer.json()["success"]
