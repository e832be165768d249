"""What becomes of good and bad requests, row by row: synchronous, as a task, in a batch."""

import pytest

from api import body, exact, issues, task
from live_table import ROWS
from rules import JULY, OCTOBER, rule
from support import path_of

SYNC_SURCHARGE = 2


@pytest.fixture(scope="module")
def key(api):
    return api.mint(
        credits=10**9, requestsPerSecond=10**6, concurrency=10**6, progression="hold"
    )


def outcome(row, api):
    return row.july if api.is_july else row.october


def entries(expected, prefix=""):
    return [{"field": prefix + field, "message": text} for field, text in expected]


def test_the_table_is_long_enough():
    for name in ("july", "october"):
        outcomes = [getattr(row, name) for row in ROWS if getattr(row, name) is not None]
        assert len(outcomes) >= 120
        assert sum(isinstance(each, int) for each in outcomes) >= 30


@rule(
    "validation.order", "validation.empty-prompt", "validation.question", "validation.blank",
    "validation.country-required", "validation.country-codes", "validation.country-blocked",
    "validation.state-codes", "validation.state-us-only", "validation.location-or-uule",
    "validation.pages", "validation.pages-fraction", "validation.overview-object",
    "validation.unknown-members", "validation.every-field", "credits.sync-surcharge",
    "credits.state", "credits.pages",
)  # fmt: skip
@rule("credits.base-prices-july", "credits.overviews-july", only=JULY)
@rule(
    "credits.base-prices", "credits.overviews", "validation.gl", "validation.gl-missing",
    "validation.gl-agrees", "validation.gl-same", "search-url.address", "search-url.agreement",
    "search-url.country", "search-url.no-verticals", "search-url.depth", "search-url.price",
    only=OCTOBER,
)  # fmt: skip
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.provider)
def test_row(api, key, row):
    expected = outcome(row, api)
    if expected is None:
        return
    asked = body(row.provider, **row.members)
    answer = api.post(key, path_of(row.provider), asked)
    submitted = api.submit(key, row.provider, asked)
    (item,) = api.batch(key, [task(row.provider, asked)]).json()["results"]
    if isinstance(expected, int):
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-credits-charged"] == str(expected)
        task_price = expected - SYNC_SURCHARGE
        for each in (submitted.json(), item):
            assert each["success"] and each["credits"]["creditsToCharge"] == task_price
        return
    message = "Request validation failed"
    details = entries(expected)
    assert (answer.status_code, issues(answer)) == (400, details), answer.text
    assert exact(answer) == api.envelope("VALIDATION_ERROR", message, details, kind="text")
    details = entries(expected, "payload.")
    assert submitted.status_code == (422 if api.is_july else 400)
    assert exact(submitted) == api.envelope("VALIDATION_ERROR", message, details, kind="text")
    error = item["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert error["details"] == (details[0] if api.is_july else {"errors": details})

