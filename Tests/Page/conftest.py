"""Fixtures of the page's suite."""

import pytest
from playwright.sync_api import sync_playwright

from browsing import CHROMIUM, FLAGS, Tab
from doubles import (  # noqa: F401
    double,
    no_double_outlives_its_test,
    pytest_sessionfinish,
    pytest_sessionstart,
)


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
