"""Google's own addresses: searches by address, and redirects to be resolved."""

import pytest

from api import body, code, documented, exact, fields
from operations import LINK
from rules import OCTOBER, rule
from support import path_of

SEARCH = "https://www.google.com/search?q=best+laptop&gl=de"


@pytest.fixture(scope="module")
def key(api):
    return api.mint(credits=10**9, requestsPerSecond=10**6)


def search(api, key, url=SEARCH, **members):
    return api.post(key, path_of("google"), {"url": url, **members})


@rule("search-url.replaces-question", only=OCTOBER)
def test_an_address_is_a_question_with_a_country(api, key):
    for members in (
        {},
        {"country": "DE"},
        {"gl": "de"},
        {"device": "ios"},
        {"include": {"html": True}},
    ):
        assert search(api, key, **members).status_code == 200, members
    plain = api.post(key, path_of("google"), body("google", "best laptop", country="DE"))
    assert search(api, key).json()["result"] == plain.json()["result"]


@rule("search-url.depth", only=OCTOBER)
@pytest.mark.parametrize(
    ("number", "pages"), [(None, 1), (10, 1), (11, 2), (25, 3), (100, 10), (500, 10)]
)
def test_the_number_of_results_makes_the_depth(api, key, number, pages):
    answer = search(api, key, SEARCH + (f"&num={number}" if number else ""))
    organic = answer.json()["result"]["organicResults"]
    assert {each["page"] for each in organic} == set(range(1, pages + 1))
    assert answer.headers["x-credits-charged"] == str(5 + 2 * (pages - 1))


@rule("goto.link", "goto.unknown-members", only=OCTOBER)
@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        (LINK, True),
        ("http://google.com/url?q=https%3A%2F%2Fexample.com%2F", True),
        ("https://www.google.com/search?q=x", False),
        ("https://www.google.de/goto?url=https%3A%2F%2Fexample.com", False),
        ("https://example.com/goto?url=https%3A%2F%2Fexample.com", False),
        ("/goto?url=https%3A%2F%2Fexample.com", False),
        ("", False),
        (1, False),
        (None, False),
    ],
)
def test_which_links_are_taken(api, key, url, is_link):
    answer = api.goto(key, url)
    assert answer.status_code == (200 if is_link else 400)
    assert fields(answer) == ([] if is_link else ["url"])
    path = path_of("google/goto")
    assert fields(api.post(key, path, {})) == ["url"]
    assert api.post(key, path, {"url": LINK, "country": "US"}).status_code == 200


@rule("goto.answer", "goto.free", only=OCTOBER)
def test_a_link_is_resolved_for_nothing(api):
    key = api.mint(credits=0, concurrency=0, requestsPerSecond=2)
    answer = api.goto(key, LINK)
    assert answer.json() == {"url": "https://example.com/"}
    assert documented(answer) == api.always
    assert answer.headers["x-ratelimit-remaining"] == "1"
    assert api.goto(key, LINK).status_code == 200
    assert code(api.goto(key, LINK)) == (429, "RATE_LIMIT_EXCEEDED")
    assert api.double.ledger(key)["balance"] == 0


@rule("goto.unresolved", "errors.external", only=OCTOBER)
def test_a_link_that_leads_nowhere(api, key):
    answer = api.goto(key, "https://www.google.com/goto?url=nothing")
    assert answer.status_code == 502
    assert exact(answer) == api.envelope(
        "EXTERNAL_SERVICE_ERROR", "goto resolve request failed", {"service": "google"}
    )
    assert documented(answer) == api.always


@rule("results.redirect-link", only=OCTOBER)
def test_redirect_links_are_links_that_goto_takes(api, key):
    include = {"aioverview": {}, "paaAioverview": True}
    found = 0
    for provider, members in [
        ("google", {"include": include}),
        ("google/news", {}),
        ("aimode", {}),
    ]:
        for each in objects(api.result(key, provider, **members)):
            if "redirectLink" in each:
                answer = api.goto(key, each["redirectLink"])
                assert answer.status_code == 200, answer.text
                target = answer.json()["url"]
                assert target in (each.get("link"), each.get("url"), *each.values()), each
                found += 1
    assert found > 3


def objects(value):
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from objects(inner)
