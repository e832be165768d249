"""The forecast's form and pictures."""

import json
import subprocess

import pytest
from playwright.sync_api import expect

from support import clean_environment

LOAD = {
    "tasks": [{"provider": "chatgpt", "count": 41}], "latency": {"default": "10s"},
    "deadline": "20s", "plans": ["free", "hobby", "starter"],
}  # fmt: skip


def opened(tab, one, **options):
    shown = tab(one, **options)
    shown.is_live()
    shown.page.get_by_role("tab", name="Forecast").click()
    return shown


def play(shown, load):
    text = load if isinstance(load, str) else json.dumps(load)
    shown.find("#forecast-load").fill(text)
    shown.page.get_by_role("button", name="Forecast", exact=True).click()


def test_each_plan_has_its_figures_and_a_picture(double, tab):
    one = double()
    shown = opened(tab, one)
    play(shown, LOAD)
    expect(shown.find("#forecast-verdict")).to_have_text(
        "✓ The cheapest plan that gets it done in 20s: starter."
    )
    plans = shown.find(".plan")
    expect(plans).to_have_count(3)
    expect(plans.nth(0)).to_contain_text("✕ too late")
    expect(plans.nth(1)).to_contain_text("✕ too late")
    expect(plans.nth(2)).to_contain_text("✓ cheapest")
    for text in ("done after30 s", "credits205", "US$ a month100", "peak slots20",
                 "longest queue41", "refusals0"):  # fmt: skip
        expect(plans.nth(1)).to_contain_text(text)
    picture = plans.nth(1).get_by_role("img")
    expect(picture).to_have_attribute(
        "aria-label",
        "hobby over 30.1 s: up to 20 slots in use, up to 41 tasks in the queue",
    )
    # Three turns: the slots are full in two of them, and the queue falls in steps.
    heights = picture.locator(".slots").evaluate(
        "(path) => [5, 15, 25].map((second) => {"
        "  const box = path.ownerSVGElement.viewBox.baseVal;"
        "  const at = (y) => path.isPointInFill(new DOMPoint(second / 30.08 * box.width, y));"
        "  return at(box.height - 2) + at(box.height / 2); })"
    )
    assert heights == [2, 2, 1]


def test_a_run_is_its_own_load(double, tab):
    one = double()
    for _ in range(3):
        one.ask(one.first_key)
    shown = opened(tab, one)
    shown.page.get_by_role("button", name="From this run’s report").click()
    expect(shown.find("#forecast-verdict")).to_contain_text("free")
    expect(shown.find(".plan").first).to_contain_text("credits21")
    assert '"report"' in shown.find("#forecast-load").input_value()


def test_what_cannot_be_played_says_why(double, tab):
    shown = opened(tab, double(), expected=["400"])
    for load, problem in [
        ("{", "✕ This is not JSON"),
        ({"tasks": []}, "✕ expected tasks, sync or report"),
        (LOAD | {"plans": ["hobyb"]}, 'is unknown, did you mean "hobby"'),
    ]:
        play(shown, load)
        expect(shown.find("#forecast-problem")).to_contain_text(problem)
    shown.page.get_by_role("button", name="From this run’s report").click()
    expect(shown.find("#forecast-problem")).to_contain_text("Nothing was answered in this run yet")
    play(shown, LOAD)
    expect(shown.find("#forecast-verdict")).to_contain_text("starter")
    expect(shown.find("#forecast-problem")).to_be_empty()


def test_it_is_copied_as_a_call_that_works(double, tab):
    one = double()
    shown = opened(tab, one)
    shown.find("#forecast-load").fill(json.dumps(LOAD))
    shown.find("#forecast-copy").click()
    expect(shown.find("#forecast-copy")).to_have_text("✓ Copied")
    ended = subprocess.run(
        ["bash", "-c", shown.clipboard().replace("--include ", "--silent ")],
        capture_output=True, text=True, env=clean_environment(), timeout=90,
    )  # fmt: skip
    assert json.loads(ended.stdout)["cheapest"] == "starter", ended.stderr


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1024, 768), (1440, 900)])
def test_nothing_is_scrolled_sideways(double, tab, tmp_path, width, height, scheme):
    shown = opened(tab, double(), width=width, height=height, scheme=scheme)
    play(shown, LOAD)
    expect(shown.find("#forecast-verdict")).to_be_visible()
    shown.page.screenshot(path=tmp_path / "forecast.png")
    assert shown.overflows() == 0
