"""Fixtures of the page's suite. The double as a process is the black-box suite's."""

import importlib.util
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

BLACK_BOX = Path(__file__).resolve().parent.parent / "BlackBox"
sys.path.insert(1, str(BLACK_BOX))

spec = importlib.util.spec_from_file_location("black_box_conftest", BLACK_BOX / "conftest.py")
black_box = importlib.util.module_from_spec(spec)
spec.loader.exec_module(black_box)
pytest_sessionstart = black_box.pytest_sessionstart
double = black_box.double

from browsing import CHROMIUM, FLAGS, Tab  # noqa: E402


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """`tab(double, **options)` opens the page; it must do nothing that it may not."""
    tabs = []

    def open_tab(double, **options):
        tabs.append(Tab(chromium, double, **options))
        return tabs[-1]

    yield open_tab
    for each in tabs:
        each.close()
    for each in tabs:
        each.assert_well_behaved()
