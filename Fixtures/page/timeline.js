
// ---- The timeline: who held which slot when, and what was refused meanwhile

// The most tasks that it keeps, and how many of them it asks for at once.
const MAXIMUM_TASKS = 5000, TASK_PAGE = 1000;
// The longest time that it shows by itself, and the shortest to which it can be zoomed, both in
// milliseconds.
const LIVE_SPAN = 60_000, SHORTEST_SPAN = 10;
// Pixels: the room for slots' numbers, for the times, for marks above the lanes, for those below.
const GUTTER = 40, AXIS = 22, MARKS = 16, STRIP = 18;
// The highest lane, in pixels.
const HIGHEST_LANE = 34;

const timeline = {
  panel: addView({
    name: "timeline", title: "Timeline", refresh: readTimeline, draw: drawTimeline,
    restore: restoreTimeline,
  }),
  // The organization whose slots are shown, and the part of the time, or null to follow the clock.
  organization: "", range: null,
  // The parts that were shown before, for the way back.
  before: [],
  // Tasks by number, and requests that are under way.
  tasks: new Map(), underWay: [],
  // What the lanes are made of: bars in the order of their beginning, marks in that of their time.
  bars: [], marks: [], lanes: 0, made: "",
  // What the list shows, what the reader has chosen, and what the pointer is on.
  listed: [], chosen: null, hovered: null,
  // Where a drag began and is, in pixels, or null.
  drag: null, colours: null,
};
{
  const button = (id, text, title, onClick) =>
    make("button", { type: "button", id, title, onClick }, text);
  const shape = (name) => make("i", { class: `swatch ${name}`, "aria-hidden": "true" });
  timeline.panel.append(
    make("div", { class: "bar" },
      make("h2", { id: "timeline-title" }, "Timeline ", make("small", { id: "timeline-count" })),
      make("select", { id: "timeline-by", "aria-label": "Organization whose slots are shown" }),
      button("timeline-out", "−", "Zoom out (-)", () => zoomBy(2)),
      button("timeline-in", "+", "Zoom in (+)", () => zoomBy(0.5)),
      button("timeline-back", "↶ Back", "The part that was shown before (Backspace)", goBack),
      button("timeline-all", "All", "All that this page has (0)", showAllTime),
      button("timeline-live", "▶ Live", "Follow the clock (L)", () => showTime(null))),
    make("div", { id: "timeline-legend", class: "mute" },
      make("span", {}, shape("request"), "request"), make("span", {}, shape("task"), "task"),
      make("span", {}, shape("failed"), "failed"), make("span", {}, shape("open"), "under way"),
      make("span", {}, shape("limit"), "limit of slots"),
      make("span", {}, make("b", { class: "bad" }, "▼"), " refused for slots"),
      make("span", {}, make("b", { class: "warn" }, "×"), " refused otherwise")),
    make("div", { id: "timeline-picture" }, make("canvas", {
      id: "timeline-canvas", tabindex: "0", role: "application",
      "aria-roledescription": "timeline", "aria-describedby": "timeline-hints",
    })),
    make("p", { id: "timeline-chosen", role: "status" }),
    make("div", { id: "timeline-list", class: "list", role: "listbox", tabindex: "0",
      "aria-label": "What the timeline shows, in the order of its beginning" }),
    make("p", { id: "timeline-hints", class: "mute" },
      "Drag to zoom in · ", ...[
        ["+", "-", "zoom"], ["←", "→", "move"], ["↑", "↓", "choose"], ["Enter", "open"],
        ["Backspace", "back"], ["0", "all"], ["L", "live"],
      ].flatMap((keys) => [
        ...keys.slice(0, -1).flatMap((key) => [make("kbd", {}, key), " "]), `${keys.at(-1)} · `,
      ]), "the list has the same"));
}
const canvas = $("timeline-canvas");

// ---- What is shown

// Milliseconds of the double's clock.
function clockNow() {
  if (!clock) return 0;
  return Date.parse(clock.now) + (performance.now() - clock.seen) * clock.factor;
}

