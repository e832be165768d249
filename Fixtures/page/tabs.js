
// ---- The tabs, and what the address keeps

// The tabs by name, in their order.
const views = new Map();
// The tab that the address names. Behind its "#" stands the tab, then what the parts of the page
// keep there, by name: `#/journal?by=demo&status=4`. The slash keeps the browser from looking for an
// element of that name, to which it would take the focus.
let view = "journal";
let kept = new URLSearchParams();

const isNarrow = matchMedia("(max-width: 759px)");

// Adds a tab behind those that are there, and returns its panel, a section of the page.
// - name: what the address, and the panel as its `id`, call it; `title`: what its tab says.
// - panel: the section; one is made without it.
// - refresh: reads what the tab shows: when it is opened, and again and again while it is open.
// - draw: shows that; called after each reading, and while the journal streams in.
// - restore: takes over what the address keeps, when the page begins and when its reader goes back.
function addView({ name, title, panel, ...duties }) {
  panel ??= $("detail").parentElement.insertBefore(make("section", { id: name }), $("detail"));
  panel.classList.add("view");
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", `tab-${name}`);
  const open = () => showView(name, true);
  const tab = make("button", {
    type: "button", role: "tab", id: `tab-${name}`, "aria-controls": name, onClick: open,
  }, title);
  $("tabs").append(tab);
  views.set(name, { ...duties, panel, tab, scrolled: [] });
  return panel;
}

// What the address keeps under a name; empty when it doesn't.
const keptText = (name) => kept.get(name) ?? "";

// Lets the address keep a text; an empty one is forgotten.
function keep(name, text) {
  if (text) kept.set(name, text);
  else kept.delete(name);
  writeAddress();
}

function writeAddress(isStep = false) {
  const rest = kept.size ? `?${kept}` : "";
  const address = `#/${view}${rest}`;
  if (address !== location.hash) history[isStep ? "pushState" : "replaceState"](null, "", address);
}

// The tab that is open. The organizations are one only where they have no place of their own.
function openView() {
  return views.get(view === "organizations" && !isNarrow.matches ? "journal" : view);
}

// - isStep: whether the browser's way back leads to the tab before.
function showView(name, isStep = false) {
  const before = view;
  view = name;
  const open = openView();
  for (const each of views.values()) {
    const isOpen = each === open;
    each.tab.setAttribute("aria-selected", isOpen);
    // The arrow keys lead to the others.
    each.tab.tabIndex = isOpen ? 0 : -1;
    if (each.panel.classList.contains("shown") === isOpen) continue;
    const lists = [...each.panel.querySelectorAll(".list")];
    // What isn't shown loses the place that it was scrolled to.
    if (!isOpen) each.scrolled = lists.map((list) => list.scrollTop);
    each.panel.classList.toggle("shown", isOpen);
    if (isOpen) lists.forEach((list, index) => { list.scrollTop = each.scrolled[index] ?? 0; });
  }
  open.tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  writeAddress(isStep && before !== name);
  draw();
  refreshView();
}

async function refreshView() {
  const open = openView();
  try {
    await open.refresh?.();
    withdrawNotice(open.panel.id);
  } catch (error) {
    // What is wrong with the connection is said by the loop that follows the events.
    if (!(error instanceof Denied || error instanceof TypeError)) {
      notice(`✕ ${error.message}`, open.panel.id);
    }
  }
  drawSoon();
}

// Takes over what the address says.
function readAddress() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("?");
  kept = new URLSearchParams(rest.join("?"));
  for (const each of views.values()) each.restore?.();
  showView(views.has(name) ? name : "journal");
}
addEventListener("popstate", readAddress);
isNarrow.addEventListener("change", () => showView(view));

$("tabs").addEventListener("keydown", (event) => {
  const tabs = [...views.values()].map((each) => each.tab).filter((tab) => tab.checkVisibility());
  const at = tabs.indexOf(document.activeElement);
  const to = {
    ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1,
  }[event.key];
  if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const tab = tabs[(to + tabs.length) % tabs.length];
  tab.focus();
  tab.click();
});
