
// ---- What the reader does: calls of the control API, shown as such

// The call that the notice shows; null for none.
let madeCall = null;

// A call as a curl command. The admin token is put in by the shell.
function callCommand({ method, path, body }) {
  const parts = ["curl"];
  if (method !== "GET") parts[0] += ` --request ${method}`;
  if (token !== null) parts.push(`--header "Authorization: Bearer $CLORO_MOCK_ADMIN_TOKEN"`);
  if (body) {
    parts.push(`--header ${quoted("Content-Type: application/json")}`);
    parts.push(`--data-raw ${quoted(JSON.stringify(body))}`);
  }
  parts.push(quoted(`${location.origin}/_mock/${path}`));
  return parts.join(" \\\n  ");
}

const callText = ({ method, path }) => `${method} /_mock/${path}`;

// Makes a call for the reader, and says what came of it. Returns the answer, or null.
// - said: what there is to say about the answer.
async function act(call, said) {
  try {
    const { method, path, body } = call;
    const answer = await read(path, { method, body });
    notice(said(answer), "", call);
    await refresh();
    return answer;
  } catch (error) {
    if (!(error instanceof Denied)) notice(`✕ ${error.message}`, "", call);
    return null;
  }
}

// Copies a text, and says so on the button.
async function copyText(text, button) {
  const label = button.textContent;
  let isCopied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    isCopied = copySelected(text);
  }
  setText(button, isCopied ? "✓ Copied" : "✕ Not copied");
  setTimeout(() => setText(button, label), 1600);
  return isCopied;
}

// A button that copies what `text` returns.
function copyButton(label, text) {
  const node = make("button", { type: "button" }, label);
  node.addEventListener("click", () => {
    if (node.textContent === label) copyText(text(), node);
  });
  return node;
}
$("copy-call").addEventListener("click", (event) => {
  if (madeCall) copyText(callCommand(madeCall), event.target);
});

// Saves what a call answers as a file.
async function save(path, name) {
  const call = { method: "GET", path };
  try {
    const response = await callOf(call);
    const address = URL.createObjectURL(await response.blob());
    const link = document.body.appendChild(make("a", { href: address, download: name, hidden: "" }));
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    notice(`Saved as ${name}.`, "", call);
  } catch (error) {
    if (!(error instanceof Denied)) notice(`✕ ${error.message}`, "", call);
  }
}

async function callOf({ method, path, body }) {
  const response = await call(path, { method, body });
  if (!response.ok) throw new Error((await response.json()).error.message);
  return response;
}

// ---- Forms, each of which makes one call

// A field with its label. `read` returns its value, undefined when it is left empty.
function field(label, { type = "text", options, value = "", hint, ...rest } = {}) {
  let control;
  if (options) {
    control = make("select", {}, ...options.map((each) => {
      const [name, text] = Array.isArray(each) ? each : [each, each];
      return make("option", { value: name }, text);
    }));
  } else control = make(type === "long" ? "textarea" : "input", { autocomplete: "off", ...rest });
  if (type === "number") control.setAttribute("inputmode", "numeric");
  // A menu begins with its first choice.
  if (value !== "") control.value = value;
  const node = make("label", { class: "field" }, make("span", {}, label), control);
  if (hint) control.setAttribute("placeholder", hint);
  const given = () => {
    const text = control.value.trim();
    if (text === "") return undefined;
    if (type !== "number") return text;
    if (!Number.isFinite(Number(text))) throw new Error(`${label}: ${text} is no number.`);
    return Number(text);
  };
  return { node, control, given };
}

// What of an object has a value; undefined when nothing has.
function present(object) {
  const rows = Object.entries(object).filter(([, value]) => value !== undefined);
  return rows.length ? Object.fromEntries(rows) : undefined;
}

// A form's nodes.
// - call: the call that it would make now; throws when a field can't be used.
// - done: is told of the answer.
function callForm({ intro, nodes, call: wanted, button, said, done }) {
  const preview = make("pre", { class: "call" });
  const refusal = make("p", { class: "bad", role: "alert" });
  const show = () => {
    try {
      const made = wanted();
      setText(preview, callText(made) + (made.body ? `\n${pretty(JSON.stringify(made.body))}` : ""));
      setText(refusal, "");
      return made;
    } catch (error) {
      setText(refusal, `✕ ${error.message}`);
      return null;
    }
  };
  const form = make("form", { class: "sheet" }, ...intro ? [muted(intro)] : [], ...nodes, refusal,
    make("div", { class: "buttons" }, make("button", { class: "main" }, button),
      copyButton("Copy call as curl", () => {
        const made = show();
        return made ? callCommand(made) : "";
      })),
    make("h3", {}, "The call"), preview);
  form.addEventListener("input", show);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const made = show();
    const answer = made && await act(made, said);
    if (answer) done?.(answer);
    else if (made) setText(refusal, $("message").textContent);
  });
  show();
  return form;
}

// Shows nodes in the place of the details.
// - list: the list that gets the focus when they are closed.
function openSheet(title, nodes, list = null) {
  opening?.abort();
  clearTimeout(openingTimer);
  [shownEntry, shownOrganization, shownItem, sheetHome] = [null, null, null, list];
  openDetail(title);
  for (const id of ["copy", "narrow"]) $(id).hidden = true;
  $("content").replaceChildren(...nodes);
  $("content").scrollTop = 0;
  $("content").querySelector("input, select, textarea")?.focus();
}