async function readTimeline() {
  const { requests } = await read("requests");
  timeline.underWay = requests;
  // Tasks that are over don't change, so the reading begins with the first that isn't.
  let since = 0;
  for (const [number, task] of timeline.tasks) {
    if (task.endedAt === null) break;
    since = number;
  }
  for (let pages = MAXIMUM_TASKS / TASK_PAGE; pages > 0; pages -= 1) {
    const { tasks } = await read(`tasks?since=${since}&limit=${TASK_PAGE}`);
    for (const task of tasks) timeline.tasks.set(task.number, task);
    if (tasks.length < TASK_PAGE) break;
    since = tasks.at(-1).number;
  }
  for (const number of timeline.tasks.keys()) {
    if (timeline.tasks.size <= MAXIMUM_TASKS) break;
    timeline.tasks.delete(number);
  }
  timeline.made = "";
}

// Whether a request of the journal has held a slot, as far as its answer tells.
function heldSlot({ method, target, status, latencyMs }) {
  if (method !== "POST" || !target.startsWith("/v1/monitor/")) return false;
  if (target.startsWith("/v1/monitor/google/goto")) return false;
  return status === null || status < 400 || status >= 499 || latencyMs > 0;
}

const endpointOf = ({ method, target }) => `${method} ${target}`;

// The organizations that can be shown; the one that is shown stays, though it be gone.
function fillTimelineMenu() {
  const names = organizations.map((each) => each.organization);
  if (timeline.organization && !names.includes(timeline.organization)) {
    names.push(timeline.organization);
  }
  const menu = $("timeline-by"), text = names.join("\n");
  if (menu.names === text || document.activeElement === menu) return;
  menu.names = text;
  menu.replaceChildren(...names.map((name) => make("option", { value: name }, name)));
  menu.value = timeline.organization;
}

// Until the reader chooses one, that of the newest question.
function chooseOrganization() {
  // Which question is the newest is known when all that there is has come.
  if (timeline.organization || !isCaughtUp) return;
  const newest = entries.findLast((each) => each.organization !== null);
  const name = $("by").value || newest?.organization || organizations[0]?.organization;
  if (name) timeline.organization = $("timeline-by").value = name;
}

// Makes bars, marks and lanes anew when something has come.
function arrangeTimeline() {
  const state = `${timeline.organization} ${lastSequence} ${entries.length}`;
  if (timeline.made === state) return;
  timeline.made = state;
  const bars = [], marks = [], seen = new Set();
  for (const entry of entries) {
    if (entry.organization !== timeline.organization) continue;
    const { began, latencyMs, requestId } = entry;
    if (heldSlot(entry)) {
      const isFailed = entry.status === null || entry.status >= 400;
      seen.add(requestId);
      const ended = began + latencyMs;
      bars.push({ id: requestId, kind: "request", began, ended, isFailed, entry });
    } else if (entry.status === null || entry.status >= 400) {
      marks.push({
        id: requestId, kind: "mark", began, ended: began, entry,
        isForSlots: split(entry.reason)[0] === "concurrency",
      });
    }
  }
  for (const request of timeline.underWay) {
    if (request.organization !== timeline.organization || request.slot === null) continue;
    if (seen.has(request.requestId)) continue;
    bars.push({
      id: request.requestId, kind: "request", began: Date.parse(request.since), ended: null,
      request,
    });
  }
  for (const task of timeline.tasks.values()) {
    if (task.organization !== timeline.organization || task.startedAt === null) continue;
    // One that waits for another attempt holds no slot.
    if (task.endedAt === null && task.status !== "PROCESSING") continue;
    bars.push({
      id: task.id, kind: "task", began: Date.parse(task.startedAt),
      ended: task.endedAt && Date.parse(task.endedAt), isFailed: task.status === "FAILED", task,
    });
  }
  bars.sort((one, other) => one.began - other.began);
  marks.sort((one, other) => one.began - other.began);
  // Each bar goes into the first lane that is free, as the double gives its slots. Times are whole
  // milliseconds, so one may seem to begin just before the other has ended.
  const ends = [];
  for (const bar of bars) {
    let lane = ends.findIndex((end) => end <= bar.began + 1);
    if (lane < 0) lane = ends.length;
    ends[lane] = bar.ended ?? Infinity;
    bar.lane = lane;
  }
  Object.assign(timeline, { bars, marks, lanes: ends.length });
  // The choice stays what it was, though it has ended meanwhile.
  const id = timeline.chosen?.id;
  if (id) timeline.chosen = barOf(id);
}

