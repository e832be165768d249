"""What answers look like inside."""

import html
import re

import httpx
import pytest

from api import body
from results import SHAPES, VARIETIES, everything
from rules import JULY, OCTOBER, rule
from support import PROVIDERS, path_of
from wire import RawConnection, request_bytes

SEARCHES = ["google", "google/news"]
OVERVIEW = {"include": {"aioverview": {"markdown": True}, "paaAioverview": True}}


@pytest.fixture(scope="module")
def key(api):
    return api.mint(credits=10**9, requestsPerSecond=10**6)


def price_objects(value):
    if isinstance(value, dict):
        if "currency" in value:
            yield value
        for inner in value.values():
            yield from price_objects(inner)
    if isinstance(value, list):
        for inner in value:
            yield from price_objects(inner)


@rule("results.shopping")
def test_chatgpt_s_shopping(api, key):
    for include in ({}, {"shopping": False}, {"ads": True, "rawResponse": True}):
        plain = api.result(key, include=include)
        assert not {"shoppingCards", "inlineProducts"} & set(plain)
    asked = api.result(key, include={"shopping": True})
    assert asked["shoppingCards"] and asked["inlineProducts"]
    positions = [each["position"] for card in asked["shoppingCards"] for each in card["products"]]
    assert positions == list(range(1, len(positions) + 1))


@rule("results.overview", "results.question-overviews")
def test_google_s_overviews(api, key):
    plain, asked = api.result(key, "google"), api.result(key, "google", **OVERVIEW)
    assert not plain.get("aioverview") and asked["aioverview"]["markdown"]
    unmarked = api.result(key, "google", include={"aioverview": {}, "paaAioverview": True})
    del asked["aioverview"]["markdown"]
    assert unmarked == asked
    assert "aioverview" not in plain
    for result, has in ((plain, False), (asked, True)):
        found = [each for each in result["peopleAlsoAsk"] if {"markdown", "sources"} & set(each)]
        assert bool(found) is has and {each["type"] for each in found} <= {"AIOVERVIEW"}


@rule("results.copilot-queries", "credits.free-members")
def test_copilot_s_queries_come_by_themselves(api, key):
    answer = api.ask(key, "copilot")
    assert answer.json()["result"]["searchQueries"]
    assert answer.headers["x-credits-charged"] == "7"


@rule("results.positions", "results.pill-base")
@pytest.mark.parametrize("provider", [each for each in PROVIDERS if each != "google/news"])
def test_sources_and_pills(api, key, provider):
    result = api.result(key, provider, include=everything(provider, api.revision))
    result = result.get("aioverview", result)
    sources = result["sources"]
    assert [each["position"] for each in sources] == list(range(1, len(sources) + 1))
    if provider == "grok":
        assert "citationPills" not in result
        return
    pills = result["citationPills"]
    for pill in pills:
        assert pill["url"] == sources[pill["position"] - 1]["url"]
        assert pill["domain"] in pill["url"]
    ids = [each["citationPillId"] for each in pills]
    base = 0 if provider == "chatgpt" else 1
    assert sorted(set(ids)) == list(range(base, base + len(set(ids))))


@rule("results.pages")
@pytest.mark.parametrize("pages", [1, 2, 10])
def test_pages(api, key, pages):
    for provider, name in (("google", "organicResults"), ("google/news", "newsResults")):
        rows = api.result(key, provider, pages=pages)[name]
        assert [each["position"] for each in rows] == list(range(1, len(rows) + 1))
        assert sorted({each["page"] for each in rows}) == list(range(1, pages + 1))
        assert [each["page"] for each in rows] == sorted(each["page"] for each in rows)
        assert len({each["link"] for each in rows}) == len(rows)


@rule("results.html-gemini-inline", only=JULY)
@rule("results.html-links", only=OCTOBER)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_form_of_html(api, key, provider):
    members = {"pages": 3} if provider in SEARCHES else {}
    links = api.result(key, provider, include={"html": True}, **members)["html"]
    if provider == "gemini" and api.is_july:
        assert links.lstrip().startswith("<")
    elif provider in SEARCHES:
        assert len(links) == 3 and all(each.startswith("http://") for each in links)
    else:
        assert links.startswith("http://")


