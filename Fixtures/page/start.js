
// ---- The page as a whole

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const isTyping = event.target.matches("input:not([type=radio]), select, textarea");
  if (event.key === "Escape") {
    if (closeDetail()) return event.preventDefault();
    if (event.target.matches("[type=search]") && event.target.value) return;
    if (frozen) goLive();
  } else if (event.key === "/" && !isTyping && $("gate").hidden && !$("journal").inert) {
    event.preventDefault();
    showView("journal", true);
    $("filter").focus();
    $("filter").select();
  } else if (event.key === "c" && !isTyping && shownEntry) copy();
});

journalRows.box.addEventListener("scroll", () => {
  if (journalRows.box.scrollTop > 2) freeze();
}, { passive: true });

async function refresh() {
  const [state, time] = await Promise.all([read("organizations"), read("clock")]);
  takeOrganizations(state);
  takeClock(time);
  refreshOrganization();
  await refreshView();
}

// Reads the state for good.
async function keepRefreshing() {
  for (;;) {
    const began = performance.now();
    try {
      await refresh();
    } catch {
      // What is wrong is said by the loop that follows the events.
    }
    // What takes long is asked for less often.
    await pause(Math.max(READ_INTERVAL, 10 * (performance.now() - began)));
    drawSoon();
  }
}

showWhatTokensChange();
readAddress();
keepFollowing();
keepRefreshing();
