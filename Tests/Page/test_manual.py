"""The manual as `Tests/manual` has rendered it, and the ways that lead to it from the page."""

import functools
import http.server
import importlib.util
import json
import os
import shutil
import threading
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest
from playwright.sync_api import expect

REPOSITORY = Path(__file__).resolve().parents[2]
MANUAL = Path(os.environ.get("CLORO_MOCK_MANUAL_PAGES") or REPOSITORY / ".build/manual")


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
    # The renderer may scroll before the listings above a place are drawn, so these come first.
    reader.goto(f"{site}/documentation/cloromock/faults/", wait_until="networkidle")
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


# MARK: What Tests/manual finds

DATA = "data/documentation/cloromock"


def checks():
    """`Tests/manual`, which is a program without an ending, as a module."""
    loader = SourceFileLoader("manual", str(REPOSITORY / "Tests/manual"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("manual", loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def copy(tmp_path):
    """The pages' data and files in a folder of the test's own."""
    assert (MANUAL / "index.html").is_file(), "Tests/manual renders it"
    folder = tmp_path / "manual"
    # Over a thousand files, of which a test changes one.
    shutil.copytree(MANUAL.resolve(), folder, copy_function=os.symlink)
    return folder


def problems(folder):
    return list(checks().Manual(folder, "").problems())


def change(file, changed):
    """Lets a function change a file of data."""
    content = json.loads(file.read_text())
    changed(content)
    file.unlink()
    file.write_text(json.dumps(content))


def test_the_pages_have_no_problem(copy):
    assert problems(copy) == []


def test_a_page_that_is_gone_is_found_wherever_it_is_named(copy):
    (copy / DATA / "faults.json").unlink()
    found = problems(copy)
    assert "/documentation/cloromock: no page /documentation/cloromock/faults" in found
    assert "the index: no page /documentation/cloromock/faults" in found


def test_a_page_without_html_is_found(copy):
    (copy / "documentation/cloromock/faults/index.html").unlink()
    assert problems(copy) == ["/documentation/cloromock/faults: no HTML"]


def test_a_script_that_is_gone_is_found(copy):
    [script] = (copy / "js").glob("index.*.js")
    script.unlink()
    assert f"/documentation/cloromock/faults: no file /js/{script.name}" in problems(copy)


@pytest.mark.parametrize(("reference", "problem"), [
    ({"type": "topic", "url": "/documentation/cloromock/time#Gone"},
     "no place Gone on /documentation/cloromock/time"),
    ({"type": "link", "url": "Faults.md"}, "Faults.md is no address outside"),
    ({"type": "link", "url": "https://localhost/x"}, "https://localhost/x is no address outside"),
    ({"type": "image", "alt": "A", "variants": [{"url": "/images/gone.png"}]},
     "no file /images/gone.png"),
    ({"type": "image", "alt": "", "variants": []}, "no text in the place of it"),
    ({"type": "unresolvable", "title": "Gone"}, "Gone: unresolvable"),
])  # fmt: skip
def test_a_dead_reference_is_found(copy, reference, problem):
    known = {"it": {"identifier": "it", **reference}}
    change(copy / DATA / "faults.json", lambda page: page["references"].update(known))
    assert problems(copy) == [f"/documentation/cloromock/faults: {problem}"]


def test_what_no_list_of_topics_leads_to_is_found(copy):
    first = copy / f"{DATA}.json"
    change(first, lambda page: page["topicSections"][0]["identifiers"].pop(0))
    assert problems(copy) == ["no list of topics leads to /documentation/cloromock/embedding"]


def test_a_symbol_without_a_comment_is_found(tmp_path):
    symbols = [
        {"pathComponents": ["A", "b"]}, {"pathComponents": ["A"], "docComment": {"lines": []}}
    ]  # fmt: skip
    (tmp_path / "CloroMock.symbols.json").write_text(json.dumps({"symbols": symbols}))
    assert list(checks().uncommented(tmp_path)) == ["A.b has no comment"]
