
// ---- The journal's list

function verdict(status) {
  if (status === null) return { symbol: "○", word: "no status", kind: "warn" };
  if (status < 400) return { symbol: "✓", word: "answered", kind: "good" };
  if (status < 500) return { symbol: "✕", word: "refused", kind: "bad" };
  return { symbol: "▲", word: "failed", kind: "bad" };
}

// A reason's two parts: the rule that decided, and what it found.
function split(reason) {
  const colon = reason.indexOf(":");
  return colon < 0 ? ["", reason] : [reason.slice(0, colon), reason.slice(colon + 1)];
}

// Whether an entry has two lines, and whether its reason has two of its own.
let isCompact = false, isSmall = false;
// How many entries the double's journal has dropped, and how many of those were refusals.
let dropped = { all: 0, refusals: 0 };
const journalRows = new Rows($("journal-list"), {
  height: () => isSmall ? 66 : isCompact ? 46 : 26,
  build() {
    const row = make("div", { class: "row entry" });
    for (const name of ["status", "time", "target", "owner", "milliseconds", "credits", "why"]) {
      row[name] = row.appendChild(make("span", { class: name }));
    }
    row.milliseconds.classList.add("number");
    row.credits.classList.add("number");
    row.why.append(row.rule = make("b"), row.found = document.createTextNode(""));
    return row;
  },
  fill(row, entry) {
    const { symbol, kind } = verdict(entry.status);
    setText(row.status, `${symbol} ${entry.status ?? "none"}`);
    row.status.className = `status ${kind}`;
    row.classList.toggle("refused", kind !== "good");
    setText(row.time, entry.at.slice(11, isCompact ? 19 : 23));
    setText(row.target, entry.method ? `${entry.method} ${entry.target}` : "not a request");
    setText(row.owner, entry.organization ?? (entry.key ? `…${entry.key}` : "–"));
    setText(row.milliseconds, grouped(entry.latencyMs) + (isCompact ? " ms" : ""));
    const credits = entry.creditsCharged;
    setText(row.credits, !isCompact ? grouped(credits) : credits ? `−${credits} cr` : "");
    const [rule, found] = split(entry.reason);
    setText(row.rule, rule && rule + ":");
    row.found.data = found;
  },
  choose(entry, seen) {
    freeze();
    const index = frozen.length - 1 - frozen.lastIndexOf(entry);
    if (index === frozen.length) return;
    journalRows.cursor = index;
    journalRows.grow();
    // It stays where it was seen.
    journalRows.box.scrollTop += (index - seen) * journalRows.height();
    draw();
    openEntry(entry);
  },
});
journalRows.move = function (to) {
  freeze();
  if (to < 0 && arrivedSince > 0 && this.cursor === 0) {
    // What came since is above the first row.
    const chosen = frozen.at(-1);
    frozen = matching.slice();
    arrivedSince = 0;
    to = frozen.length - 2 - frozen.lastIndexOf(chosen);
    this.count = frozen.length;
    this.at = entryAt;
  }
  Rows.prototype.move.call(this, to);
  if (this.cursor !== null && shownEntry) openEntrySoon(this.at(this.cursor));
};

// The entry shown in a row, the newest in the first one.
const entryAt = (index) => (frozen ?? matching).at(-1 - index);

// Lets the list stand still: rows must not run away from whoever reads or chooses one.
function freeze() {
  if (frozen) return;
  frozen = matching.slice();
  arrivedSince = 0;
  [journalRows.count, journalRows.at] = [frozen.length, entryAt];
}

function goLive() {
  [frozen, isPaused, arrivedSince, journalRows.cursor] = [null, false, 0, null];
  journalRows.box.scrollTop = 0;
  draw();
}

function drawJournal() {
  const isRead = isPaused || journalRows.cursor !== null || journalRows.box.scrollTop > 2;
  if (isRead) freeze();
  else if (frozen) [frozen, arrivedSince] = [null, 0];
  const shown = frozen ?? matching;
  const isFiltered = filter.words.length || filter.organization || filter.status;
  const nothing = entries.length && isFiltered
    ? "Nothing matches the filter."
    : `No request has come yet. Point a client at ${location.origin}: its requests appear here, `
      + "each with the rule that decided about it.";
  journalRows.draw(shown.length, entryAt, isCaughtUp ? nothing : "Reading the journal …");
  const all = plural(entries.length, "request");
  setText($("entry-count"), isFiltered ? `${grouped(matching.length)} of ${all}` : all);
  const parts = [`${grouped(refusalCount)} refused`];
  if (dropped.all) {
    parts.push(`${grouped(dropped.all)} dropped, ${grouped(dropped.refusals)} of them refusals`);
  }
  setText($("kept"), entries.length ? `· ${parts.join(" · ")}` : "");
  const arrived = arrivedSince ? ` (${grouped(arrivedSince)} new)` : "";
  setText($("live"), frozen ? `▶ Live${arrived}` : "❚❚ Pause");
}

$("live").addEventListener("click", () => {
  if (frozen) return goLive();
  isPaused = true;
  freeze();
  draw();
});
$("filter").addEventListener("input", takeFilter);
leadDown($("filter"), journalRows);
document.querySelector(".segments").addEventListener("change", takeFilter);
function fit() {
  const width = $("journal").clientWidth;
  if (width === 0) return;
  isSmall = width < 700;
  isCompact = isSmall || innerWidth < 1500 || width < 1000;
  $("journal").classList.toggle("compact", isCompact);
  $("journal").classList.toggle("small", isSmall);
  draw();
}
new ResizeObserver(fit).observe($("journal"));

addView({
  name: "journal", title: "Journal", panel: $("journal"), draw: drawJournal,
  async refresh() {
    const answer = await read("journal?limit=0");
    dropped = { all: answer.dropped, refusals: answer.droppedRefusals };
  },
  restore() {
    $("filter").value = keptText("q");
    const wanted = document.querySelector(`[name=class][value="${Number(keptText("status"))}"]`);
    (keptText("status") && wanted || document.querySelector("[name=class]")).checked = true;
    refilter();
    const request = keptText("request");
    if (request && request !== shownEntry?.requestId) openRequest(request);
  },
});
$("save-har").addEventListener("click", async () =>
  save(await narrowed("journal?format=har"), "cloro-mock.har"));
$("save-json").addEventListener("click", async () =>
  save(await narrowed("journal"), "cloro-mock-journal.json"));
