// ---- An organization's detail

function openOrganization(name) {
  opening?.abort();
  clearTimeout(openingLater);
  [shownEntry, shownOrganization] = [null, name];
  openDetail(name);
  $("copy").hidden = true;
  $("narrow").hidden = false;
  $("content").replaceChildren();
  $("content").scrollTop = 0;
  refreshOrganization();
}

function table(names, rows) {
  const cells = (tag, row) => row.map((text, index) => make(tag, index ? { class: "number" } : {}, text));
  return make("table", {}, make("thead", {}, make("tr", {}, ...cells("th", names))), make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells("td", row)))));
}

let shownState = "";
function refreshOrganization() {
  if (shownOrganization === null) return;
  const each = organizations.find((one) => one.organization === shownOrganization);
  const state = each ? JSON.stringify([each, each.burn.total]) : "";
  // A text that someone is selecting is left alone while nothing has changed.
  if ($("content").childElementCount && state === shownState) return;
  shownState = state;
  if (!each) return $("content").replaceChildren(make("p", { class: "mute" }, "This organization is gone; what the journal has of it stays."));
  const line = spark(240, 40);
  line.setAttribute("width", "240");
  line.show(each.burn);
  const { queue } = each;
  $("content").replaceChildren(
    pairs([
      ["plan", each.plan], ["contract", each.contract], ["credits", grouped(each.credits)],
      ["burn", `${burnText(each.burn)}: what the balance fell by in the last minute that this page saw`],
      ["slots", slotsText(each.slots)],
    ]),
    section(`Queue: ${grouped(queue.queued)} queued, ${grouped(queue.processing)} processing`,
      queue.priorities.length
        ? table(["priority", "queued"], queue.priorities.map(({ priority, count }) => [`P${priority}`, grouped(count)]))
        : make("p", { class: "mute" }, "Nothing waits.")),
    ...each.keys.map((key) => section(`Key …${key.key}${key.revoked ? " · revoked" : ""}`,
      key.buckets.length
        ? table(["bucket in this second", "left", "limit"], key.buckets.map(({ endpoint, remaining, limit }) => [endpoint, grouped(remaining) + (remaining ? "" : " empty"), grouped(limit)]))
        : make("p", { class: "mute" }, "All buckets are full in this second."))));
}

$("narrow").addEventListener("click", () => {
  const name = shownOrganization;
  if (![...$("by").options].some((option) => option.value === name)) $("by").append(make("option", { value: name }, name));
  $("by").value = name;
  view("journal");
  refilter();
  if (isOverlay.matches) closeDetail();
});
$("close").addEventListener("click", closeDetail);

