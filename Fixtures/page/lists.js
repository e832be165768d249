
// ---- Tabs with a list

// What of a tab's list the detail shows: the list and the item's identifier; null for neither.
let shownItem = null;
// The list that gets the focus when a form is closed.
let sheetHome = null;

// Adds a tab with a list of what the control API has.
// - name, title: the tab's. what: what is listed, for "Filter the …".
// - load: reads the items. id: an item's identifier.
// - texts: the texts in which the filter searches.
// - row: an item's texts: { mark, kind, head, tail, line, end }.
// - detail: the nodes of an item's detail. nothing: what an empty list says.
// - tools: nodes of the bar. choices: states to choose from, for which `isIn(item, state)` decides.
function addListView({ name, title, what, load, id, texts, row, detail, nothing, ...rest }) {
  const view = { name, items: [], found: [], id, detail, title: rest.itemTitle };
  const panel = addView({
    name, title,
    async refresh() {
      view.items = await load();
      arrange();
      refreshItem(view);
    },
    draw() {
      const isNarrowed = view.find.value.trim() || view.state?.value;
      view.rows.draw(view.found.length, (index) => view.found[index],
        view.items.length && isNarrowed ? "Nothing matches the filter." : nothing());
      const [found, all] = [grouped(view.found.length), grouped(view.items.length)];
      setText(view.count, found === all ? all : `${found} of ${all}`);
    },
    restore() {
      view.find.value = keptText(`${name}.find`);
      if (view.state) view.state.value = keptText(`${name}.state`);
      arrange();
    },
  });
  function arrange() {
    const words = wordsOf(view.find.value);
    const chosen = view.rows.cursor === null ? null : view.found[view.rows.cursor];
    view.found = view.items.filter((item) => {
      if (view.state?.value && !rest.isIn(item, view.state.value)) return false;
      const text = texts(item).join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const index = chosen ? view.found.findIndex((each) => id(each) === id(chosen)) : -1;
    view.rows.cursor = index < 0 ? null : index;
    drawSoon();
  }
  view.count = make("small", {});
  view.find = make("input", {
    type: "search", placeholder: "Filter", autocomplete: "off", "aria-label": `Filter the ${what}`,
  });
  view.find.addEventListener("input", () => {
    keep(`${name}.find`, view.find.value.trim());
    arrange();
  });
  const bar = make("div", { class: "bar" },
    make("h2", { id: `${name}-title` }, `${title} `, view.count), view.find,
    organizationMenu(rest.every));
  if (rest.choices) {
    view.state = make("select", { "aria-label": "State" }, ...rest.choices.map(([value, text]) =>
      make("option", { value }, text)));
    view.state.addEventListener("input", () => {
      keep(`${name}.state`, view.state.value);
      arrange();
    });
    bar.append(view.state);
  }
  bar.append(...rest.tools ?? []);
  const box = make("div", {
    id: `${name}-list`, class: "list", role: "listbox", tabindex: "0", "aria-label": title,
  });
  panel.append(bar, box);
  view.rows = new Rows(box, {
    height: () => 48,
    build() {
      const node = make("div", { class: "row item" });
      for (const part of ["mark", "head", "tail", "line", "end"]) {
        node[part] = node.appendChild(make("span", { class: part }));
      }
      return node;
    },
    fill(node, item) {
      const shown = row(item);
      for (const part of ["mark", "head", "tail", "line", "end"]) {
        setText(node[part], shown[part] ?? "");
      }
      node.mark.className = `mark ${shown.kind ?? "mute"}`;
    },
    choose(item) {
      view.rows.cursor = view.found.findIndex((each) => id(each) === id(item));
      openItem(view, item);
      draw();
    },
  });
  view.rows.move = function (to) {
    Rows.prototype.move.call(this, to);
    if (this.cursor !== null && shownItem?.view === view) openItem(view, view.found[this.cursor]);
  };
  leadDown(view.find, view.rows);
  return view;
}

// The arrow down leads from a filter into its list.
function leadDown(input, rows) {
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || event.isComposing) return;
    event.preventDefault();
    rows.box.focus();
    rows.move(rows.cursor ?? 0);
  });
}

function openItem(view, item) {
  openSheet(view.title(item), [], view.rows.box);
  shownItem = { view, id: view.id(item), text: "" };
  refreshItem(view);
}

// Shows an item's detail anew when it has changed.
function refreshItem(view) {
  if (shownItem?.view !== view) return;
  const item = view.items.find((each) => view.id(each) === shownItem.id);
  const text = JSON.stringify(item) ?? "";
  // What someone is writing or selecting is left alone while nothing has changed.
  if ($("content").childElementCount && text === shownItem.text) return;
  shownItem.text = text;
  $("content").replaceChildren(...item ? view.detail(item) : [muted("It is gone.")]);
  if (item) setText($("detail-title"), view.title(item));
}

// A moment of the double's clock: "12:00:05.000 UTC", with the day when it is another one.
function moment(text) {
  if (!text) return "–";
  const isToday = clock && text.slice(0, 10) === clock.now.slice(0, 10);
  return `${isToday ? "" : `${text.slice(0, 10)} `}${text.slice(11, 23)}`;
}

// How far away a moment is: "in 2 min 3 s".
function away(text) {
  if (!clock) return "";
  const passed = (performance.now() - clock.seen) * clock.factor;
  const seconds = Math.ceil((Date.parse(text) - Date.parse(clock.now) - passed) / 1000);
  if (seconds <= 0) return "due now";
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const parts = [hours && `${hours} h`, minutes && `${minutes} min`, seconds % 60 && `${seconds % 60} s`];
  return `in ${parts.filter(Boolean).join(" ")}`;
}

// A button that shows the request with an identifier.
function requestLink(requestId) {
  if (!requestId) return "none";
  const onClick = () => openRequest(requestId);
  return make("button", { type: "button", class: "link id", onClick }, requestId);
}

async function openRequest(requestId) {
  try {
    const { entries: found } = await read(`journal?requestId=${encodeURIComponent(requestId)}`);
    if (found.length) openEntry(shortened(found[0]));
    else notice(`The journal has no request ${requestId} any more.`);
  } catch (error) {
    if (!(error instanceof Denied)) notice(`✕ ${error.message}`);
  }
}
