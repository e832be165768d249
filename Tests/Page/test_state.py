"""Organizations and the clock."""

import pytest
from playwright.sync_api import expect

from support import question


def task(priority):
    return {"taskType": "CHATGPT", "payload": question("chatgpt"), "priority": priority}


def test_an_organization_shows_slots_buckets_credits_and_queue(double, tab):
    one = double("--clock", "manual")
    made = one.mint(plan="hobby", concurrency=2, progression="hold", requestsPerSecond=10)
    for priority in (10, 5, 5, 1, 1, 1):
        one.post(made["key"], "/v1/async/task", task(priority))
    one.ask(made["key"])
    shown = tab(one)
    row = shown.organizations.filter(has_text=made["organization"])
    for text in (
        "hobby · 2026-07", "2/2 slots full", "250,000 credits", "async/task 4/10", "chatgpt 9/10",
        "4 queued (P5 1, P1 3), 2 processing",
    ):  # fmt: skip
        expect(row).to_contain_text(text)
    row.click()
    for text in ("P5", "P1", "POST /v1/async/task", "4 queued, 2 processing", made["key"][-4:]):
        expect(shown.detail).to_contain_text(text)
    one.advance(1)
    expect(shown.detail).to_contain_text("Nothing used this second.")
    shown.find("#narrow").click()
    shown.sees_count("7 of 7 requests")
    assert shown.find("#by").input_value() == made["organization"]


def test_credits_burn(double, tab):
    one = double("--clock", "manual")
    made = one.mint()
    shown = tab(one)
    row = shown.organizations.filter(has_text=made["organization"])
    expect(row).to_contain_text("0/min")
    for _ in range(3):
        one.ask(made["key"])
    expect(row).to_contain_text("−21/min")
    expect(row).to_contain_text("249,979 credits")
    # A top-up is no burn.
    one.patch(made["key"], addCredits=1000)
    expect(row).to_contain_text("250,979 credits")
    expect(row).to_contain_text("−21/min")


def test_organizations_are_found_and_ordered(double, tab):
    one = double("--clock", "manual")
    names = [one.mint(credits=100 + number)["organization"] for number in range(12)]
    shown = tab(one)
    expect(shown.organizations.first).to_contain_text("demo")
    shown.find("#order").select_option("credits")
    expect(shown.organizations.first).to_contain_text(names[0])
    shown.find("#find").fill(names[-1])
    expect(shown.organizations).to_have_count(1)
    expect(shown.find("#organization-count")).to_have_text("1 of 13")


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("+1 s", 1), ("+1 min", 60), ("+10 min", 600), ("+24 h", 86400), ("90", 90), ("1.5 h", 5400)],
)
def test_the_clock_moves_by(double, tab, name, seconds):
    one = double("--clock", "manual")
    shown = tab(one)
    expect(shown.find("#mode")).to_have_text("manual")
    now = shown.find("#now").get_attribute("datetime")
    assert now == one.control("GET", "clock").json()["now"]
    if name.startswith("+"):
        shown.page.get_by_role("button", name=name, exact=True).click()
    else:
        shown.find("#step").fill(name)
        shown.find("#step").press("Enter")
    expect(shown.find("#message")).to_contain_text(f"moved by {seconds:,} s; nothing fell due")
    later = shown.page.evaluate(
        "([now, seconds]) => new Date(Date.parse(now) + seconds * 1000).toISOString()",
        [now, seconds],
    )
    assert one.control("GET", "clock").json()["now"] == later
    expect(shown.find("#now")).to_have_attribute("datetime", later)


def test_what_an_advance_fires_is_named(double, tab):
    one = double("--clock", "manual", "--latency", "30s")
    one.post(one.first_key, "/v1/async/task", task(5))
    shown = tab(one)
    shown.page.get_by_role("button", name="+1 min", exact=True).click()
    expect(shown.find("#message")).to_contain_text("it fired 1 ×")


def test_a_step_that_is_none_moves_nothing(double, tab):
    one = double("--clock", "manual")
    before = one.control("GET", "clock").json()
    shown = tab(one)
    for text in ("soon", "-5", "5 parsecs", ""):
        shown.find("#step").fill(text)
        shown.find("#step").press("Enter")
        expect(shown.find("#message")).to_contain_text("How far?")
        shown.find("#dismiss").click()
    assert one.control("GET", "clock").json() == before


def test_what_is_said_stays_when_the_journal_arrives(double, tab):
    shown = tab(double("--clock", "manual"))
    # The first load's stream has begun, so that only the second one is held.
    shown.is_live()
    held = []
    shown.page.route("**/_mock/events*", lambda route: held.append(route))
    with shown.page.expect_request("**/_mock/events*"):
        shown.page.reload()
    shown.find("#step").fill("soon")
    shown.find("#step").press("Enter")
    expect(shown.find("#message")).to_contain_text("How far?")
    held[0].continue_()
    expect(shown.find("#state")).to_have_text("● live")
    expect(shown.find("#notice")).to_be_visible()
    expect(shown.find("#message")).to_contain_text("How far?")


def test_a_running_clock_has_no_buttons(double, tab):
    shown = tab(double("--clock", "x10"))
    expect(shown.find("#mode")).to_have_text("x10")
    expect(shown.find("#advance")).to_be_hidden()
    first = shown.find("#now").inner_text()
    expect(shown.find("#now")).not_to_have_text(first)