@rule("results.html-works")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_html_links_work_for_a_day(start, provider):
    api = start()
    key = api.mint()
    asked = body(provider, "Ada Lovelace", include={"html": True})
    with RawConnection(api.double.port) as connection:
        host = "double.test:1234"
        connection.send(request_bytes("POST", path_of(provider), key, asked, host=host))
        result = connection.answer().json()["result"]
    links = result["html"]
    if provider == "gemini" and api.is_july:
        return
    rows = result.get("organicResults") or result.get("newsResults")
    shown = rows[0]["title"] if rows else result["text"].split("\n")[0]
    for link in links if isinstance(links, list) else [links]:
        assert re.fullmatch(
            r"http://double\.test:1234/_mock/results/[0-9a-f-]{36}/page-1\.html", link
        )
        address = link.replace("double.test:1234", f"127.0.0.1:{api.double.port}")
        page = httpx.get(address)
        assert page.headers["content-type"].startswith("text/html")
        assert html.escape(shown).replace("&#x27;", "&#39;") in page.text
        api.advance(24 * 3600 - 1)
        assert httpx.get(address).status_code == 200
        api.advance(1)
        assert httpx.get(address).status_code == 404


@rule("results.desktop-places")
def test_places_are_for_the_desktop(api, key):
    desktop = api.result(key, "google", "Bakery near me")
    assert desktop == api.result(key, "google", "Bakery near me", device="desktop")
    assert {"localResults", "localResultsMoreLink"} <= set(desktop)
    phones = ["mobile"] if api.is_july else ["mobile", "ios", "android"]
    for device in phones:
        mobile = api.result(key, "google", "Bakery near me", device=device)
        assert not {"localResults", "localResultsMoreLink"} & set(mobile)


@rule("results.card-base-0", only=JULY)
@rule("results.card-base-1", only=OCTOBER)
def test_the_first_card_of_ai_mode(api, key):
    cards = api.result(key, "aimode")["shoppingCards"]
    first = 0 if api.is_july else 1
    assert [each["position"] for each in cards] == list(range(first, first + len(cards)))


@rule("results.names-july", "results.product-link", only=JULY)
@rule("results.names-october", "results.promo-label", only=OCTOBER)
def test_names_that_changed(api, key):
    whole = api.ask(key, "aimode").text
    new = ('"snippetLinks"' in whole, '"gpsCoordinates"' in whole)
    old = ('"snippet_links"' in whole, '"gps_coordinates"' in whole)
    assert (old, new) == (
        ((True,) * 2, (False,) * 2) if api.is_july else ((False,) * 2, (True,) * 2)
    )
    queries = api.result(key, "perplexity")["search_model_queries"]
    assert queries and {type(each) for each in queries} == {dict if api.is_july else str}
    cards = api.result(key, "google", **OVERVIEW)["shoppingCards"]
    assert all(("productLink" in each) is api.is_july for each in cards)
    assert any("promoLabel" in each for each in cards) is not api.is_july


@rule("results.legacy", "results.no-web-search", only=OCTOBER)
def test_chatgpt_s_two_forms(api, key):
    include = {"searchQueries": True}
    plain, legacy = (api.result(key, include=include, legacy=each) for each in (False, True))
    assert not plain.get("model") and not plain.get("searchQueries")
    assert legacy["model"] and legacy["searchQueries"] and legacy["mapSearchQueries"]
    alone = api.result(key, disableWebSearch=True)
    assert plain["sources"] and not alone.get("sources") and not alone.get("citationPills")


