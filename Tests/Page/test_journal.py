"""The journal: live, filtered, opened, copied."""

import subprocess

from playwright.sync_api import expect

from browsing import HIDDEN
from support import clean_environment, eventually, own_port, question

HOSTILE = (
    """<script>alert(1)</script><img src=x onerror=alert(2)> "double" 'single' `${3}` \\ & \u202e"""
)


def test_a_refusal_shows_the_rule_with_its_numbers(double, tab):
    one = double("--clock", "manual")
    key = one.minted(requestsPerSecond=2)
    for _ in range(3):
        one.ask(key)
    shown = tab(one)
    shown.is_live()
    row = shown.row("429")
    expect(row).to_contain_text("rate limit: window")
    expect(row).to_contain_text("2 of 2 to POST /v1/monitor/chatgpt")
    # A symbol says it too, for those who see no colour.
    expect(row).to_contain_text("✕ 429")
    expect(shown.row("200")).to_contain_text("✓ 200")


def test_requests_appear_while_it_is_open(double, tab):
    one = double()
    shown = tab(one)
    expect(shown.find("#journal-list")).to_contain_text("No request has come yet")
    one.ask(one.first_key, "gemini")
    expect(shown.row("/v1/monitor/gemini")).to_contain_text("price 6")
    shown.sees_count("1 request")


def test_a_hidden_page_reads_on_without_its_timers(double, tab):
    one = double()
    shown = tab(one, script=HIDDEN)
    shown.is_live()
    # A pause after any of them would keep the rest in the double, which drops what is too much.
    for count in range(1, 6):
        one.ask(one.first_key)
        eventually(
            lambda count=count: shown.page.evaluate("lastSequence") == count,
            f"entry {count}",
            seconds=20,
        )


def test_a_request_is_found_by_its_trace(double, tab):
    one = double("--clock", "manual")
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    parent = f"00-{trace}-{'1' * 16}-01"
    fields = {"Authorization": f"Bearer {one.first_key}", "traceparent": parent}
    one.ask(one.first_key)
    one.http.get("/v1/countries", headers=fields)
    shown = tab(one)
    shown.sees_count("2 requests")
    shown.find("#filter").fill(trace)
    shown.sees_count("1 of 2 requests")
    shown.row("/v1/countries").click()
    expect(shown.find("#content")).to_contain_text(parent)


def test_the_filter_takes_text_organization_and_status(double, tab):
    one = double("--clock", "manual")
    rich, poor = one.mint(), one.mint(credits=0)
    for provider in ("chatgpt", "gemini", "grok"):
        one.ask(rich["key"], provider)
    one.ask(poor["key"])
    one.get(rich["key"], "/v1/nothing")
    shown = tab(one)
    shown.sees_count("5 requests")
    for text, count in [("GEMINI", 1), ("credits balance", 1), ("answered monitor", 3), ("xyz", 0)]:
        shown.find("#filter").fill(text)
        shown.sees_count(f"{count} of 5 requests")
        expect(shown.rows).to_have_count(count)
    expect(shown.find("#journal-list")).to_contain_text("Nothing matches")
    shown.find("#filter").fill("")
    for label, count in [("2xx", 3), ("4xx", 2), ("5xx", 0), ("none", 0)]:
        shown.page.get_by_label(label).check()
        shown.sees_count(f"{count} of 5 requests")
    shown.page.get_by_label("all", exact=True).check()
    shown.find("#by").select_option(poor["organization"])
    shown.sees_count("1 of 5 requests")
    expect(shown.rows).to_have_count(1)
    # What comes later passes the same filter.
    one.ask(poor["key"])
    one.ask(rich["key"])
    shown.sees_count("2 of 7 requests")


def test_the_detail_has_everything_of_a_request(double, tab):
    one = double("--clock", "manual")
    one.post(one.first_key, "/v1/monitor/chatgpt", {"country": "US", "deep": {"list": [1, {}]}})
    shown = tab(one)
    shown.row("400").click()
    for text in (
        "✕ 400 refused · POST /v1/monitor/chatgpt", "validation: prompt: Prompt cannot be empty",
        "demo",
        f"Bearer …{one.first_key[-4:]}", "X-RateLimit-Remaining", "999", '"country": "US",',
        '"field": "prompt"', "ignored: deep",
    ):  # fmt: skip
        expect(shown.detail).to_contain_text(text)
    body = shown.detail.locator("section:has(h3:text-is('Request')) pre").inner_text()
    assert body == (
        '{\n  "country": "US",\n  "deep": {\n    "list": [\n      1,\n      {}\n    ]\n  }\n}'
    )


