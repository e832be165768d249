"""The timeline: who held which slot when, and what was refused meanwhile."""

import re
import threading

import pytest
from playwright.sync_api import expect

# What the picture has at a place that the page says: a colour's name in its style sheet. Where a
# stroke crosses a pixel in part, the colour is a little off.
COLOUR = """([x, y]) => {
  const scale = devicePixelRatio;
  const [r, g, b] = canvas.getContext("2d").getImageData(x * scale, y * scale, 1, 1).data;
  for (const [name, text] of Object.entries(timeline.colours)) {
    const full = text.length === 4 ? text.replace(/[0-9a-f]/g, "$&$&") : text;
    const parts = full.match(/[0-9a-f]{2}/g).map((each) => parseInt(each, 16));
    if (parts.every((part, index) => Math.abs(part - [r, g, b][index]) < 12)) return name;
  }
  return `rgb(${r},${g},${b})`;
}"""


def begin(one, key, provider="chatgpt"):
    """Asks, and doesn't wait for the answer."""
    thread = threading.Thread(target=one.ask, args=(key, provider), daemon=True)
    thread.start()
    return thread


def full(one, slots=2):
    """An organization whose slots were all taken for 10 s when a question was refused after 4 s,
    and a second later one for its body; its key."""
    key = one.minted(concurrency=slots, latency="10s", organization="acme")
    asked = [begin(one, key) for _ in range(slots)]
    one.await_running(key, slots)
    one.advance(4)
    assert one.ask(key, "grok").status_code == 429
    one.advance(1)
    assert one.post(key, "/v1/monitor/grok", {"country": "US"}).status_code == 400
    one.advance(5)
    for each in asked:
        each.join(10)
    return key


def opened(tab, one, bars, **options):
    # Reading the picture's pixels is these tests' doing.
    shown = tab(one, expected=["willReadFrequently"], **options)
    shown.is_live()
    shown.page.get_by_role("tab", name="Timeline").click()
    expect(shown.find("#timeline-count")).to_contain_text(f"{bars} in sight")
    return shown


def place(shown, text):
    """Where the picture has a bar or a mark: the pixels that the script computes."""
    names = "const { at, bars, marks } = timeline"
    return shown.page.evaluate(f"(() => {{ {names}; return {text}; }})()")


def shown_span(shown):
    return shown.page.evaluate("(() => { const { from, to } = shownTime(); return to - from; })()")


def test_a_refusal_for_slots_shows_its_cause(double, tab):
    one = double("--clock", "manual")
    full(one)
    shown = opened(tab, one, "2 bars")
    expect(shown.find("#timeline-count")).to_have_text(
        "2 bars in sight of 2, 2 refusals, 1 for slots"
    )
    expect(shown.find("#timeline-canvas")).to_have_attribute(
        "aria-label", re.compile(r"2 bars in 2 of 2 slots, 1 refusal for slots, 1 other refusal")
    )
    # A bar in each lane at the refusal's moment, the limit above them, and the mark on it.
    for lane in (0, 1):
        bar = place(shown, f"[at.x(marks[0].began), at.y({lane}) + at.step / 2]")
        assert shown.page.evaluate(COLOUR, bar) == "fill"
    mark = place(shown, "[at.x(marks[0].began), markHeight(at) - 6]")
    assert shown.page.evaluate(COLOUR, mark) == "bad"
    assert place(shown, "markHeight(at) === Math.round(at.y(1))")
    other = place(shown, "[at.x(marks[1].began), at.base + STRIP / 2]")
    assert shown.page.evaluate(COLOUR, other) == "warn"


def test_what_a_refusal_names_leads_to_its_bar(double, tab):
    one = double("--clock", "manual")
    full(one)
    shown = opened(tab, one, "2 bars")
    shown.page.get_by_role("tab", name="Journal").click()
    shown.row("429").click()
    holder = shown.detail.locator(".reason button").first
    name = holder.text_content()
    holder.click()
    expect(shown.find("#timeline")).to_be_visible()
    assert shown.focused() == "timeline-canvas"
    expect(shown.find("#timeline-chosen")).to_contain_text("slot")
    assert shown.page.evaluate("timeline.chosen.id") == name
    # Both are in sight: what was refused, and what it was refused for.
    expect(shown.find("#timeline-count")).to_contain_text("1 for slots")
    # The way there from any request, and from the bar back to the request.
    shown.press("Enter")
    expect(shown.find("#detail-title")).to_contain_text("200 answered")
    shown.detail.get_by_role("button", name="show on the timeline").click()
    expect(shown.find("#timeline-chosen")).to_contain_text("10 s · 200")


def test_it_is_zoomed_by_dragging_and_the_address_keeps_the_part(double, tab):
    one = double("--clock", "manual")
    full(one)
    shown = opened(tab, one, "2 bars")
    whole = shown_span(shown)
    box = shown.find("#timeline-canvas").bounding_box()
    left, right = place(shown, "[at.x(bars[0].began + 3000), at.x(bars[0].began + 4500)]")
    mouse, y = shown.page.mouse, box["y"] + 30
    mouse.move(box["x"] + left, y)
    mouse.down()
    mouse.move(box["x"] + right, y, steps=4)
    mouse.up()
    expect(shown.find("#timeline-count")).to_have_text(
        "2 bars in sight of 2, 1 refusal, 1 for slots"
    )
    assert 1300 < shown_span(shown) < 1700
    assert "slots=" in shown.page.url or "time=" in shown.page.url
    shown.page.reload()
    shown.is_live()
    expect(shown.find("#timeline-count")).to_contain_text("1 refusal,")
    assert 1300 < shown_span(shown) < 1700
    shown.find("#timeline-live").click()
    expect(shown.find("#timeline-count")).to_contain_text("2 refusals")
    assert shown_span(shown) == pytest.approx(whole, rel=0.05)
    shown.find("#timeline-back").click()
    assert 1300 < shown_span(shown) < 1700


