function verdict(status) {
  if (status === null) return { symbol: "○", word: "no status", kind: "warn" };
  if (status < 400) return { symbol: "✓", word: "answered", kind: "good" };
  return status < 500 ? { symbol: "✕", word: "refused", kind: "bad" } : { symbol: "▲", word: "failed", kind: "bad" };
}

// The rule that decided, and what it found.
function split(reason) {
  const colon = reason.indexOf(":");
  return colon < 0 ? ["", reason] : [reason.slice(0, colon), reason.slice(colon + 1)];
}

let isCompact = false;
const list = new Rows($("journal-list"), {
  height: () => isCompact ? 48 : 26,
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
    put(row.status, `${symbol} ${entry.status ?? "none"}`);
    row.status.className = `status ${kind}`;
    row.classList.toggle("refused", kind !== "good");
    put(row.time, entry.at.slice(11, isCompact ? 19 : 23));
    put(row.target, entry.method ? `${entry.method} ${entry.target}` : "not a request");
    put(row.owner, entry.organization ?? (entry.key ? `…${entry.key}` : "–"));
    put(row.milliseconds, grouped(entry.latencyMs) + (isCompact ? " ms" : ""));
    put(row.credits, isCompact ? (entry.creditsCharged ? `−${entry.creditsCharged} cr` : "") : grouped(entry.creditsCharged));
    const [rule, found] = split(entry.reason);
    put(row.rule, rule && rule + ":");
    row.found.data = found;
  },
  choose(entry, seen) {
    hold();
    const index = still.length - 1 - still.lastIndexOf(entry);
    if (index === still.length) return;
    list.cursor = index;
    list.grow();
    // It stays where it was seen.
    list.box.scrollTop += (index - seen) * list.height();
    draw();
    openEntry(entry);
  },
});
list.move = function (to) {
  hold();
  if (to < 0 && waiting > 0 && this.cursor === 0) {
    // What came meanwhile is above the first row.
    const chosen = still.at(-1);
    still = matching.slice();
    waiting = 0;
    to = still.length - 2 - still.lastIndexOf(chosen);
    this.count = still.length;
    this.at = at;
  }
  Rows.prototype.move.call(this, to);
  if (this.cursor !== null && shownEntry) openEntrySoon(this.at(this.cursor));
};

// The newest first.
const at = (index) => { const shown = still ?? matching; return shown[shown.length - 1 - index]; };

// Lets the list stand still: rows must not run away from whoever reads or chooses one.
function hold() {
  if (still) return;
  still = matching.slice();
  waiting = 0;
  [list.count, list.at] = [still.length, at];
}

function goLive() {
  [still, isPaused, waiting, list.cursor] = [null, false, 0, null];
  list.box.scrollTop = 0;
  draw();
}

function drawJournal() {
  drawTraffic();
  const isRead = isPaused || list.cursor !== null || list.box.scrollTop > 2;
  if (isRead) hold();
  else if (still) [still, waiting] = [null, 0];
  const shown = still ?? matching;
  const isFiltered = filter.words.length || filter.organization || filter.status;
  const nothing = entries.length && isFiltered
    ? "Nothing matches the filter."
    : `No request has come yet. Point a client at ${location.origin}: its requests appear here, each with the rule that decided about it.`;
  list.draw(shown.length, at, isCaughtUp ? nothing : "Reading the journal …");
  put($("entry-count"), isFiltered ? `${grouped(matching.length)} of ${plural(entries.length, "request")}` : plural(entries.length, "request"));
  put($("live"), still ? `▶ Live${waiting ? ` (${grouped(waiting)} new)` : ""}` : "❚❚ Pause");
}

$("live").addEventListener("click", () => {
  if (still) return goLive();
  isPaused = true;
  hold();
  draw();
});
for (const id of ["filter", "by"]) $(id).addEventListener("input", refilter);
document.querySelector(".segments").addEventListener("change", refilter);
new ResizeObserver(([{ contentRect }]) => {
  isCompact = contentRect.width < 700;
  $("journal").classList.toggle("compact", isCompact);
  draw();
}).observe($("journal"));

