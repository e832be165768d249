
// ---- The journal's entries

// Oldest first: all that is kept, and what of it the filter lets through.
let entries = [], matching = [];
// What is shown while the list stands still, or null, and how much has come since.
let frozen = null, arrivedSince = 0, isPaused = false;
// The last entry's number, and how many entries could not be shown.
let lastSequence = 0, skipped = 0;
const filter = { words: [], organization: "", status: "" };

function matches(entry) {
  const { sequence, status, method, target, organization, key, reason } = entry;
  if (filter.organization && organization !== filter.organization) return false;
  if (filter.status && Math.floor((status ?? 0) / 100) !== Number(filter.status)) return false;
  if (filter.words.length === 0) return true;
  const texts = [
    sequence, status ?? "none", method, target, organization ?? "", key ?? "", reason,
  ];
  const text = texts.join(" ").toLowerCase();
  return filter.words.every((word) => text.includes(word));
}

function refilter() {
  filter.words = wordsOf($("filter").value);
  filter.organization = $("by").value;
  filter.status = document.querySelector("[name=class]:checked").value;
  matching = entries.filter(matches);
  journalRows.cursor = null;
  journalRows.box.scrollTop = 0;
  frozen = isPaused ? matching.slice() : null;
  arrivedSince = 0;
  draw();
}

function keepEntry(shown) {
  const { sequence, at, key, organization, method, path, request: { query } } = shown;
  const { status, reason, latencyMs, creditsCharged, requestId } = shown;
  const target = path + (query === undefined ? "" : "?" + query);
  const entry = {
    sequence, at, key, organization, method, target, status, reason, latencyMs, creditsCharged,
    requestId, began: Date.parse(at),
  };
  lastSequence = sequence;
  if (sequence > targetSequence) countTraffic(entry);
  entries.push(entry);
  if (matches(entry)) {
    matching.push(entry);
    if (frozen) arrivedSince += 1;
  }
  // Cut now and then, not each time, because a cut moves all that stay.
  if (entries.length >= MAXIMUM_ENTRIES * 1.1) {
    entries.splice(0, entries.length - MAXIMUM_ENTRIES);
    const isGone = (each) => each.sequence < entries[0].sequence;
    matching.splice(0, matching.findLastIndex(isGone) + 1);
  }
}

function forgetAll() {
  [entries, matching, frozen] = [[], [], null];
  [lastSequence, skipped, arrivedSince, journalRows.cursor] = [0, 0, 0, null];
}
