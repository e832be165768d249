
// ---- The organization by which the tabs are narrowed

// The menus of organizations, which all show the same choice, and the names in them.
const menus = [$("by")];
let menuNames = "";
// The keys of the organizations by name, as the control API knows them.
let wholeKeys = new Map();

const chosenOrganization = () => keptText("by");

function organizationMenu(every = "all organizations") {
  const menu = make("select", { class: "by", "aria-label": "Organization" },
    make("option", { value: "" }, every));
  menu.every = every;
  menus.push(menu);
  menu.addEventListener("input", () => narrowTo(menu.value));
  menuNames = "";
  return menu;
}
$("by").every = "all organizations";
$("by").addEventListener("input", () => narrowTo($("by").value));

function narrowTo(name) {
  keep("by", name);
  fillMenus();
  refilter();
  refreshView();
}

function fillMenus() {
  const names = organizations.map((each) => each.organization);
  const chosen = chosenOrganization();
  // One that was removed may still be in the journal.
  if (chosen && !names.includes(chosen)) names.push(chosen);
  const text = names.join("\n");
  // An open menu stays as it is.
  if (text !== menuNames && !menus.includes(document.activeElement)) {
    menuNames = text;
    for (const menu of menus) {
      const options = names.map((name) => make("option", { value: name }, name));
      menu.replaceChildren(make("option", { value: "" }, menu.every), ...options);
    }
  }
  for (const menu of menus) {
    if (chosen && ![...menu.options].some((option) => option.value === chosen)) {
      menu.append(make("option", { value: chosen }, chosen));
    }
    if (menu.value !== chosen) menu.value = chosen;
  }
}

// A key of an organization; undefined when it has none.
async function keyOf(name) {
  if (!wholeKeys.has(name)) {
    const { keys } = await read("keys");
    wholeKeys = new Map();
    for (const { organization, key } of keys) {
      if (!wholeKeys.has(organization)) wholeKeys.set(organization, key);
    }
  }
  return wholeKeys.get(name);
}

// A path, narrowed to the organization that is chosen.
async function narrowed(path) {
  const name = chosenOrganization();
  const key = name ? await keyOf(name) : undefined;
  if (!key) return path;
  return `${path}${path.includes("?") ? "&" : "?"}key=${encodeURIComponent(key)}`;
}
