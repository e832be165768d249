// ---- The journal

// Oldest first: all that is kept, and what of it the filter lets through.
let entries = [], matching = [];
// What is shown while the list stands still, and how much has come meanwhile.
let still = null, waiting = 0, isPaused = false;
// The stream: the last entry's number, and how many this page could not be shown.
let last = 0, skipped = 0, target = 0, isCaughtUp = false;
const filter = { words: [], organization: "", status: "" };

function matches(entry) {
  if (filter.organization && entry.organization !== filter.organization) return false;
  if (filter.status && Math.floor((entry.status ?? 0) / 100) !== Number(filter.status)) return false;
  if (filter.words.length === 0) return true;
  const text = `${entry.sequence} ${entry.status ?? "none"} ${entry.method} ${entry.target} ${entry.organization ?? ""} ${entry.key ?? ""} ${entry.reason}`.toLowerCase();
  return filter.words.every((word) => text.includes(word));
}

function refilter() {
  filter.words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  filter.organization = $("by").value;
  filter.status = document.querySelector("[name=class]:checked").value;
  matching = entries.filter(matches);
  list.cursor = null;
  list.box.scrollTop = 0;
  still = isPaused ? matching.slice() : null;
  waiting = 0;
  draw();
}

function keep(shown) {
  const entry = {
    sequence: shown.sequence, at: shown.at, key: shown.key, organization: shown.organization,
    method: shown.method, target: shown.path + (shown.request.query === undefined ? "" : "?" + shown.request.query),
    status: shown.status, reason: shown.reason, latencyMs: shown.latencyMs, creditsCharged: shown.creditsCharged,
  };
  last = entry.sequence;
  if (entry.sequence > target) count(entry);
  entries.push(entry);
  if (matches(entry)) {
    matching.push(entry);
    if (still) waiting += 1;
  }
  // Cut now and then, not each time, for it moves all that stay.
  if (entries.length >= KEPT * 1.1) {
    entries.splice(0, entries.length - KEPT);
    matching.splice(0, matching.findLastIndex((each) => each.sequence < entries[0].sequence) + 1);
  }
}

function forgetAll() {
  [entries, matching, still] = [[], [], null];
  [last, skipped, waiting, list.cursor] = [0, 0, 0, null];
}