// The bar or mark of an identifier; undefined when there is none.
function barOf(id) {
  const isIt = (each) => each.id === id;
  return timeline.bars.find(isIt) ?? timeline.marks.find(isIt);
}

const endOf = (bar) => bar.ended ?? Math.max(clockNow(), bar.began);

// From when to when all is that the page has of the organization.
function wholeTime() {
  const { bars, marks } = timeline;
  const first = Math.min(bars[0]?.began ?? Infinity, marks[0]?.began ?? Infinity);
  let last = marks.at(-1)?.began ?? -Infinity;
  for (const bar of bars) last = Math.max(last, endOf(bar));
  if (first > last) return { from: clockNow() - 1000, to: clockNow() };
  const margin = Math.max(50, (last - first) * 0.02);
  return { from: first - margin, to: last + margin };
}

function shownTime() {
  if (timeline.range) return timeline.range;
  const whole = wholeTime();
  // A clock that is moved by hand stands still: what it has seen is shown whole.
  if (clock?.mode === "manual") return whole;
  const to = Math.max(clockNow(), whole.to);
  return { from: Math.max(whole.from, to - LIVE_SPAN * (clock?.factor || 1)), to };
}

// Shows a part of the time; null follows the clock.
function showTime(range, isStep = true) {
  if (isStep) {
    timeline.before.push(timeline.range);
    if (timeline.before.length > 100) timeline.before.shift();
  }
  if (range && range.to - range.from < SHORTEST_SPAN) {
    const middle = (range.from + range.to) / 2;
    range = { from: middle - SHORTEST_SPAN / 2, to: middle + SHORTEST_SPAN / 2 };
  }
  timeline.range = range;
  timelineRows.cursor = null;
  keep("time", range ? `${Math.round(range.from)}-${Math.round(range.to)}` : "");
  draw();
}

function goBack() {
  if (timeline.before.length) showTime(timeline.before.pop(), false);
}

function showAllTime() { showTime(wholeTime()); }

// Zooms around the choice, if it is in sight, else around the middle.
function zoomBy(factor) {
  const { from, to } = shownTime();
  const { chosen } = timeline;
  let middle = (from + to) / 2;
  if (chosen && chosen.began >= from && chosen.began <= to) middle = chosen.began;
  showTime({ from: middle - (middle - from) * factor, to: middle + (to - middle) * factor });
}

function moveBy(part) {
  const { from, to } = shownTime();
  const step = (to - from) * part;
  showTime({ from: from + step, to: to + step });
}

function restoreTimeline() {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(keptText("time")) ?? [];
  timeline.range = Number(from) < Number(to) ? { from: Number(from), to: Number(to) } : null;
  timeline.organization = keptText("slots");
  timeline.made = "";
}

// ---- Its words

const timeText = (time, digits = 23) => new Date(time).toISOString().slice(11, digits);

function lengthText(milliseconds) {
  if (milliseconds < 1000) return `${grouped(Math.round(milliseconds))} ms`;
  if (milliseconds < 600_000) return `${grouped(Math.round(milliseconds / 10) / 100)} s`;
  return `${grouped(Math.round(milliseconds / 6000) / 10)} min`;
}

function barText(bar) {
  const { entry, request, task } = bar;
  if (bar.kind === "mark") {
    const what = `✕ ${entry.status ?? "none"} ${endpointOf(entry)}`;
    return `${timeText(bar.began)} ${what} · ${entry.reason}`;
  }
  const what = task ? `task ${task.taskType.toLowerCase()}`
    : entry ? endpointOf(entry) : `${request.method} ${request.path}`;
  const length = `${bar.ended === null ? "for " : ""}${lengthText(endOf(bar) - bar.began)}`;
  const state = task ? task.status.toLowerCase()
    : entry ? entry.status ?? "no status" : request.state;
  return `${timeText(bar.began)} slot ${bar.lane + 1} · ${what} · ${length} · ${state}`;
}

