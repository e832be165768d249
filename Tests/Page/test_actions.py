"""What a reader does on the page, and the call of the control API that it is."""

import json
import subprocess

import pytest
from playwright.sync_api import expect

from support import clean_environment


def run(command):
    return subprocess.run(
        ["bash", "-c", command + " --silent --max-time 10"], capture_output=True, text=True,
        timeout=90, env=clean_environment({"NO_PROXY": "*"}),
    ).stdout  # fmt: skip


def test_a_key_is_minted_and_copied_with_a_request(double, tab):
    one = double("--clock", "manual")
    shown = tab(one)
    shown.page.get_by_role("button", name="Mint a key").click()
    shown.page.get_by_label("Credits").fill("50")
    expect(shown.find("pre.call")).to_contain_text('"credits": 50')
    shown.page.get_by_role("button", name="Mint", exact=True).click()
    shown.page.get_by_role("button", name="Copy the key").click()
    expect(shown.page.get_by_role("button", name="✓ Copied")).to_be_visible()
    key = shown.clipboard()
    assert one.control("GET", f"keys/{key}").json()["credits"] == 50
    shown.page.get_by_role("button", name="Copy a request as curl").click()
    expect(shown.page.get_by_role("button", name="Copy a request as curl")).to_have_count(0)
    assert json.loads(run(shown.clipboard()))["success"]
    assert one.balance(key) == 43


def test_a_fault_is_added_from_a_form_and_its_call_copied(double, tab):
    one = double("--clock", "manual")
    shown = tab(one)
    shown.find("#tab-rules").click()
    shown.page.get_by_role("button", name="Add a fault").click()
    shown.page.get_by_label("Provider").select_option("grok")
    shown.page.get_by_label("retryAfter").fill("7")
    shown.page.get_by_label("How often").fill("1")
    shown.page.get_by_role("button", name="Add the fault").click()
    expect(shown.find("#made-call")).to_have_text("POST /_mock/faults")
    (fault,) = one.control("GET", "faults").json()["faults"]
    assert fault["fault"] == {"kind": "status", "status": 503, "retryAfter": 7}
    assert fault["match"] == {"provider": "grok"} and fault["timesLeft"] == 1
    shown.find("#copy-call").click()
    expect(shown.find("#copy-call")).to_have_text("✓ Copied")
    again = json.loads(run(shown.clipboard()))
    assert {**again, "id": fault["id"]} == fault


def test_a_refused_call_says_why(double, tab):
    one = double("--clock", "manual")
    shown = tab(one, expected=["400"])
    shown.find("#tab-rules").click()
    shown.page.get_by_role("button", name="Add a stub").click()
    shown.page.get_by_label("Country").fill("nowhere")
    shown.page.get_by_role("button", name="Add the stub").click()
    expect(shown.detail.get_by_role("alert")).to_contain_text("country")
    assert one.control("GET", "responses").json()["responses"] == []


def test_a_reset_empties_what_the_page_shows(double, tab):
    one = double("--clock", "manual")
    one.ask(one.first_key)
    shown = tab(one)
    shown.sees_count("1 request")
    shown.find("#reset").click()
    shown.page.get_by_role("button", name="Reset it").click()
    shown.sees_count("0 requests")
    assert one.balance(one.first_key) == 250_000


@pytest.mark.parametrize(("button", "name"), [("HAR", "har"), ("JSON", "json")])
def test_the_journal_is_saved(double, tab, button, name):
    one = double("--clock", "manual")
    one.ask(one.first_key)
    shown = tab(one)
    with shown.page.expect_download() as download:
        shown.page.get_by_role("button", name=f"Save {button}").click()
    assert download.value.suggested_filename.endswith(f".{name}")
    saved = json.loads(download.value.path().read_text())
    assert len(saved["log"]["entries"] if name == "har" else saved["entries"]) == 1
    expect(shown.find("#made-call")).to_contain_text("GET /_mock/journal")


def test_the_filter_takes_prompts_and_whole_keys_and_the_address_keeps_it(double, tab):
    one = double("--clock", "manual", "--journal-entries", "4")
    key = one.minted()
    for text in ("Which laptop?", "Which phone?", "Which phone?"):
        one.ask(key, text=text)
    one.ask(one.first_key)
    one.ask(one.first_key)
    shown = tab(one)
    expect(shown.find("#kept")).to_have_text("· 0 refused · 1 dropped, 0 of them refusals")
    shown.find("#filter").fill("phone")
    expect(shown.rows).to_have_count(2)
    shown.find("#filter").fill(key)
    expect(shown.rows).to_have_count(2)
    assert key not in shown.page.url
    shown.find("#filter").press("ArrowDown")
    assert shown.focused() == "journal-list"
    expect(shown.find("#journal-list [aria-selected=true]")).to_have_count(1)
    shown.page.reload()
    expect(shown.rows).to_have_count(2)
    expect(shown.find("#filter")).to_have_value(f"…{key[-4:]}")


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_the_reason_is_readable_and_the_list_has_two_thirds(double, tab, width):
    one = double("--clock", "manual")
    key = one.minted(credits=0)
    one.ask(key)
    shown = tab(one, width=width, height=900)
    why = shown.row("403").locator(".why")
    expect(why).to_have_text("credits: balance 0, price 7")
    assert why.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert shown.find("#journal-list").bounding_box()["height"] >= 600