@rule("results.prices", only=OCTOBER)
def test_prices_of_google(api, key):
    found = []
    for provider in ("google", "aimode"):
        include = everything(provider, api.revision)
        for name, value in api.result(key, provider, include=include).items():
            # AI Mode's inline products may have a currency without raw text.
            inline = (provider, name) == ("aimode", "inlineProducts")
            found += [] if inline else list(price_objects(value))
    assert found
    for price in found:
        assert {"currency", "raw"} <= set(price) and None not in price.values(), price


ASKED = [
    "Is Northwind better than Contoso?", "northwind or CONTOSO: what do you recommend?",
    "Ist Müllerwerk besser als Ärztekraft?", "Compare “Fabrikam’s” CRM with Wingtip-Toys.",
]  # fmt: skip
NAMES = ["northwind", "contoso", "müllerwerk", "ärztekraft", "fabrikam", "wingtip"]


def mentions(value):
    """The texts of a result, but not what says itself that it is the question."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "search_model_queries":
                yield from mentions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from mentions(inner)
    elif isinstance(value, str):
        yield value.lower()


@rule("results.made-up")
@pytest.mark.parametrize("shapes", SHAPES)
def test_a_brand_counter_finds_nothing_that_the_prompt_alone_names(api, shapes):
    for variety in VARIETIES:
        key = api.mint(shapes=shapes, variety=variety, credits=10**6, requestsPerSecond=10**6)
        for provider in PROVIDERS:
            seen = set()
            for asked in ASKED:
                include = everything(provider, api.revision)
                result = api.result(key, provider, asked, include=include)
                texts = list(mentions(result))
                assert texts and not [
                    text for text in texts for name in NAMES if name in text
                ], (provider, variety)
                seen.add(str([text for text in texts if not text.startswith("http")]))
            assert len(seen) == len(ASKED), "each question has an answer of its own"


@rule("results.made-up")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_made_up_brand_is_never_one_of_the_question(api, key, provider):
    plain = " ".join(mentions(api.result(key, provider, "Which one?")))
    brands = re.findall(r"\b[a-z]{7,}\b", plain)
    for brand in sorted(set(brands) & BRANDS):
        again = " ".join(mentions(api.result(key, provider, f"Is {brand.title()} any good?")))
        assert brand not in again
    assert set(brands) & BRANDS


# Some that templates draw from.
BRANDS = set(
    """
    quorvath brixendal veltrona mirandeth zelmarro tavoquin nerubell fjalmora dravenko osperlin
    kelvarra yarrowex ulmiquo pentavik jorvessa hestrilo wexomir cabrezzo ilvanoor ruxandel
    stovarelle gandrielo ekkorast lumbraq
    """.split()
)


@rule("results.prompt-as-query")
@pytest.mark.parametrize("shapes", SHAPES)
def test_perplexity_says_what_it_searched_for(api, shapes):
    key = api.mint(shapes=shapes)
    asked = 'Is "Northwind" any good?'
    queries = api.result(key, "perplexity", asked)["search_model_queries"]
    if api.is_july and shapes == "documented":
        assert [each["query"] for each in queries] == [asked]
    else:
        assert queries == [asked]


@rule("results.secure-links")
def test_links_are_https_behind_a_proxy_of_this_machine(api, key):
    def link(**headers):
        answer = api.send(
            "POST", path_of("grok"), key, body("grok", include={"html": True}), headers=headers
        )
        return answer.json()["result"]["html"].split("/_mock/")[0]

    own = api.double.url
    assert link() == own
    assert link(**{"X-Forwarded-Proto": "http"}) == own
    assert link(**{"X-Forwarded-Proto": "https"}) == own.replace("http://", "https://")
    assert link(Forwarded="for=1.2.3.4;proto=https").startswith("https://127.0.0.1:")
    names = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.cloro.dev"}
    assert link(**names) == "https://api.cloro.dev"
    answer = api.send(
        "POST", "/v1/async/task", key, headers=names,
        body={"taskType": "GROK", "payload": body("grok", include={"html": True})},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    api.settled(key)
    read = api.read(key, answer.json()["task"]["id"])
    assert read["response"]["html"].startswith("https://api.cloro.dev/_mock/results/")
