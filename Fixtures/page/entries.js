
// ---- The journal's entries

// Oldest first: all that is kept, and what of it the filter lets through.
let entries = [], matching = [];
// What is shown while the list stands still, or null, and how much has come since.
let frozen = null, arrivedSince = 0, isPaused = false;
// The last entry's number, and how many entries could not be shown.
let lastSequence = 0, skipped = 0;
const filter = { words: [], organization: "", status: "" };

function matches(entry) {
  const { status, method, target, organization, key, reason } = entry;
  if (filter.organization && organization !== filter.organization) return false;
  if (filter.status && Math.floor((status ?? 0) / 100) !== Number(filter.status)) return false;
  if (filter.words.length === 0) return true;
  const texts = [
    entry.sequence, status ?? "none", method, target, organization ?? "", key ? `…${key}` : "",
    reason, entry.requestId ?? "", entry.label ?? "", entry.traceparent ?? "",
    ...entry.questions,
  ];
  const text = texts.join(" ").toLowerCase();
  return filter.words.every((word) => text.includes(word));
}

// Takes over what the reader filters by, and lets the address keep it.
function takeFilter() {
  // A whole key doesn't belong there.
  keep("q", $("filter").value.trim().replace(wholeKey, "…$1"));
  keep("status", document.querySelector("[name=class]:checked").value);
  refilter();
}

function refilter() {
  filter.words = searched($("filter").value);
  filter.organization = chosenOrganization();
  filter.status = document.querySelector("[name=class]:checked").value;
  matching = entries.filter(matches);
  journalRows.cursor = null;
  journalRows.box.scrollTop = 0;
  frozen = isPaused ? matching.slice() : null;
  arrivedSince = 0;
  draw();
}

// What the page keeps of an entry.
function shortened(shown) {
  const { sequence, at, key, organization, method, path, request: { query } } = shown;
  const { status, reason, latencyMs, creditsCharged, requestId, label, traceparent } = shown;
  const { questions = [] } = shown;
  const target = path + (query === undefined ? "" : "?" + query);
  return {
    sequence, at, key, organization, method, target, status, reason, latencyMs, creditsCharged,
    requestId, label, traceparent, questions, began: Date.parse(at),
  };
}

const isRefusal = ({ status }) => status === null || status >= 400;
let refusalCount = 0;

function keepEntry(shown) {
  const entry = shortened(shown);
  lastSequence = entry.sequence;
  if (entry.sequence > targetSequence) countTraffic(entry);
  entries.push(entry);
  if (isRefusal(entry)) refusalCount += 1;
  if (matches(entry)) {
    matching.push(entry);
    if (frozen) arrivedSince += 1;
  }
  // Cut now and then, not each time, because a cut moves all that stay.
  if (entries.length >= MAXIMUM_ENTRIES * 1.1) makeRoom();
}

// Half of the room is the refusals', so that successes don't push them out; what one kind doesn't
// use of its half, the other may.
function makeRoom() {
  const half = MAXIMUM_ENTRIES / 2, successCount = entries.length - refusalCount;
  const refusalsGone = Math.max(0, refusalCount - Math.max(half, MAXIMUM_ENTRIES - successCount));
  const successesGone = entries.length - refusalsGone - MAXIMUM_ENTRIES;
  const gone = new Set();
  let [refusals, successes] = [refusalsGone, successesGone];
  for (const each of entries) {
    if (isRefusal(each) ? refusals-- > 0 : successes-- > 0) gone.add(each);
  }
  entries = entries.filter((each) => !gone.has(each));
  matching = matching.filter((each) => !gone.has(each));
  refusalCount -= refusalsGone;
}

function forgetAll() {
  [entries, matching, frozen] = [[], [], null];
  [lastSequence, skipped, arrivedSince, journalRows.cursor] = [0, 0, 0, null];
  refusalCount = 0;
}
