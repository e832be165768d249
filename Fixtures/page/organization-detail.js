
// ---- The detail of an organization

function openOrganization(name) {
  opening?.abort();
  clearTimeout(openingTimer);
  [shownEntry, shownOrganization, shownItem, sheetHome] = [null, name, null, null];
  keep("request", "");
  openDetail(name);
  $("copy").hidden = true;
  $("narrow").hidden = false;
  $("content").replaceChildren();
  $("content").scrollTop = 0;
  refreshOrganization();
}

// All columns but the first one are numbers.
function table(names, rows) {
  const line = (tag, texts) => make("tr", {},
    ...texts.map((text, index) => make(tag, index ? { class: "number" } : {}, text)));
  return make("table", {}, make("thead", {}, line("th", names)),
    make("tbody", {}, ...rows.map((row) => line("td", row))));
}

function queueTable({ priorities }) {
  if (priorities.length === 0) return muted("No task is queued.");
  const rows = priorities.map(({ priority, count }) => [`P${priority}`, grouped(count)]);
  return table(["priority", "queued"], rows);
}

function bucketTable({ buckets }) {
  if (buckets.length === 0) return muted("Nothing used this second.");
  const rows = buckets.map(({ endpoint, remaining, limit }) =>
    [endpoint, grouped(remaining) + (remaining ? "" : " empty"), grouped(limit)]);
  return table(["bucket in this second", "left", "limit"], rows);
}

// What is shown, as text that changes with it.
let shownState = "";

function refreshOrganization() {
  if (shownOrganization === null) return;
  const each = organizations.find((one) => one.organization === shownOrganization);
  const state = each ? JSON.stringify([each, each.burn.total]) : "";
  // A text that someone is selecting is left alone while nothing has changed.
  if ($("content").childElementCount && state === shownState) return;
  shownState = state;
  if (!each) {
    const gone = "This organization was removed. The journal keeps its requests.";
    $("content").replaceChildren(muted(gone));
    return;
  }
  const line = spark(240, 40);
  line.setAttribute("width", "240");
  line.show(each.burn);
  const { queue } = each;
  $("content").replaceChildren(
    pairs([
      ["plan", each.plan], ["contract", each.contract], ["credits", grouped(each.credits)],
      ["burn", `${burnText(each.burn)}: credits spent in the last minute that this page saw`],
      ["slots", slotsText(each.slots)],
    ]),
    section(`Queue: ${grouped(queue.queued)} queued, ${grouped(queue.processing)} processing`,
      queueTable(queue)),
    ...each.keys.map((key) =>
      section(`Key …${key.key}${key.revoked ? " · revoked" : ""}`, bucketTable(key))));
}

$("narrow").addEventListener("click", () => {
  const name = shownOrganization;
  showView("journal", true);
  narrowTo(name);
  if (isOverlay.matches) closeDetail();
});
$("close").addEventListener("click", closeDetail);
