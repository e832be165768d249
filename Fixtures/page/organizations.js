
// ---- Organizations

const collator = new Intl.Collator("en", { numeric: true });
const share = ({ used, limit }) => used / (limit || 1);
// Applied to organizations that are in the order of their names.
const orders = {
  name: () => 0,
  slots: (one, other) => share(other.slots) - share(one.slots),
  queue: (one, other) => other.queue.queued - one.queue.queued,
  burn: (one, other) => other.burn.total - one.burn.total,
  credits: (one, other) => one.credits - other.credits,
};
// All of them, and those that the search found.
let organizations = [], listed = [];
// What each organization spent, by its name.
const burns = new Map();

function takeOrganizations(answer) {
  const present = new Set();
  for (const each of answer.organizations) {
    present.add(each.organization);
    let burn = burns.get(each.organization);
    if (!burn) burns.set(each.organization, burn = new Burn(each.credits));
    burn.see(each.credits);
    each.burn = burn;
  }
  for (const name of burns.keys()) if (!present.has(name)) burns.delete(name);
  organizations = answer.organizations.sort(
    (one, other) => collator.compare(one.organization, other.organization));
  fillMenus();
  arrange();
}

// Lists what the search finds, in the order that is asked for. The chosen row stays chosen.
function arrange() {
  const words = searched($("find").value);
  const { cursor } = organizationRows;
  const chosen = cursor === null ? null : listed[cursor]?.organization;
  listed = organizations.filter(({ organization, plan, contract, keys }) => {
    if (words.length === 0) return true;
    const texts = [organization, plan, contract, ...keys.map((key) => `…${key.key}`)];
    const text = texts.join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  }).sort(orders[$("order").value]);
  const index = chosen === null ? -1 : listed.findIndex((each) => each.organization === chosen);
  organizationRows.cursor = index < 0 ? null : index;
  drawSoon();
}
for (const id of ["find", "order"]) {
  $(id).addEventListener("input", () => {
    keep(id, $(id).value === "name" ? "" : $(id).value.trim());
    arrange();
  });
}

// An endpoint in few letters: `chatgpt` for `POST /v1/monitor/chatgpt`.
const short = (endpoint) => endpoint.replace(/^\S+ \/v1\/(monitor\/)?/, "");

// The two buckets with the least left.
function bucketsText({ keys }) {
  const rows = keys.flatMap(({ key, buckets }) => buckets.map((bucket) => ({ ...bucket, key })));
  if (rows.length === 0) return "nothing used this second";
  rows.sort((one, other) => one.remaining / one.limit - other.remaining / other.limit);
  const texts = rows.slice(0, 2).map(({ key, endpoint, remaining, limit }) => {
    const owner = keys.length > 1 ? `…${key} ` : "";
    const left = `${grouped(remaining)}/${grouped(limit)}${remaining ? "" : " empty"}`;
    return `${owner}${short(endpoint)} ${left}`;
  });
  return `buckets: ${texts.join(" · ")}${rows.length > 2 ? ` · ${rows.length - 2} more` : ""}`;
}

function queueText({ queued, processing, priorities }) {
  if (queued + processing === 0) return "queue empty";
  const list = priorities.map(({ priority, count }) => `P${priority} ${grouped(count)}`).join(", ");
  return `${grouped(queued)} queued${list && ` (${list})`}, ${grouped(processing)} processing`;
}

function slotsText({ used, limit }) {
  return `${grouped(used)}/${grouped(limit)} slots${used >= limit ? " full" : ""}`;
}

const burnText = (burn) => `${burn.total ? "−" : ""}${grouped(burn.total)}/min`;

const organizationRows = new Rows($("organization-list"), {
  height: () => 86,
  build() {
    const row = make("div", { class: "row organization" });
    const part = (name, ...children) => row.appendChild(make("span", { class: name }, ...children));
    row.name = make("b");
    row.plan = make("span", { class: "mute" });
    part("", row.name, " ", row.plan);
    row.credits = part("end");
    row.bar = make("i");
    row.slots = document.createTextNode("");
    part("", make("span", { class: "meter", "aria-hidden": "true" }, row.bar), row.slots);
    row.burn = document.createTextNode("");
    row.spark = spark();
    part("end", row.burn, row.spark);
    row.buckets = part("last");
    row.queue = part("last");
    return row;
  },
  fill(row, each) {
    setText(row.name, each.organization);
    const revoked = each.keys.some((key) => key.revoked) ? " · revoked key" : "";
    setText(row.plan, `${each.plan} · ${each.contract}${revoked}`);
    setText(row.credits, plural(each.credits, "credit"));
    row.bar.style.transform = `scaleX(${Math.min(1, share(each.slots))})`;
    row.classList.toggle("full", each.slots.used >= each.slots.limit);
    row.slots.data = slotsText(each.slots);
    row.burn.data = burnText(each.burn);
    row.spark.show(each.burn);
    setText(row.buckets, bucketsText(each));
    setText(row.queue, queueText(each.queue));
  },
  choose({ organization }) {
    organizationRows.cursor = listed.findIndex((each) => each.organization === organization);
    openOrganization(organization);
    draw();
  },
});
organizationRows.move = function (to) {
  Rows.prototype.move.call(this, to);
  if (this.cursor === null || shownOrganization === null) return;
  openOrganization(listed[this.cursor].organization);
};

function drawOrganizations() {
  const nothing = organizations.length ? "No organization matches." : "";
  organizationRows.draw(listed.length, (index) => listed[index], nothing);
  const [found, all] = [grouped(listed.length), grouped(organizations.length)];
  setText($("organization-count"), found === all ? all : `${found} of ${all}`);
}
addView({ name: "organizations", title: "Organizations", panel: $("organizations"), restore() {
  $("find").value = keptText("find");
  $("order").value = keptText("order") in orders ? keptText("order") : "name";
  arrange();
} });
leadDown($("find"), organizationRows);
