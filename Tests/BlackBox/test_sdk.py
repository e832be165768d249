"""cloro's own Python SDK, unmodified, with only `base_url` replaced."""

import httpx
import pytest
from cloro import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    Cloro,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)

from support import UNKNOWN_KEY, question


@pytest.fixture
def client(shared):
    with Cloro(api_key=shared.minted(), base_url=shared.url, max_retries=0) as client:
        yield client


def client_of(double, key):
    return Cloro(api_key=key, base_url=double.url, max_retries=0)


@pytest.mark.parametrize("engine", ["chatgpt", "gemini", "perplexity", "copilot", "aimode"])
def test_the_five_engines_answer(client, engine):
    answer = getattr(client.monitor, engine)(prompt="What do you know about Acme?", country="US")
    assert answer["success"] is True
    assert answer["result"]["text"] and "Acme" not in answer["result"]["text"]


@pytest.mark.parametrize("engine", ["chatgpt", "gemini", "perplexity", "copilot", "aimode"])
def test_the_five_engines_take_include(client, engine):
    answer = getattr(client.monitor, engine)("Acme?", "US", include={"markdown": True})
    assert isinstance(answer["result"]["markdown"], str)


def test_google_takes_all_its_arguments(client):
    answer = client.monitor.google(
        "best laptop", "US", location="New York,New York,United States", device="mobile", pages=2,
        include={"html": True, "aioverview": {"markdown": True}},
    )  # fmt: skip
    assert {result["page"] for result in answer["result"]["organicResults"]} == {1, 2}
    assert len(answer["result"]["html"]) == 2
    assert answer["result"]["aioverview"]["markdown"]


def test_google_news_answers(client):
    answer = client.monitor.google_news("laptops", "DE", pages=1)
    assert answer["result"]["newsResults"]


def test_grok_answers_by_the_generic_call(client):
    answer = client.request("POST", "/v1/monitor/grok", json=question("grok"))
    assert answer["success"] is True and answer["result"]["text"]


def test_countries_answer(client):
    assert "US" in client.countries()
    assert set(client.countries()) - set(client.countries(model="perplexity")) == {"CN"}


def test_states_of_the_sdk_lack_the_required_country(client):
    # The SDK sends no `country`; the contract requires it.
    with pytest.raises(BadRequestError):
        client.states()
    assert len(client.request("GET", "/v1/states", params={"country": "US"})) == 51


def test_a_bad_request_is_a_bad_request_error(client):
    with pytest.raises(BadRequestError) as caught:
        client.monitor.chatgpt(prompt="", country="US")
    assert caught.value.status_code == 400
    assert caught.value.message == "Request validation failed"
    assert caught.value.body["details"] == [
        {"field": "prompt", "message": "Prompt cannot be empty"}
    ]


@pytest.mark.parametrize(
    ("key", "code"),
    [("my-key", "INVALID_API_KEY_FORMAT"), (UNKNOWN_KEY, "INVALID_OR_EXPIRED_API_KEY")],
)
def test_a_wrong_key_is_an_authentication_error(shared, key, code):
    with client_of(shared, key) as client, pytest.raises(AuthenticationError) as caught:
        client.monitor.gemini(prompt="Hi", country="US")
    assert caught.value.status_code == 401
    assert caught.value.body["error"]["code"] == code


def test_no_key_is_an_authentication_error(shared):
    def drop(request):
        del request.headers["Authorization"]

    transport = httpx.Client(event_hooks={"request": [drop]})
    client = Cloro(api_key="x", base_url=shared.url, max_retries=0, http_client=transport)
    with transport, pytest.raises(AuthenticationError) as caught:
        client.countries()
    assert caught.value.body["error"]["code"] == "MISSING_API_KEY"


def test_too_few_credits_are_a_permission_denied_error(shared):
    with client_of(shared, shared.minted(credits=6)) as client:
        with pytest.raises(PermissionDeniedError) as caught:
            client.monitor.chatgpt(prompt="Hi", country="US")
    assert (caught.value.status_code, caught.value.message) == (403, "Insufficient credits")


def test_an_unknown_route_is_a_not_found_error(client):
    with pytest.raises(NotFoundError):
        client.request("GET", "/v1/nothing")


def test_no_free_slot_is_a_rate_limit_error(shared):
    with client_of(shared, shared.minted(concurrency=0)) as client:
        with pytest.raises(RateLimitError) as caught:
            client.monitor.copilot(prompt="Hi", country="US")
    assert caught.value.message == "Concurrent limit exceeded"


def test_the_rate_limit_is_a_rate_limit_error(frozen):
    with client_of(frozen, frozen.minted(requestsPerSecond=1)) as client:
        client.countries()
        with pytest.raises(RateLimitError) as caught:
            client.countries()
    assert caught.value.body["error"]["code"] == "RATE_LIMIT_EXCEEDED"


def test_the_sdk_s_own_retries_get_over_a_full_second(double):
    # Its first backoff is half a second, ten of the double's.
    fast = double("--clock", "x20")
    key = fast.minted(requestsPerSecond=1)
    with Cloro(api_key=key, base_url=fast.url) as client:
        for _ in range(2):
            assert client.countries()


def test_a_stopped_double_is_a_connection_error(double):
    short = double()
    key = short.first_key
    assert short.stop() == 0
    with client_of(short, key) as client, pytest.raises(APIConnectionError):
        client.countries()
