"""What an answer costs: every row of the price table, with the sync surcharge of 2."""

import itertools

import pytest

from support import PROVIDERS, path_of

BASE = {
    "chatgpt": 5, "gemini": 4, "grok": 4, "google": 3, "google/news": 3, "copilot": 5,
    "perplexity": 4, "aimode": 4,
}  # fmt: skip
SURCHARGE = 2
WITH_STATE = ["chatgpt", "gemini", "grok", "perplexity", "copilot"]


def rows():
    """Provider, members beside the question, price."""
    for provider in PROVIDERS:
        yield provider, {}, BASE[provider] + SURCHARGE
        yield provider, {"include": {"html": True}}, BASE[provider] + SURCHARGE
    for provider in ["gemini", "grok", "copilot", "perplexity"]:
        every = {"html": True, "markdown": True, "rawResponse": True}
        yield provider, {"include": every}, BASE[provider] + SURCHARGE
    yield "aimode", {"include": {"html": True, "markdown": True}}, 6
    for provider in WITH_STATE:
        yield provider, {"state": "CA"}, BASE[provider] + SURCHARGE + 2
    extras = ["rawResponse", "searchQueries", "ads", "shopping"]
    for count in range(1, 5):
        for some in itertools.combinations(extras, count):
            yield "chatgpt", {"include": dict.fromkeys(some, True)}, 9
    yield "chatgpt", {"include": dict.fromkeys(extras, False)}, 7
    yield "chatgpt", {"include": {"html": True, "markdown": True}}, 7
    yield "chatgpt", {"include": {"ads": True}, "state": "NY"}, 11
    for provider in ["google", "google/news"]:
        for pages in range(1, 11):
            yield provider, {"pages": pages}, 5 + 2 * (pages - 1)
    for members, price in [
        ({"include": {"aioverview": {}}}, 7),
        ({"include": {"aioverview": {"markdown": False}}}, 7),
        ({"include": {"aioverview": {"markdown": True}}}, 7),
        ({"include": {"paaAioverview": True}}, 7),
        ({"include": {"paaAioverview": True, "aioverview": {}}}, 7),
        ({"include": {"paaAioverview": False}}, 5),
        ({"include": {}}, 5),
        (
            {"include": {"paaAioverview": True, "aioverview": {}}, "pages": 10, "device": "mobile"},
            25,
        ),
        ({"location": "Austin,Texas,United States"}, 5),
        ({"uule": "w+CAIQICI"}, 5),
    ]:
        yield "google", members, price


@pytest.fixture(scope="module")
def rich(shared):
    return shared.minted(credits=100_000, requestsPerSecond=10**6)


@pytest.mark.parametrize(("provider", "members", "price"), list(rows()))
def test_the_price(shared, rich, provider, members, price):
    before = shared.ledger(rich, limit=10_000)
    answer = shared.ask(rich, provider, **members)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-credits-charged"] == str(price)
    assert answer.headers["x-credits-remaining"] == str(before["balance"] - price)
    after = shared.ledger(rich, since=before["entries"][-1]["id"])
    (entry,) = after["entries"]
    assert entry["kind"] == "charge"
    assert (entry["amount"], entry["balance"]) == (-price, after["balance"])
    assert after["balance"] == before["balance"] - price
    assert entry["endpoint"] == path_of(provider)
    assert entry["requestId"]
    assert after["consistent"] is True


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_whole_price_must_be_there(shared, provider):
    price = BASE[provider] + SURCHARGE
    poor, exact = (shared.minted(credits=credits) for credits in (price - 1, price))
    refused, served = shared.ask(poor, provider), shared.ask(exact, provider)
    assert (refused.status_code, served.status_code) == (403, 200)
    assert refused.headers["x-credits-remaining"] == str(price - 1)
    assert refused.headers["x-credits-charged"] == "0"
    assert (shared.balance(poor), shared.balance(exact)) == (price - 1, 0)


def test_the_extras_are_part_of_the_whole_price(shared):
    key = shared.minted(credits=10)
    assert shared.ask(key, "google", pages=5).status_code == 403
    assert shared.ask(key, "chatgpt", state="CA", include={"ads": True}).status_code == 403
    assert shared.ask(key, "chatgpt", include={"ads": True}).status_code == 200


def test_every_number_is_a_fixture_s(double, fixture_file):
    prices = {
        "chatgpt": 50, "google": 1, "google/news": 0, "syncSurcharge": 10, "chatgptExtras": 100,
        "state": 1000, "additionalPage": 7, "aiOverview": 20,
    }  # fmt: skip
    dear = double("--fixture", fixture_file(pricing=prices))

    def price(provider, **members):
        return int(dear.ask(dear.first_key, provider, **members).headers["x-credits-charged"])

    assert price("chatgpt") == 60
    assert price("chatgpt", state="CA", include={"shopping": True, "ads": True}) == 1160
    assert price("google", pages=3, include={"aioverview": {}}) == 45
    assert price("google/news") == 10
    assert price("gemini") == 14


def test_an_answer_may_be_free(double, fixture_file):
    free = double("--fixture", fixture_file(pricing={"grok": 0, "syncSurcharge": 0}, credits=0))
    answer = free.ask(free.first_key, "grok")
    assert answer.status_code == 200
    assert answer.headers["x-credits-charged"] == "0"
    assert free.ledger(free.first_key)["consistent"] is True
