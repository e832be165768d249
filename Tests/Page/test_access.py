"""Who may see it, what it may do, and with what it is used."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

PARTS = Path(__file__).parents[2] / "Fixtures/page"


def test_the_page_is_one_file_under_a_strict_policy(double):
    one = double()
    answer = one.control("GET", "", status=200)
    policy = dict(
        each.split(" ", 1) for each in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'" and policy["connect-src"] == "'self'"
    for name in ("script-src", "style-src"):
        assert policy[name].startswith("'sha256-") and " " not in policy[name]
    assert policy["require-trusted-types-for"] == "'script'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for text in ("http://", "https://", "innerHTML", "eval("):
        # A name space is an address that nobody asks.
        assert text not in answer.text.replace("http://www.w3.org/2000/svg", ""), text


def test_the_page_is_its_parts_and_nothing_else(double):
    text = double().control("GET", "", status=200).text
    parts = [each.read_text() for each in PARTS.iterdir()]
    assert [each for each in parts if each not in text] == []
    assert sum(map(len, parts)) == len(text)


def test_without_its_slash_it_leads_there(double):
    one = double()
    answer = httpx.get(f"{one.url}/_mock")
    assert (answer.status_code, answer.headers["location"]) == (308, "/_mock/")
    assert httpx.get(f"{one.url}/_mock", follow_redirects=True).status_code == 200
    assert httpx.post(f"{one.url}/_mock/").status_code == 405
    assert httpx.get(f"{one.url}/_mock/nothing").status_code == 404


def test_the_admin_token_is_asked_for_and_kept_for_the_tab(double, tab):
    one = double("--admin-token", "a secret's length".replace(" ", "-"))
    headers = {"Authorization": "Bearer a-secret's-length"}
    assert httpx.get(f"{one.url}/_mock/organizations").status_code == 401
    one.ask(one.first_key)
    shown = tab(one, expected=["401"])
    expect(shown.find("#state")).to_contain_text("needs the admin token")
    expect(shown.find("main")).to_be_hidden()
    assert shown.focused() == "token"
    shown.find("#token").fill("wrong")
    shown.press("Enter")
    expect(shown.find("#refusal")).to_contain_text("doesn’t take this token")
    expect(shown.find("main")).to_be_hidden()
    shown.find("#token").fill("a-secret's-length")
    shown.press("Enter")
    shown.is_live()
    expect(shown.row("chatgpt")).to_be_visible()
    expect(shown.organizations.first).to_contain_text("demo")
    shown.row("chatgpt").click()
    expect(shown.detail).to_contain_text('"prompt"')
    assert "secret" not in shown.page.url
    shown.page.reload()
    shown.is_live()
    assert shown.page.evaluate("localStorage.length") == 0
    shown.find("#forget").click()
    expect(shown.find("#gate")).to_be_visible()
    assert shown.page.evaluate("sessionStorage.length") == 0
    assert httpx.get(f"{one.url}/_mock/organizations", headers=headers).status_code == 200


def test_it_is_used_by_keyboard_alone(double, tab):
    one = double("--clock", "manual")
    for provider in ("chatgpt", "gemini", "grok"):
        one.ask(one.first_key, provider)
    shown = tab(one)
    shown.sees_count("3 requests")
    shown.press("/")
    assert shown.focused() == "filter"
    shown.page.keyboard.type("/monitor")
    shown.sees_count("3 of 3 requests")
    for _ in range(20):
        if shown.focused() == "journal-list":
            break
        shown.press("Tab")
    assert shown.focused() == "journal-list"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert shown.page.evaluate(outline) == "solid"
    shown.press("ArrowDown", "ArrowDown", "Enter")
    chosen = shown.find("#journal-list [aria-selected=true]")
    expect(chosen).to_contain_text("gemini")
    active = shown.find("#journal-list").get_attribute("aria-activedescendant")
    assert chosen.get_attribute("id") == active
    expect(shown.find("#detail-title")).to_contain_text("gemini")
    # The detail follows the choice.
    shown.press("ArrowDown")
    expect(shown.find("#detail-title")).to_contain_text("chatgpt")
    shown.press("Home")
    expect(shown.find("#detail-title")).to_contain_text("grok")
    expect(shown.find("#copy")).to_be_enabled()
    shown.press("c")
    expect(shown.find("#copy")).to_have_text("✓ Copied")
    assert "/v1/monitor/grok" in shown.clipboard()
    shown.press("Escape")
    expect(shown.detail).to_be_hidden()
    assert shown.focused() == "journal-list"
    shown.press("Escape")
    expect(chosen).to_have_count(0)


def test_a_detail_that_covers_the_page_takes_the_focus(double, tab):
    one = double()
    one.ask(one.first_key)
    shown = tab(one, width=360, height=740)
    shown.row("chatgpt").click()
    expect(shown.detail).to_contain_text("X-RateLimit-Limit")
    assert shown.focused() == "detail-title"
    assert shown.page.evaluate("document.getElementById('journal').inert")
    shown.press("Escape")
    assert shown.focused() == "journal-list"
    assert not shown.page.evaluate("document.getElementById('journal').inert")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(360, 740), (768, 1024), (1440, 900)])
def test_nothing_is_scrolled_sideways(double, tab, tmp_path, width, height, scheme):
    one = double("--clock", "manual")
    key = one.minted(plan="enterprise-5k", credits=10**15, requestsPerSecond=10**9)
    one.ask(key, text="long" * 500)
    one.get(key, "/v1/" + "x" * 900)
    one.get("sk_live_" + "9" * 32, "/v1/credits")
    shown = tab(one, width=width, height=height, scheme=scheme)
    shown.sees_count("3 requests")
    shown.page.screenshot(path=tmp_path / "journal.png")
    assert shown.overflows() == 0
    for row in ("200", "404"):
        shown.row(row).click()
        expect(shown.detail).to_contain_text("Response")
        expect(shown.detail.locator("pre").last).to_be_visible()
        shown.page.screenshot(path=tmp_path / f"{row}.png")
        assert shown.overflows() == 0
        shown.press("Escape")
    if width < 760:
        shown.page.get_by_role("tab", name="Organizations").click()
    shown.organizations.filter(has_text="enterprise").click()
    expect(shown.detail).to_contain_text("1,000,000,000")
    assert shown.overflows() == 0


def contrast(one, other):
    def light(colour):
        parts = [int(part) / 255 for part in colour.strip("rgb()").split(",")]
        linear = [
            each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
        ]
        return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear))

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(double, tab, scheme):
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    one = double("--clock", "manual")
    one.ask(one.first_key)
    one.get(one.first_key, "/v1/nothing")
    shown = tab(one, scheme=scheme)
    shown.row("404").click()
    expect(shown.detail).to_contain_text("Response")
    found = shown.page.evaluate("""() => {
      const ground = (node) => {
        for (; node; node = node.parentElement) {
          const colour = getComputedStyle(node).backgroundColor;
          if (!colour.startsWith("rgba")) return colour;
        }
      };
      return [...document.querySelectorAll("body *")]
        .filter((each) => each.checkVisibility())
        .filter((each) =>
          [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
        .map((each) => [each.textContent.slice(0, 40), getComputedStyle(each).color, ground(each)]);
    }""")
    assert len(found) > 50
    assert [each for each in found if contrast(each[1], each[2]) < 4.5] == []
