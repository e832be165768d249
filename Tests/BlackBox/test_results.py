"""Results over a reset, on the wire, and as pages."""

import json
import re

import pytest

from support import PROVIDERS, path_of, question
from wire import RawConnection

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


def test_a_reset_starts_the_same_session_again(double):
    one = double("--seed", "7")
    first = session(one)
    one.control("POST", "reset", status=200)
    assert session(one) == first


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


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_of_the_template_is_left(shared, key, provider):
    every = {"html": True}
    whole = shared.ask(key, provider, "Plain words", include=every).text
    assert "{{" not in whole and "}}}}}}" not in whole and "$if" not in whole
    assert '"?' not in whole