function drawTimelineWords(shown, { from, to }) {
  const { bars, marks } = timeline;
  const limit = slotLimit();
  const forSlots = shown.filter((each) => each.isForSlots).length;
  const refusals = shown.filter((each) => each.kind === "mark").length;
  const held = shown.length - refusals;
  setText($("timeline-count"), `${plural(held, "bar")} in sight of ${grouped(bars.length)}, `
    + `${plural(refusals, "refusal")}${forSlots ? `, ${grouped(forSlots)} for slots` : ""}`);
  const limitText = limit === null ? "" : ` of ${grouped(limit)}`;
  const label = `Slots of ${timeline.organization} `
    + `from ${timeText(from, 19)} to ${timeText(to, 19)}: `
    + `${plural(held, "bar")} in ${grouped(timeline.lanes)}${limitText} slots, `
    + `${plural(forSlots, "refusal")} for slots, ${plural(refusals - forSlots, "other refusal")}`;
  if (canvas.getAttribute("aria-label") !== label) canvas.setAttribute("aria-label", label);
  const told = timeline.hovered ?? timeline.chosen;
  setText($("timeline-chosen"), told ? barText(told)
    : bars.length + marks.length ? "Point at a bar, or choose one by ↑ and ↓."
      : `Nothing of ${timeline.organization || "any organization"} has come yet.`);
  $("timeline-back").disabled = timeline.before.length === 0;
  $("timeline-live").disabled = timeline.range === null;
}

function slotLimit() {
  const state = organizations.find((each) => each.organization === timeline.organization);
  return state ? state.slots.limit : null;
}

