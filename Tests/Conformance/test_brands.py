"""Stubs that say which brands an answer mentions: what a program that counts them finds."""

import json
import re

import pytest

from results import SCHEMAS, STYLES, everything, forms, objects, without_links
from rules import OCTOBER

MENTIONS = [
    {"name": "Acme", "rank": 1, "url": "https://acme.test/why?a=1&b=2", "sentiment": "negative"},
    {"name": "Globex & Söhne", "rank": 3, "sentiment": "positive"},
    {"name": "Initech", "rank": 4, "url": "https://blog.initech.test/7", "sentiment": "neutral"},
]  # fmt: skip
# Names of which made-up answers are full.
ABSENT = ["Umbrella", "GUIDE", "trial", "Larkhollow", "Supply", "Old Station", "forum"]
QUESTION = "Is Umbrella better than Soylent?"


def stub(api, key, **members):
    body = {"match": {"key": key}, **members}
    return api.double.control("POST", "responses", body, status=201).json()


def ask(api, key, provider, **members):
    asked = "query" if provider.startswith("google") else "prompt"
    country = {"gl": "us"} if provider.startswith("google") and api.revision == OCTOBER else {}
    answer = api.double.http.post(
        f"/v1/monitor/{provider}",
        json={asked: QUESTION, **(country or {"country": "US"}), **members},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code == 200, answer.text
    return answer


def rank_by_text(text, names):
    """The names in the order in which a text has them first."""
    lower = text.lower()
    found = {name: lower.find(name.lower()) for name in names}
    return sorted((name for name in names if found[name] >= 0), key=found.get)


def rank_in(entries, name):
    """The place of the first entry that has a name, from 1."""
    for place, entry in enumerate(entries, 1):
        if name.lower() in json.dumps(entry, ensure_ascii=False).lower():
            return place
    return None


def brands(result):
    """What is read by people or cited, but for the links to the double's own pages."""
    links = isinstance(result.get("html"), list) or str(result.get("html")).startswith("http")
    return without_links(result) if links else result


def texts_of(value):
    """All texts of a value, but for those that only programs read."""
    if isinstance(value, str):
        yield value
    for inner in value if isinstance(value, list) else []:
        yield from texts_of(inner)
    for name, inner in value.items() if isinstance(value, dict) else []:
        if name not in ("type", "model", "kind", "role", "engine", "sentiment", "layout", "event"):
            yield from texts_of(inner)


def lists(result, provider):
    """The lists in which each brand has its place."""
    answer = result.get("aioverview") or {}
    for holder in (result, answer):
        for name in ("sources", "citationPills"):
            if holder.get(name):
                yield name, holder[name]
    names = ("organicResults", "newsResults", "localResults", "entities")
    yield from ((name, result[name]) for name in names if result.get(name))
    for name in ("shoppingCards", "shopping_cards"):
        for card in result.get(name) or []:
            if "products" in card:
                yield name, card["products"]
        if result.get(name) and "products" not in result[name][0]:
            yield name, result[name]


def check(result, provider, mentions, absent):
    ranks = {each["name"]: each["rank"] for each in mentions}
    ordered = sorted(ranks, key=ranks.get)
    whole = "\n".join(texts_of(brands(result))).lower()
    for name in absent:
        assert name.lower() not in whole, name
    texts = [result.get("text"), result.get("markdown")]
    overview = result.get("aioverview") or {}
    texts += [overview.get("text"), overview.get("markdown")]
    html = result.get("html")
    texts += [html.replace("&amp;", "&")] if isinstance(html, str) and html[0] == "<" else []
    for text in filter(None, texts):
        assert rank_by_text(text, ordered) == ordered, text
    seen = set()
    for where, entries in lists(result, provider):
        seen.add(where)
        for name, rank in ranks.items():
            assert rank_in(entries, name) == rank, (where, name, entries)
        places = [each["position"] for each in entries if "position" in each]
        assert places == sorted(set(places)), (where, places)
    for holder in (result, overview):
        urls = [each["url"] for each in holder.get("sources") or []]
        assert len(urls) == len(set(urls)), urls
        for each in mentions if urls else []:
            if "url" in each:
                assert urls[each["rank"] - 1] == each["url"]
        for pill in holder.get("citationPills") or []:
            if "position" in pill and urls:
                assert urls[pill["position"] - 1] == pill["url"], pill
                assert f"//{pill['domain']}/" in pill["url"] + "/", pill
        markdown = holder.get("markdown")
        if markdown and urls:
            cited = set(re.findall(r"\]\((https?://[^)\s]+)\)", markdown))
            unknown = cited - set(urls)
            assert all("glossary" in url for url in unknown), unknown
    return seen


@pytest.mark.parametrize("style", STYLES, ids="-".join)
@pytest.mark.parametrize("provider", SCHEMAS)
def test_a_counter_finds_each_brand_at_its_rank(api, description, provider, style, revision):
    shapes, variety = style
    minted = api.double.mint(
        contract=revision, shapes=shapes, variety=variety, seed=11, credits=100_000
    )
    key = minted["key"]
    made = stub(api, key, mentions=MENTIONS, absent=ABSENT)
    assert (made["mentions"], made["absent"]) == (MENTIONS, ABSENT)
    schema = description.document["components"]["schemas"][SCHEMAS[provider]]
    seen = set()
    for members in forms(provider, revision):
        answer = ask(api, key, provider, **members).json()["result"]
        if shapes == "documented":
            assert not description.errors(schema, answer)
        seen |= check(answer, provider, MENTIONS, ABSENT)
        again = ask(api, key, provider, **members).json()["result"]
        assert without_links(again) == without_links(answer)
    if variety == "full" and provider in ("chatgpt", "perplexity"):
        assert {"sources", "citationPills"} <= seen
        assert seen & {"shoppingCards", "shopping_cards"}
    if variety == "full" and provider == "google":
        assert {"organicResults", "localResults", "sources"} <= seen


@pytest.mark.parametrize("provider", SCHEMAS)
def test_one_seed_gives_the_same_bytes(api, revision, provider):
    answers = []
    text = "sk_live_" + "5ee4" * 8
    for _ in range(2):
        key = api.double.mint(key=text, contract=revision, seed=5, credits=100_000)["key"]
        stub(api, key, mentions=MENTIONS, absent=ABSENT)
        include = everything(provider, revision) | {"html": False}
        answers.append(ask(api, key, provider, include=include).content)
        api.double.control("DELETE", f"keys/{key}", status=200)
    assert answers[0] == answers[1]


@pytest.mark.parametrize("provider", SCHEMAS)
def test_names_alone_can_be_absent(api, revision, provider):
    key = api.double.mint(contract=revision, credits=100_000)["key"]
    plain = ask(api, key, provider).json()["result"]
    words = re.findall(r"[A-Z][a-z]{4,}", " ".join(texts_of(brands(plain))))
    absent = sorted(set(words) - {"Example"})[:20]
    stub(api, key, absent=absent)
    check(ask(api, key, provider).json()["result"], provider, [], absent)


@pytest.mark.parametrize("rank", [2, 12, 100])
def test_a_page_of_results_is_as_long_as_it_must_be(api, description, revision, rank):
    key = api.double.mint(contract=revision, credits=100_000)["key"]
    mentions = [{"name": "Acme", "rank": rank, "url": "https://acme.test"}]
    stub(api, key, mentions=mentions)
    for provider in ("google", "google/news"):
        result = ask(api, key, provider, pages=2).json()["result"]
        schema = description.document["components"]["schemas"][SCHEMAS[provider]]
        assert not description.errors(schema, result)
        check(result, provider, mentions, [])


def test_the_page_behind_a_link_mentions_them_too(api, revision):
    key = api.double.mint(contract=revision, credits=100_000)["key"]
    names = [{"name": "Acme", "rank": 2}, {"name": "Initech", "rank": 1}]
    stub(api, key, mentions=names, absent=["Globex"])
    link = ask(api, key, "chatgpt", include={"html": True}).json()["result"]["html"]
    page = api.double.http.get(link).text
    assert rank_by_text(page, ["Acme", "Initech"]) == ["Initech", "Acme"]
    assert "globex" not in page.lower()


def test_a_sentiment_stands_where_the_provider_has_a_member_for_it(api, revision):
    key = api.double.mint(contract=revision, credits=100_000)["key"]
    stub(api, key, mentions=MENTIONS)
    result = ask(api, key, "chatgpt", include={"shopping": True}).json()["result"]
    found = [
        (path, each["sentiment"]) for path, each in objects(result) if "sentiment" in each
    ]
    if revision == OCTOBER:
        assert not found
    else:
        assert [feeling for _, feeling in found][::2][:1] == ["negative"]
    assert "advise against Acme" in result["text"]
