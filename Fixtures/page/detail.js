
// ---- The detail of a request or an organization

const isOverlay = matchMedia("(max-width: 1099px)");
// What is shown: an entry, or the name of an organization. The other one is null.
let shownEntry = null, shownOrganization = null;
// The reading of an entry that is under way, and the timer of one that is about to be read.
let opening = null, openingTimer = 0;
// What had the focus before the detail was opened.
let focusBefore = null;

function openDetail(title) {
  const isNew = $("detail").hidden;
  if (isNew) focusBefore = document.activeElement;
  $("detail").hidden = false;
  document.querySelector("main").classList.add("open");
  setText($("detail-title"), title);
  markCovered();
  if (isNew && isOverlay.matches) $("detail-title").focus();
}

function closeDetail() {
  if ($("detail").hidden) return false;
  opening?.abort();
  clearTimeout(openingTimer);
  $("detail").hidden = true;
  document.querySelector("main").classList.remove("open");
  const home = shownItem?.view.rows.box ?? sheetHome
    ?? (shownOrganization === null ? journalRows.box : organizationRows.box);
  [shownEntry, shownOrganization, shownItem, sheetHome] = [null, null, null, null];
  keep("request", "");
  $("content").replaceChildren();
  markCovered();
  (focusBefore?.isConnected && focusBefore !== document.body ? focusBefore : home).focus();
  return true;
}

// On a narrow page the detail covers the lists, which then take neither focus nor clicks.
function markCovered() {
  const covers = !$("detail").hidden && isOverlay.matches;
  for (const part of document.querySelectorAll("main > section")) part.inert = covers;
}
isOverlay.addEventListener("change", markCovered);

function section(title, ...children) {
  return make("section", {}, make("h3", {}, title), ...children);
}

const muted = (text) => make("p", { class: "mute" }, text);

// A list of names and values; `name` is its class.
function pairs(rows, name) {
  const node = make("dl", name ? { class: name } : {});
  for (const [key, value] of rows) node.append(make("dt", {}, key), make("dd", {}, value));
  return node;
}