// ---- Its picture

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["line", "text", "mute", "accent", "good", "warn", "bad", "fill"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`)]));
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  timeline.colours = null;
  draw();
});

// A limit far above what is used would leave no room for what is.
function laneCount(limit) {
  return Math.max(1, timeline.lanes, Math.min(limit, Math.max(24, timeline.lanes * 2)));
}

// How times become pixels, and lanes.
function layOut(range) {
  const width = canvas.clientWidth, height = canvas.clientHeight;
  const limit = slotLimit() ?? 0;
  const lanes = laneCount(limit);
  const top = MARKS + 4, bottom = height - AXIS - STRIP;
  const step = Math.min(HIGHEST_LANE, (bottom - top) / lanes);
  const scale = (width - GUTTER - 8) / (range.to - range.from);
  // The first slot is the lowest lane: what is full reaches up to the limit.
  const base = top + step * lanes;
  return {
    width, height, limit, lanes, step, top, base, range,
    x: (time) => GUTTER + (time - range.from) * scale,
    time: (x) => range.from + (x - GUTTER) / scale,
    y: (lane) => base - (lane + 1) * step,
  };
}

// A round step of time for so many milliseconds.
function tickStep(span, count) {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000,
    60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000,
    43_200_000, 86_400_000];
  const day = steps.at(-1);
  return steps.find((step) => span / step <= count) ?? Math.ceil(span / count / day) * day;
}

function drawAxes(pen, at, colours) {
  const { width, base, range, lanes, step } = at;
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = colours.mute;
  pen.strokeStyle = colours.line;
  pen.lineWidth = 1;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((each) => each * step >= 14) ?? 1000;
  for (let slot = every; slot <= lanes; slot += every) {
    pen.fillText(String(slot), GUTTER - 6, at.y(slot - 1) + step / 2);
  }
  if (every > 1) pen.fillText("1", GUTTER - 6, at.y(0) + step / 2);
  pen.textAlign = "center";
  pen.textBaseline = "top";
  const tick = tickStep(range.to - range.from, Math.max(1, (width - GUTTER) / 92));
  const digits = tick < 1000 ? 23 : 19;
  pen.beginPath();
  for (let time = Math.ceil(range.from / tick) * tick; time <= range.to; time += tick) {
    const x = Math.round(at.x(time)) + 0.5;
    pen.moveTo(x, at.top);
    pen.lineTo(x, base + STRIP);
    const half = digits === 23 ? 34 : 24;
    if (x > half && x < width - half) pen.fillText(timeText(time, digits), x, base + STRIP + 5);
  }
  pen.moveTo(GUTTER, Math.round(base) + 0.5);
  pen.lineTo(width, Math.round(base) + 0.5);
  pen.stroke();
}

// What overlaps the shown time. `bars` are in the order of their beginning.
function inSight({ from, to }) {
  const shown = [];
  for (const bar of timeline.bars) {
    if (bar.began > to) break;
    if (endOf(bar) >= from) shown.push(bar);
  }
  for (const mark of timeline.marks) if (mark.began >= from && mark.began <= to) shown.push(mark);
  return shown.sort((one, other) => one.began - other.began);
}

function drawBars(pen, at, colours, shown) {
  const gap = at.step > 6 ? 1.5 : at.step > 3 ? 0.5 : 0;
  const height = Math.max(1, at.step - gap);
  // What lies within a pixel that its lane has drawn already can't be seen.
  const drawn = new Float64Array(timeline.lanes).fill(-1);
  for (const bar of shown) {
    if (bar.kind === "mark") continue;
    const left = Math.max(GUTTER, at.x(bar.began));
    const right = Math.min(at.width, at.x(endOf(bar)));
    if (right <= drawn[bar.lane] && !bar.isFailed) continue;
    const length = Math.max(2, right - left - (right - left > 4 ? 0.75 : 0));
    drawn[bar.lane] = left + length;
    pen.fillStyle = bar.isFailed ? colours.bad : bar.kind === "task" ? colours.good : colours.fill;
    if (bar.ended === null) pen.globalAlpha = 0.5;
    pen.fillRect(left, at.y(bar.lane), length, height);
    pen.globalAlpha = 1;
  }
  const forSlots = new Set(), others = new Set();
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const mark of shown) {
    if (mark.kind !== "mark") continue;
    const x = at.x(mark.began), column = Math.round(x / 2);
    const columns = mark.isForSlots ? forSlots : others;
    if (columns.has(column)) continue;
    columns.add(column);
    if (mark.isForSlots) {
      const y = markHeight(at);
      pen.fillStyle = colours.bad;
      pen.beginPath();
      pen.moveTo(x - 5, y - 9);
      pen.lineTo(x + 5, y - 9);
      pen.lineTo(x, y - 1);
      pen.fill();
    } else {
      pen.strokeStyle = colours.warn;
      pen.lineWidth = 1.5;
      const y = at.base + STRIP / 2;
      pen.beginPath();
      pen.moveTo(x - 3.5, y - 3.5);
      pen.lineTo(x + 3.5, y + 3.5);
      pen.moveTo(x + 3.5, y - 3.5);
      pen.lineTo(x - 3.5, y + 3.5);
      pen.stroke();
    }
  }
}

// Where the refusals for slots stand: on the line of the limit, or at the top when it is above.
const markHeight = (at) => at.limit <= at.lanes ? Math.round(at.base - at.limit * at.step) : at.top;

function drawLimit(pen, at, colours) {
  if (slotLimit() === null) return;
  const y = markHeight(at) + (at.limit <= at.lanes ? -0.5 : -1.5);
  pen.strokeStyle = colours.bad;
  pen.lineWidth = 1.5;
  pen.setLineDash([6, 4]);
  pen.beginPath();
  pen.moveTo(GUTTER, y);
  pen.lineTo(at.width, y);
  pen.stroke();
  pen.setLineDash([]);
  pen.fillStyle = colours.bad;
  pen.textAlign = "left";
  pen.textBaseline = "bottom";
  pen.fillText(`limit ${grouped(at.limit)}${at.limit > at.lanes ? " ↑" : ""}`, 2, y - 2);
}

function outline(pen, at, colours, bar, width) {
  pen.strokeStyle = colours.text;
  pen.lineWidth = width;
  if (bar.kind === "mark") {
    const y = bar.isForSlots ? markHeight(at) - 6 : at.base + STRIP / 2;
    pen.strokeRect(at.x(bar.began) - 7, y - 6, 14, 13);
    return;
  }
  const left = Math.max(GUTTER, at.x(bar.began)), right = Math.min(at.width, at.x(endOf(bar)));
  const height = Math.max(4, at.step - 1);
  pen.strokeRect(left - 1, at.y(bar.lane) - 1, Math.max(4, right - left + 1), height + 1);
}

function drawTimeline() {
  fillTimelineMenu();
  chooseOrganization();
  arrangeTimeline();
  const range = shownTime(), shown = inSight(range);
  timeline.listed = shown;
  const { chosen, hovered, drag } = timeline;
  const index = chosen ? shown.indexOf(chosen) : -1;
  timelineRows.cursor = index < 0 ? null : index;
  timelineRows.draw(shown.length, (at) => timeline.listed[at], "Nothing in this part of the time.");
  drawTimelineWords(shown, range);
  // What the lanes don't need is the list's.
  const needed = `${MARKS + 4 + laneCount(slotLimit() ?? 0) * HIGHEST_LANE + STRIP + AXIS}px`;
  const picture = canvas.parentElement.style;
  if (picture.maxHeight !== needed) picture.maxHeight = needed;
  const scale = devicePixelRatio, width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width || !height) return;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const colours = timeline.colours ??= readColours();
  const at = timeline.at = layOut(range);
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  drawAxes(pen, at, colours);
  drawBars(pen, at, colours, shown);
  drawLimit(pen, at, colours);
  if (hovered) outline(pen, at, colours, hovered, 1);
  if (index >= 0) outline(pen, at, colours, chosen, 2);
  if (drag && Math.abs(drag.to - drag.from) > 3) {
    pen.fillStyle = colours.accent;
    pen.globalAlpha = 0.18;
    pen.fillRect(Math.min(drag.from, drag.to), 0, Math.abs(drag.to - drag.from), height);
    pen.globalAlpha = 1;
  }
}

// ---- Its list

const timelineRows = new Rows($("timeline-list"), {
  height: () => 24,
  build() {
    const row = make("div", { class: "row" });
    row.text = row.appendChild(make("span", {}));
    return row;
  },
  fill(row, bar) {
    setText(row.text, barText(bar));
    row.text.className = bar.isForSlots || bar.isFailed ? "bad" : "";
  },
  choose(bar) {
    timeline.chosen = bar;
    openBar(bar);
    draw();
  },
});
timelineRows.move = function (to) {
  Rows.prototype.move.call(this, to);
  if (this.cursor !== null) timeline.chosen = this.at(this.cursor);
};

// ---- Its reader

// What is at a place of the picture, or null.
function barAt(x, y) {
  const { at, listed } = timeline;
  if (!at) return null;
  let found = null, distance = 7;
  for (const bar of listed) {
    if (bar.kind === "mark") {
      const height = bar.isForSlots ? markHeight(at) - 5 : at.base + STRIP / 2;
      if (Math.abs(y - height) > 8) continue;
    } else if (y < at.y(bar.lane) || y >= at.y(bar.lane) + at.step) continue;
    const away = Math.max(at.x(bar.began) - x, x - at.x(endOf(bar)), 0);
    if (away < distance) [found, distance] = [bar, away];
  }
  return found;
}

function openBar(bar) {
  if (bar.entry) return openEntry(bar.entry);
  opening?.abort();
  clearTimeout(openingTimer);
  [shownEntry, shownOrganization, command] = [null, null, ""];
  $("copy").hidden = $("narrow").hidden = true;
  const { request, task } = bar;
  openDetail(task ? `Task ${task.taskType} · ${task.status}` : `${request.method} ${request.path}`);
  const times = [["began", `${timeText(bar.began)} UTC`]];
  if (bar.ended !== null) times.push(["ended", `${timeText(bar.ended)} UTC`]);
  if (request?.dueAt) times.push(["due", `${timeText(Date.parse(request.dueAt))} UTC`]);
  const { id, requestId } = task ?? request;
  $("content").replaceChildren(pairs([
    ...task ? [["task", id], ["submitted by", requestId ?? "no request that is known"]]
      : [["request", requestId]],
    ["organization", organizationLink((task ?? request).organization)],
    ["state", task ? task.status.toLowerCase() : request.state],
    ["slot", String(bar.lane + 1)], ...times,
    ["question", (task ? task.question : request.prompt) ?? "none"],
    ...task ? [["priority", String(task.priority)]] : [],
  ]));
}

// Chooses what an identifier names and shows it beside what else was there, at a moment.
function showOnTimeline(organization, id, moment) {
  if (isOverlay.matches) closeDetail();
  Object.assign(timeline, { organization, made: "", hovered: null });
  keep("slots", organization);
  $("timeline-by").names = null;
  showView("timeline", true);
  const show = () => {
    arrangeTimeline();
    const found = barOf(id);
    if (!found) return false;
    timeline.chosen = found;
    const last = Math.max(endOf(found), moment ?? found.began);
    const margin = Math.max(100, (last - found.began) * 0.15);
    showTime({ from: found.began - margin, to: last + margin });
    canvas.focus();
    return true;
  };
  // What is under way the page may not have read yet.
  if (show()) return;
  readTimeline().then(() => {
    if (!show()) notice("✕ This page doesn’t have it: it is older than all that is kept.");
  }, () => {});
}

// A reason whose identifiers lead to the bars of those that they name.
function linkedReason(text, entry) {
  const parts = [];
  let done = 0;
  for (const match of text.matchAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)) {
    const [id] = match;
    const onClick = () => showOnTimeline(entry.organization, id, entry.began);
    parts.push(text.slice(done, match.index),
      make("button", {
        type: "button", class: "link", title: "Show it on the timeline", onClick,
      }, id));
    done = match.index + id.length;
  }
  return [...parts, text.slice(done)];
}

// The way from a request's detail to its place among the others.
function timelineLink(entry) {
  const onClick = () => showOnTimeline(entry.organization, entry.requestId);
  return make("button", { type: "button", class: "link", onClick }, "show on the timeline");
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  const from = event.offsetX;
  timeline.drag = { from, to: from, y: event.offsetY };
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener("pointermove", (event) => {
  const { drag } = timeline;
  if (drag) drag.to = Math.min(Math.max(GUTTER, event.offsetX), canvas.clientWidth);
  else timeline.hovered = barAt(event.offsetX, event.offsetY);
  canvas.classList.toggle("over", timeline.hovered !== null);
  draw();
});
canvas.addEventListener("pointerup", () => {
  const { drag, at } = timeline;
  timeline.drag = null;
  if (!drag || !at) return;
  if (Math.abs(drag.to - drag.from) > 5) {
    const [from, to] = [drag.from, drag.to].sort((one, other) => one - other).map(at.time);
    return showTime({ from, to });
  }
  const bar = barAt(drag.from, drag.y);
  timeline.chosen = bar;
  if (bar) openBar(bar);
  draw();
});
for (const name of ["pointercancel", "pointerleave"]) {
  canvas.addEventListener(name, () => {
    if (name === "pointercancel") timeline.drag = null;
    timeline.hovered = null;
    draw();
  });
}
canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const chooseNext = (step) => {
    const to = (timelineRows.cursor ?? (step > 0 ? -1 : timeline.listed.length)) + step;
    timelineRows.move(to);
  };
  const act = {
    "+": () => zoomBy(0.5), "=": () => zoomBy(0.5), "-": () => zoomBy(2),
    ArrowLeft: () => moveBy(-0.2), ArrowRight: () => moveBy(0.2),
    ArrowUp: () => chooseNext(-1), ArrowDown: () => chooseNext(1),
    Enter: () => timeline.chosen && openBar(timeline.chosen),
    Backspace: goBack, 0: showAllTime, l: () => showTime(null), L: () => showTime(null),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
new ResizeObserver(() => draw()).observe(canvas);
$("timeline-by").addEventListener("input", () => {
  timeline.organization = $("timeline-by").value;
  Object.assign(timeline, { chosen: null, hovered: null });
  keep("slots", timeline.organization);
  draw();
});