def test_what_is_no_longer_in_the_journal_says_so(double, tab):
    one = double("--clock", "manual")
    one.ask(one.first_key)
    shown = tab(one)
    expect(shown.rows).to_have_count(1)
    one.control("DELETE", "journal", status=200)
    shown.row("200").click()
    expect(shown.detail).to_contain_text("no longer has this request")


def test_the_copied_command_comes_to_the_same_answer(double, tab):
    one = double("--clock", "manual")
    poor = one.minted(credits=0)
    for key, path, body in [
        (one.first_key, "/v1/monitor/gemini", question("gemini", HOSTILE)),
        (one.first_key, "/v1/monitor/gemini", {"country": "it's \x1b[31m $HOME `id`\n"}),
        (poor, "/v1/monitor/chatgpt?x=[1]&y={2}", question("chatgpt")),
        (one.first_key, "/v1/countries?model=grok", None),
        ("nonsense", "/v1/credits", None),
    ]:
        one.control("DELETE", "journal", status=200)
        status = (one.post(key, path, body) if body else one.get(key, path)).status_code
        sent = one.control("GET", "journal").json()["entries"][0]
        shown = tab(one)
        shown.rows.first.click()
        expect(shown.find("#copy")).to_be_enabled()
        shown.find("#copy").click()
        expect(shown.find("#copy")).to_have_text("✓ Copied")
        command = shown.clipboard()
        assert "$CLORO_API_KEY" in command and key not in command
        assert "\x1b" not in command
        ran = subprocess.run(
            ["bash", "-c", command + " --silent --max-time 10"], capture_output=True, text=True,
            timeout=90, env=clean_environment({"CLORO_API_KEY": key, "NO_PROXY": "*"}),
        )  # fmt: skip
        assert f" {status} " in ran.stdout.splitlines()[0], (command, ran.stdout, ran.stderr)
        again = one.control("GET", "journal").json()["entries"][-1]
        for name in ("method", "path", "status", "key"):
            assert again[name] == sent[name], command
        for name in ("body", "query"):
            assert again["request"].get(name) == sent["request"].get(name), command
        shown.close()


def test_text_from_elsewhere_stays_text(double, tab):
    one = double("--clock", "manual")
    one.ask(one.first_key, text=HOSTILE)
    one.get(one.first_key, "/v1/credits", name="<img src=x onerror=alert(4)>")
    one.post(one.first_key, "/v1/async/task", {"taskType": "<b>bold</b>", "payload": {}})
    shown = tab(one)
    shown.sees_count("3 requests")
    for row, text in (("monitor", "<script>alert(1)</script><img"), ("async", "<b>bold</b>")):
        shown.row(row).click()
        expect(shown.detail).to_contain_text(text)
    assert shown.find("#content script, #content img, #content b b, .row img").count() == 0
    shown.find("#filter").fill("<b>bold</b>")
    shown.sees_count("1 of 3 requests")


def test_the_list_stands_still_for_its_reader(double, tab):
    one = double()
    key = one.minted(credits=10**6)
    for _ in range(5):
        one.ask(key)
    shown = tab(one)
    shown.sees_count("5 requests")
    shown.find("#live").click()
    for _ in range(3):
        one.ask(key)
    expect(shown.find("#live")).to_have_text("▶ Live (3 new)")
    expect(shown.rows).to_have_count(5)
    shown.find("#live").click()
    expect(shown.rows).to_have_count(8)
    expect(shown.find("#live")).to_have_text("❚❚ Pause")


def test_it_finds_back_to_a_double_that_went_away(double, tab):
    first = double("--port", own_port())
    first.ask(first.first_key)
    shown = tab(first, expected=["ERR_"])
    shown.sees_count("1 request")
    assert first.stop() == 0
    expect(shown.find("#state")).to_contain_text("trying again")
    second = double("--port", first.port)
    shown.is_live()
    shown.sees_count("0 requests")
    second.ask(second.first_key, "grok")
    expect(shown.row("grok")).to_be_visible()
