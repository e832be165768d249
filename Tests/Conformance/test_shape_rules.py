"""Styles of answers: `documented` and `live` shapes, `full`, `typical` and `sparse` variety."""

import re

import pytest

import recorded
from results import SCHEMAS, STYLES, VARIETIES, combinations, everything, objects
from rules import JULY, OCTOBER, rule
from support import PROVIDERS, path_of

QUESTIONS = [f"What about number {number}?" for number in range(12)]


@pytest.fixture(scope="module")
def keys(api):
    return {
        (shapes, variety): api.mint(
            shapes=shapes, variety=variety, credits=10**9, requestsPerSecond=10**6
        )
        for shapes, variety in STYLES
    }


def answers(api, key, provider, **members):
    for text in QUESTIONS:
        include = everything(provider, api.revision)
        yield api.ask(key, provider, text, include=include, **members)


def results(api, key, provider, **members):
    return [each.json()["result"] for each in answers(api, key, provider, **members)]


@rule("results.style")
def test_the_style_is_a_key_s_setting(api, fixture_file, start):
    minted = api.double.mint(contract=api.revision)
    default = {"shapes": "documented", "variety": "full", "repeat": "same"}
    assert default.items() <= minted.items()
    changes = {"shapes": "live", "variety": "sparse", "repeat": "vary"}
    for name, value in changes.items():
        changed = api.double.control("PATCH", f"keys/{minted['key']}", {name: value}, status=200)
        assert changed.json()[name] == value
    read = api.double.control("GET", f"keys/{minted['key']}", status=200).json()
    assert changes.items() <= read.items()
    plan = fixture_file(**changes)
    assert changes.items() <= start("--fixture", plan).double.mint(plan="team").items()


@rule("results.documented")
@pytest.mark.parametrize("variety", VARIETIES)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_documented_answers_are_as_described_at_every_variety(
    api, description, keys, provider, variety
):
    problems = []
    forms = [{}, {"legacy": True}] if provider == "chatgpt" and not api.is_july else [{}]
    for form in forms:
        for answer in answers(api, keys["documented", variety], provider, **form):
            problems += description.judge("POST", path_of(provider), answer)
    assert not problems


@rule("results.live")
@pytest.mark.parametrize("variety", VARIETIES)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_live_answers_are_as_recorded(api, keys, provider, variety):
    key = keys["live", variety]
    for result in results(api, key, provider):
        assert recorded.problems(provider, result, everything(provider, api.revision)) == []
    for include in combinations(provider, api.revision):
        result = api.result(key, provider, QUESTIONS[0], include=include)
        assert recorded.problems(provider, result, include) == []


@rule("results.live")
def test_what_contradicts_the_document_is_in_live_answers(api, description, keys):
    key = keys["live", "full"]
    for provider in ("chatgpt", "copilot", "google/news"):
        [answer, *_] = answers(api, key, provider)
        schema = {"$ref": f"#/components/schemas/{SCHEMAS[provider]}"}
        different = description.errors(schema, answer.json()["result"])
        assert bool(different) is (provider == "chatgpt"), provider
    chatgpt = results(api, key, "chatgpt")[0]
    products = [each for card in chatgpt["shoppingCards"] for each in card["products"]]
    assert products and all("merchants" in each and "merchant" not in each for each in products)
    urls = {each["url"] for each in chatgpt["sources"]}
    for pill in chatgpt["citationPills"]:
        assert ("position" in pill) is (pill["url"] in urls)
    assert not all("position" in pill for pill in chatgpt["citationPills"])
    first, *patches = chatgpt["rawResponse"]
    assert list(first) == ["type", "kind", "token", "conversation_id"]
    assert first["type"] == "resume_conversation_token"
    assert patches and all(list(each) == ["p", "o", "v", "c"] for each in patches)
    if not api.is_july:
        ads = results(api, key, "aimode")[0]["ads"]["ads"]
        assert ads and all(each["imageUrl"].startswith("https://") for each in ads)
    assert results(api, key, "gemini")[0]["html"].startswith("http://")


ORDERS = {
    "chatgpt": """
        model text sources entities map citationPills shoppingCards inlineProducts ads markdown
        searchQueries mapSearchQueries rawResponse html""",
    "copilot": "text sources citationPills map searchQueries markdown html rawResponse",
    "perplexity": """
        text sources citationPills shopping_cards related_queries search_model_queries markdown
        rawResponse html""",
    "gemini": "text sources citationPills markdown rawResponse html",
    "aimode": "text sources markdown html",
    "google": """
        organicResults peopleAlsoAsk relatedSearches localResults localResultsMoreLink aioverview
        html""",
    "google/news": "newsResults html",
}


@rule("results.order")
@pytest.mark.parametrize("provider", ORDERS)
def test_members_stand_in_the_recorded_order(api, keys, provider):
    order = ORDERS[provider].split()
    for key in keys.values():
        for result in results(api, key, provider):
            found = [name for name in result if name in order]
            assert found == [name for name in order if name in found]
            for row in result.get("organicResults", []):
                assert "redirectLink" not in row or list(row)[-1] == "redirectLink"
            for card in result.get("shoppingCards", []) if provider == "chatgpt" else []:
                assert list(card) == ["products", "tags"]
                assert all(list(each)[-1] == "position" for each in card["products"])