def test_the_keyboard_does_all_that_the_pointer_does(double, tab):
    one = double("--clock", "manual")
    full(one)
    shown = opened(tab, one, "2 bars")
    whole = shown_span(shown)
    shown.find("#timeline-canvas").focus()
    shown.press("+", "+")
    assert shown_span(shown) == pytest.approx(whole / 4, rel=0.01)
    shown.press("-")
    assert shown_span(shown) == pytest.approx(whole / 2, rel=0.01)
    before = shown.page.evaluate("shownTime().from")
    shown.press("ArrowRight")
    moved = shown.page.evaluate("shownTime().from") - before
    assert moved == pytest.approx(whole / 10, rel=0.02)
    shown.press("Backspace", "Backspace")
    assert shown_span(shown) == pytest.approx(whole / 4, rel=0.01)
    shown.press("0")
    assert shown_span(shown) == pytest.approx(whole, rel=0.05)
    shown.press("l")
    expect(shown.find("#timeline-live")).to_be_disabled()
    # The bars, then what was refused, in the order of time.
    for text in ("slot 1", "slot 2", "✕ 429", "✕ 400"):
        shown.press("ArrowDown")
        expect(shown.find("#timeline-chosen")).to_contain_text(text)
    shown.press("ArrowUp", "Enter")
    expect(shown.find("#detail-title")).to_contain_text("429")
    for key in ("Enter", "Backspace", "L"):
        expect(shown.find("#timeline-hints kbd", has_text=key).first).to_be_visible()


def test_the_list_has_the_same_as_the_picture(double, tab):
    one = double("--clock", "manual")
    full(one)
    shown = opened(tab, one, "2 bars")
    rows = shown.find("#timeline-list .row:not([hidden])")
    expect(rows).to_have_count(4)
    expect(rows.nth(2)).to_contain_text("✕ 429 POST /v1/monitor/grok · concurrency: slots 2 of 2")
    shown.find("#timeline-list").focus()
    shown.press("ArrowDown", "ArrowDown", "ArrowDown", "Enter")
    expect(shown.find("#detail-title")).to_contain_text("429")


def test_what_is_under_way_and_tasks_are_bars_of_their_slots(double, tab):
    one = double("--clock", "manual")
    key = one.minted(concurrency=2, latency="10s", organization="acme")
    submitted = one.post(
        key, "/v1/async/task", {"taskType": "GEMINI", "payload": {"prompt": "Hi", "country": "US"}}
    )
    assert submitted.status_code in (200, 201, 202)
    one.advance(3)
    begin(one, key)
    one.await_running(key, 2)
    one.advance(2)
    shown = opened(tab, one, "2 bars")
    rows = shown.find("#timeline-list .row:not([hidden])")
    expect(rows.nth(0)).to_contain_text("slot 1 · task gemini · for 5 s · processing")
    expect(rows.nth(1)).to_contain_text("slot 2 · POST /v1/monitor/chatgpt · for 2 s · running")
    one.advance(5)
    expect(rows.nth(0)).to_contain_text("slot 1 · task gemini · 10 s · completed")
    x, y = place(shown, "[at.x(bars[0].began + 1000), at.y(0) + at.step / 2]")
    assert shown.page.evaluate(COLOUR, [x, y]) == "good"
    shown.find("#timeline-canvas").click(position={"x": x, "y": y})
    expect(shown.find("#detail-title")).to_have_text("Task GEMINI · COMPLETED")
    expect(shown.detail).to_contain_text("Hi")
    one.advance(10)


def test_each_organization_has_its_own(double, tab):
    one = double("--clock", "manual")
    full(one)
    other = one.minted(organization="other")
    one.ask(other)
    shown = opened(tab, one, "1 bar")
    expect(shown.find("#timeline-by")).to_have_value("other")
    shown.find("#timeline-by").select_option("acme")
    expect(shown.find("#timeline-count")).to_contain_text("2 bars in sight of 2")
    assert "slots=acme" in shown.page.url


def test_the_newest_question_decides_once_all_have_come(double, tab):
    one = double("--clock", "manual")
    full(one)
    one.ask(one.minted(organization="other"))
    shown = tab(one, expected=["willReadFrequently"])
    # The first load's stream has begun, so that only the second one is held.
    shown.is_live()
    held = []
    shown.page.route("**/_mock/events*", lambda route: held.append(route))
    with shown.page.expect_request("**/_mock/events*"):
        shown.page.reload()
    shown.page.get_by_role("tab", name="Timeline").click()
    # The organizations are known, but not who has asked.
    expect(shown.find("#timeline-by option", has_text="other")).to_have_count(1)
    expect(shown.find("#timeline-chosen")).to_have_text("Nothing of any organization has come yet.")
    held[0].continue_()
    expect(shown.find("#timeline-count")).to_contain_text("1 bar in sight")
    expect(shown.find("#timeline-by")).to_have_value("other")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1024, 768), (1440, 900)])
def test_nothing_is_scrolled_sideways(double, tab, tmp_path, width, height, scheme):
    one = double("--clock", "manual")
    full(one, slots=12)
    shown = opened(tab, one, "12 bars", width=width, height=height, scheme=scheme)
    shown.page.screenshot(path=tmp_path / "timeline.png")
    assert shown.overflows() == 0
    # All lanes are in the picture, however small it is.
    assert place(shown, "at.base + STRIP + AXIS <= at.height + 1")
    assert place(shown, "bars.every((bar) => at.y(bar.lane) >= at.top - 1)")
