"""The manual as `Tests/manual` has rendered it, and the ways that lead to it from the page."""

import functools
import http.server
import os
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

MANUAL = Path(
    os.environ.get("CLORO_MOCK_MANUAL_PAGES")
    or Path(__file__).resolve().parents[2] / ".build/manual"
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site():
    """The pages' address, as any server of files has them."""
    assert (MANUAL / "index.html").is_file(), "Tests/manual renders it"
    handler = functools.partial(Quiet, directory=str(MANUAL))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def reader(chromium):
    """A tab that notes what goes wrong in it."""
    context = chromium.new_context(viewport={"width": 1300, "height": 900})
    page = context.new_page()
    problems = []
    page.on("console", lambda said: said.type == "error" and problems.append(said.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", lambda got: got.status >= 400 and problems.append(got.url))
    yield page
    context.close()
    assert problems == []


def test_the_root_leads_to_the_first_page_and_on_to_an_article(site, reader):
    reader.goto(site)
    expect(reader.get_by_role("heading", name="CloroMock", level=1)).to_be_visible()
    reader.get_by_role("main").get_by_role("link", name="Faults").first.click()
    expect(reader.get_by_role("heading", name="Faults", level=1)).to_be_visible()
    assert reader.url == f"{site}/documentation/cloromock/faults"


def test_a_symbol_and_a_place_of_an_article_have_addresses(site, reader):
    reader.goto(f"{site}/documentation/cloromock/mockserver/advance(seconds:)/")
    expect(reader.get_by_role("heading", name="advance(seconds:)", level=1)).to_be_visible()
    reader.goto(f"{site}/documentation/cloromock/faults/#Late-errors")
    expect(reader.get_by_role("heading", name="Late errors")).to_be_in_viewport()


def test_the_page_leads_to_the_manual_and_the_double_s_own_description(double, tab):
    one = double()
    shown = tab(one)
    links = shown.page.get_by_role("navigation", name="Documents").get_by_role("link")
    expect(links).to_have_text(["Manual", "OpenAPI", "llms.txt"])
    for link in links.all():
        assert link.get_attribute("target") == "_blank"
        address = link.evaluate("(link) => link.href")
        # A build for a release may know where the manual is published.
        if address.startswith(one.url):
            assert one.http.get(address.removeprefix(one.url)).status_code == 200, address
    assert shown.overflows() <= 0


def test_no_link_leads_to_what_needs_the_token(double, tab):
    one = double("--admin-token", "secret")
    shown = tab(one, expected=("401",))
    shown.find("#token").fill("secret")
    shown.press("Enter")
    shown.is_live()
    links = shown.page.get_by_role("navigation", name="Documents").get_by_role("link")
    expect(links).to_have_text(["Manual", "llms.txt"])
    for link in links.all():
        address = link.evaluate("(link) => link.href")
        if address.startswith(one.url):
            assert one.http.get(address.removeprefix(one.url)).status_code == 200, address