@rule("results.asked-lists")
@pytest.mark.parametrize("shapes", ["documented", "live"])
def test_what_was_asked_for_is_an_empty_list_when_there_is_nothing(api, keys, shapes):
    sparse = results(api, keys[shapes, "sparse"], "chatgpt")
    lists = ["entities", "map", "shoppingCards", "inlineProducts", "ads", "searchQueries"]
    for result in sparse + results(api, keys[shapes, "typical"], "chatgpt"):
        assert all(isinstance(result[name], list) for name in lists)
    assert all(result[name] == [] for result in sparse for name in lists)
    for result in results(api, keys[shapes, "sparse"], "perplexity"):
        assert result["shopping_cards"] == [] and result["related_queries"] == []
        assert not {"hotels", "places", "videos", "images"} & set(result)
    for variety in VARIETIES:
        for result in results(api, keys[shapes, variety], "gemini"):
            assert isinstance(result["citationPills"], list)


@rule("results.forms")
@pytest.mark.parametrize(("shapes", "variety"), STYLES)
def test_forms_of_single_members(api, keys, shapes, variety):
    key = keys[shapes, variety]
    for result in results(api, key, "chatgpt"):
        dates = [each["datePublished"] for each in result["sources"] if "datePublished" in each]
        assert all(re.fullmatch(r"[A-Z][a-z]{2} \d\d, \d{4}", each) for each in dates)
        notes = [each["footnote"] for each in result["sources"]]
        assert notes == sorted(notes) and not notes[0] and notes[-1]
        assert all(re.fullmatch(r"turn\d[a-z]+\d", each["type"]) for each in result["entities"])
        assert all(isinstance(each["description"], str) for each in result["sources"])
        assert "address" not in [name for each in result["map"] for name in each] or True
    positions = [
        [each["position"] for each in result["map"]]
        for result in results(api, key, "copilot") if "map" in result
    ]  # fmt: skip
    assert all(each == [1, 2, 3, 7, 8] for each in positions)
    assert bool(positions) is (variety != "sparse")
    for result in results(api, key, "google/news"):
        for row in result["newsResults"]:
            assert re.fullmatch(r"\d+ [a-z]+ ago", row["date"])


@rule("results.no-pill-description")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_pill_has_no_description(api, keys, provider):
    for key in keys.values():
        for result in results(api, key, provider):
            for path, each in objects(result):
                if path.endswith("citationPills[]"):
                    assert "description" not in each


@rule("results.overview-absent")
def test_an_overview_that_isn_t_there_is_absent_even_if_asked_for(api, keys):
    has = {
        variety: [
            "aioverview" in result
            for result in results(api, keys["documented", variety], "google")
            if result.get("aioverview", {}) is not None
        ]
        for variety in VARIETIES
    }
    assert all(len(each) == len(QUESTIONS) for each in has.values())
    assert all(has["full"]) and not any(has["sparse"])
    assert any(has["typical"]) and not all(has["typical"])


@rule("results.aimode-pills")
@pytest.mark.parametrize("shapes", ["documented", "live"])
def test_without_sources_ai_mode_has_no_pills(api, keys, shapes):
    typical = results(api, keys[shapes, "typical"], "aimode")
    for result in typical + results(api, keys[shapes, "sparse"], "aimode"):
        assert ("citationPills" in result) is (result["sources"] != [])
    assert {result["sources"] == [] for result in typical} == {True, False}


@rule("results.page-size")
@pytest.mark.parametrize(("shapes", "variety"), STYLES)
def test_a_page_has_five_to_nine_results(api, keys, shapes, variety):
    counts = set()
    for result in results(api, keys[shapes, variety], "google", pages=3):
        pages = [each["page"] for each in result["organicResults"]]
        counts |= {pages.count(page) for page in (1, 2, 3)}
        kinds = {each["type"]: each for each in result["peopleAlsoAsk"]}
        assert {"question", "type"} <= set(kinds["AIOVERVIEW"])
    assert counts <= set(range(5, 10))
    assert counts == {"full": {9}, "sparse": {5}}.get(variety, counts) and min(counts) < 10
    if variety == "typical":
        assert len(counts) > 2


@rule("results.model-null", only=OCTOBER)
@rule("results.model-named", only=JULY)
@pytest.mark.parametrize(("shapes", "variety"), STYLES)
def test_chatgpt_s_model(api, keys, shapes, variety):
    models = {result["model"] for result in results(api, keys[shapes, variety], "chatgpt")}
    if not api.is_july:
        assert models == {None}
    elif shapes == "documented" or variety == "full":
        assert all(re.fullmatch(r"gpt-\d-\d", each) for each in models)
    else:
        assert None in models


@rule("results.variety")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_variety_has_less_than_the_one_before(api, keys, provider):
    for shapes in ("documented", "live"):
        sizes = []
        for variety in VARIETIES:
            found = results(api, keys[shapes, variety], provider)
            sizes.append(sum(len(each) for result in found for _, each in objects(result)))
        assert sizes == sorted(sizes, reverse=True)
        if provider != "gemini" or shapes == "documented":
            assert sizes[0] > sizes[2], (provider, sizes)


@rule("results.expand-products", only=OCTOBER)
@pytest.mark.parametrize(("shapes", "variety"), STYLES)
def test_each_product_that_was_charged_is_there(api, keys, shapes, variety):
    key = keys[shapes, variety]
    for text in QUESTIONS:
        answer = api.ask(key, "aimode", text, include={"expandProducts": True})
        products = answer.json()["result"]["productResults"]
        assert int(answer.headers["x-credits-charged"]) == 4 + 2 + len(products)
