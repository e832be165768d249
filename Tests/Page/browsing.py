"""A tab with the page, as tests speak of it."""

import os
import re

from playwright.sync_api import expect

CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
# In a container Chromium has neither a sandbox nor much shared memory.
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
SECONDS = 10
expect.set_options(timeout=SECONDS * 1000)

# Reported before anything of the page runs, so that nothing it does goes unseen.
WATCH = """
addEventListener('securitypolicyviolation', (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
# As in a tab that has been in the background for minutes: timers come once a minute.
HIDDEN = """
Object.defineProperty(document, 'hidden', { get: () => true });
const startTimer = setTimeout;
window.setTimeout = (done, _, ...rest) => startTimer(done, 60_000, ...rest);
"""


class Tab:
    def __init__(
        self, browser, double, width=1440, height=900, scheme="light", expected=(), script=""
    ):
        self.double = double
        # Console errors that a test brings about, as patterns.
        self.expected = expected
        self.problems, self.requests = [], []
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
        )  # fmt: skip
        self.context.set_default_timeout(SECONDS * 1000)
        self.context.add_init_script(WATCH + script)
        self.page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("dialog", self._asked)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(f"{double.url}/_mock/", wait_until="commit")

    def _heard(self, message):
        is_expected = any(re.search(each, message.text) for each in self.expected)
        if message.type in ("error", "warning") and not is_expected:
            self.problems.append(f"{message.type}: {message.text}")

    def _asked(self, dialog):
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def close(self):
        self.context.close()

    def assert_well_behaved(self):
        """No dialog, nothing on the console, no violated policy, no request to anywhere else."""
        assert self.problems == []
        elsewhere = [each for each in self.requests if not each.startswith(self.double.url + "/")]
        assert [each for each in elsewhere if not each.startswith("data:")] == []

    # MARK: Parts

    def find(self, selector, **options):
        return self.page.locator(selector, **options)

    @property
    def rows(self):
        """The journal's rows in sight."""
        return self.find("#journal-list .row:not([hidden])")

    def row(self, text):
        return self.rows.filter(has_text=text).first

    @property
    def organizations(self):
        return self.find("#organization-list .row:not([hidden])")

    @property
    def detail(self):
        return self.find("#detail")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def focused(self):
        return self.page.evaluate("document.activeElement.id")

    def sees_count(self, text):
        expect(self.find("#entry-count")).to_have_text(text)

    def is_live(self):
        expect(self.find("#state")).to_have_text("● live")

    def clipboard(self):
        return self.page.evaluate("navigator.clipboard.readText()")

    def overflows(self):
        """By how many pixels the page could be scrolled sideways, but for its strip of tabs."""
        return self.page.evaluate(
            "Math.max(..."
            "[document.documentElement, document.body, ...document.querySelectorAll('*')]"
            ".filter((each) => getComputedStyle(each).overflowX !== 'hidden' && each.id !== 'tabs')"
            ".filter((each) => !each.closest('svg') && getComputedStyle(each).display !== 'inline')"
            ".map((each) => each.scrollWidth - each.clientWidth))"
        )
