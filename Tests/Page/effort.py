"""What a page takes of the processor, and how long its frames are."""

import os
import time
from pathlib import Path

# Records when frames come, from the first call on.
FRAMES = """() => {
  window.frames = [];
  const note = (now) => { frames.push(now); requestAnimationFrame(note); };
  requestAnimationFrame(note);
}"""
TICKS = os.sysconf("SC_CLK_TCK")


def main_thread(process):
    """Seconds of the processor that a process's first thread has used: a renderer's main one."""
    stat = Path(f"/proc/{process}/task/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(stat[11]) + int(stat[12])) / TICKS


class Effort:
    """Measures a tab from entering to leaving.

    Others use this machine, too, so that the time on the wall says little. What counts is the
    processor's time of the page's main thread, on which its scripts run and its frames are made.

    - `share`: of a core, by the main thread.
    - `late`: the share of frames at 60 a second whose tasks took more than `budget` seconds of the
      processor; less than 0.01 is to say that the 99th percentile is within it.
    - `frame`: the 99th percentile of the time between two frames, in milliseconds on the wall.
    """

    def __init__(self, shown, browser, budget=0.034):
        self.shown, self.browser, self.budget = shown, browser, budget
        self.tasks = []

    def __enter__(self):
        self.devtools = self.shown.context.new_cdp_session(self.shown.page)
        self.devtools.on("Tracing.dataCollected", self._collected)
        self.devtools.on("Tracing.tracingComplete", lambda _: setattr(self, "is_traced", True))
        self.is_traced = False
        self.shown.page.evaluate(FRAMES)
        self.before = self._threads()
        self.began = time.monotonic()
        self.devtools.send("Tracing.start", {
            "transferMode": "ReportEvents",
            "traceConfig": {"includedCategories": ["toplevel"], "excludedCategories": ["*"]},
        })  # fmt: skip
        return self

    def _collected(self, message):
        for event in message["value"]:
            if event.get("ph") == "X" and "RunTask" in event["name"]:
                thread = (event["pid"], event["tid"])
                self.tasks.append((thread, event.get("tdur", 0) / 1e6))

    def _threads(self):
        devtools = self.browser.new_browser_cdp_session()
        processes = devtools.send("SystemInfo.getProcessInfo")["processInfo"]
        devtools.detach()
        return {
            each["id"]: main_thread(each["id"]) for each in processes if each["type"] == "renderer"
        }

    def __exit__(self, kind, *_):
        seconds = time.monotonic() - self.began
        after = self._threads()
        used = {process: after[process] - self.before.get(process, 0) for process in after}
        process = max(used, key=used.get)
        self.share = used[process] / seconds
        times = self.shown.page.evaluate("frames")
        self.devtools.send("Tracing.end")
        end = time.monotonic() + 60
        while not self.is_traced and time.monotonic() < end:
            self.shown.page.wait_for_timeout(50)
        if kind is None:
            assert self.is_traced
        gaps = sorted(later - earlier for earlier, later in zip(times, times[1:]))
        self.frame = gaps[int(len(gaps) * 0.99)]
        mine = [taken for (owner, thread), taken in self.tasks if owner == thread == process]
        self.measured = len(mine)
        self.late = sum(taken > self.budget for taken in mine) / (seconds * 60)
        self.longest = max(mine, default=0)
