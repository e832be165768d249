// ---- Organizations

const collator = new Intl.Collator("en", { numeric: true });
const orders = {
  name: (one, other) => 0,
  slots: (one, other) => other.slots.used / (other.slots.limit || 1) - one.slots.used / (one.slots.limit || 1),
  queue: (one, other) => other.queue.queued - one.queue.queued,
  burn: (one, other) => other.burn.total - one.burn.total,
  credits: (one, other) => one.credits - other.credits,
};
let organizations = [], listed = [], named = "";
// What each organization spent, by its name.
const burns = new Map();

// The credits of one minute: what balances have fallen by between two readings.
class Burn {
  constructor(balance) {
    Object.assign(this, { balance, steps: new Float64Array(STEPS), step: Burn.step(), total: 0 });
  }
  static step() { return Math.floor(performance.now() / STEP); }
  see(balance) {
    const now = Burn.step();
    for (let step = Math.max(this.step, now - STEPS) + 1; step <= now; step += 1) this.steps[step % STEPS] = 0;
    this.step = now;
    this.steps[now % STEPS] += Math.max(0, this.balance - balance);
    this.balance = balance;
    this.total = this.steps.reduce((sum, each) => sum + each, 0);
  }
  // A line of the steps, the oldest first.
  path(width, height) {
    const most = Math.max(1, ...this.steps);
    let path = "";
    for (let index = 0; index < STEPS; index += 1) {
      const value = this.steps[(this.step + 1 + index) % STEPS];
      path += `${index ? "L" : "M"}${(index * width / (STEPS - 1)).toFixed(1)} ${(height - 1 - value / most * (height - 2)).toFixed(1)}`;
    }
    return path;
  }
}

function spark(width = 60, height = 14) {
  const space = "http://www.w3.org/2000/svg";
  const image = document.createElementNS(space, "svg");
  image.setAttribute("class", "spark");
  image.setAttribute("viewBox", `0 0 ${width} ${height}`);
  image.setAttribute("aria-hidden", "true");
  const line = image.appendChild(document.createElementNS(space, "path"));
  image.show = (burn) => line.setAttribute("d", burn.path(width, height));
  return image;
}

function take(answer) {
  const present = new Set();
  for (const each of answer.organizations) {
    present.add(each.organization);
    let burn = burns.get(each.organization);
    if (!burn) burns.set(each.organization, burn = new Burn(each.credits));
    burn.see(each.credits);
    each.burn = burn;
  }
  for (const name of burns.keys()) if (!present.has(name)) burns.delete(name);
  organizations = answer.organizations.sort((one, other) => collator.compare(one.organization, other.organization));
  nameOrganizations();
  arrange();
}

function nameOrganizations() {
  const names = organizations.map((each) => each.organization);
  const chosen = $("by").value;
  // One that is gone may still be in the journal.
  if (chosen && !names.includes(chosen)) names.push(chosen);
  const text = names.join("\n");
  // An open menu stays as it is.
  if (text === named || document.activeElement === $("by")) return;
  named = text;
  $("by").replaceChildren(make("option", { value: "" }, "all organizations"), ...names.map((name) => make("option", { value: name }, name)));
  $("by").value = chosen;
}

function arrange() {
  const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = companies.cursor === null ? null : listed[companies.cursor]?.organization;
  listed = organizations.filter((each) => {
    if (words.length === 0) return true;
    const text = `${each.organization} ${each.plan} ${each.contract} ${each.keys.map((key) => key.key).join(" ")}`.toLowerCase();
    return words.every((word) => text.includes(word));
  }).sort(orders[$("order").value]);
  const index = chosen === null ? -1 : listed.findIndex((each) => each.organization === chosen);
  companies.cursor = index < 0 ? null : index;
  drawSoon();
}
$("find").addEventListener("input", arrange);
$("order").addEventListener("input", arrange);

// `chatgpt` for `POST /v1/monitor/chatgpt`: which of them it is, in few letters.
const short = (endpoint) => endpoint.replace(/^\S+ \/v1\/(monitor\/)?/, "");

function bucketsText(each) {
  const rows = each.keys.flatMap((key) => key.buckets.map((bucket) => ({ ...bucket, key: key.key })));
  if (rows.length === 0) return "no bucket in use";
  rows.sort((one, other) => one.remaining / one.limit - other.remaining / other.limit);
  const texts = rows.slice(0, 2).map((row) =>
    `${each.keys.length > 1 ? `…${row.key} ` : ""}${short(row.endpoint)} ${grouped(row.remaining)}/${grouped(row.limit)}${row.remaining ? "" : " empty"}`);
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

const companies = new Rows($("organization-list"), {
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
    put(row.name, each.organization);
    put(row.plan, `${each.plan} · ${each.contract}${each.keys.some((key) => key.revoked) ? " · revoked key" : ""}`);
    put(row.credits, `${grouped(each.credits)} credits`);
    const share = Math.min(1, each.slots.used / (each.slots.limit || 1));
    row.bar.style.transform = `scaleX(${share})`;
    row.classList.toggle("full", each.slots.used >= each.slots.limit);
    row.slots.data = slotsText(each.slots);
    row.burn.data = burnText(each.burn);
    row.spark.show(each.burn);
    put(row.buckets, bucketsText(each));
    put(row.queue, queueText(each.queue));
  },
  choose({ organization }) {
    companies.cursor = listed.findIndex((each) => each.organization === organization);
    openOrganization(organization);
    draw();
  },
});
companies.move = function (to) {
  Rows.prototype.move.call(this, to);
  if (this.cursor !== null && shownOrganization !== null) openOrganization(listed[this.cursor].organization);
};

function drawOrganizations() {
  companies.draw(listed.length, (index) => listed[index], organizations.length ? "None is called so." : "");
  put($("organization-count"), listed.length < organizations.length ? `${grouped(listed.length)} of ${grouped(organizations.length)}` : grouped(organizations.length));
}

