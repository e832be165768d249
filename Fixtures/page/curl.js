
// ---- A request as a curl command

// The command of the request whose detail is shown; empty until it has been read.
let command = "";

// A word that any shell reads as it is. Control characters are written as escapes, so that pasting
// them does nothing to a terminal.
function quoted(text) {
  if (!/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text.replace(/[\\']/g, "\\$&").replace(/[\x00-\x1f\x7f-\x9f]/g, (character) => {
    const bytes = new TextEncoder().encode(character);
    return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  });
  return `$'${escaped}'`;
}

// What curl sends by itself, or must not repeat.
const omitted = new Set([
  "host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect", "te",
  "trailer", "upgrade",
]);

// The header with the key. Only its last four characters are known, so the shell puts in the whole
// key.
function authorization(name, value) {
  const scheme = /^\S+ +(?=…)/.exec(value)?.[0] ?? "";
  return /^[\w -]*$/.test(scheme)
    ? `--header "${name}: ${scheme}$CLORO_API_KEY"`
    : `--header ${quoted(`${name}: ${scheme}`)}"$CLORO_API_KEY"`;
}

function curl({ method, path, request: { headers, query, body } }) {
  const parts = ["curl --include --globoff --path-as-is"];
  if (method === "HEAD") parts[0] += " --head";
  else if (method !== (body ? "POST" : "GET")) parts[0] += ` --request ${quoted(method)}`;
  parts.push(quoted(location.origin + path + (query === undefined ? "" : `?${query}`)));
  let hasType = false;
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (omitted.has(lower)) continue;
    if (lower === "content-type") hasType = true;
    if (lower === "authorization") parts.push(authorization(name, value));
    else parts.push(`--header ${quoted(value === "" ? `${name};` : `${name}: ${value}`)}`);
  }
  if (body) {
    if (!hasType) parts.push("--header 'Content-Type:'");
    parts.push(`--data-raw ${quoted(body)}`);
  }
  return parts.join(" \\\n  ");
}

function showCommand(entry) {
  if (!entry.method) return;
  command = curl(entry);
  $("copy").disabled = false;
  const { body, bodyBytes } = entry.request;
  const node = make("section", {}, make("details", {},
    make("summary", {}, "As a curl command"),
    make("pre", { id: "command" }, command),
    muted("Set CLORO_API_KEY to the key: the journal knows only its last four characters.")));
  let flaw = "";
  if (bodyBytes) flaw = "The command has only the first 64 KiB of the body.";
  else if (/[\0\ufffd]/.test(body)) {
    flaw = "The body has bytes that a command can’t carry: the command’s body differs from it.";
  }
  if (flaw) node.append(make("p", { class: "warn" }, flaw));
  $("content").append(node);
}

async function copy() {
  if (!command || $("copy").textContent !== "Copy as curl") return;
  if (!await copyText(command, $("copy"))) $("command").parentElement.open = true;
}

// Browsers give the clipboard's interface only to pages from this machine or over https; this older
// way works everywhere.
function copySelected(text) {
  const area = document.body.appendChild(make("textarea", { class: "quiet" }));
  const focused = document.activeElement;
  area.value = text;
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return isCopied;
}
$("copy").addEventListener("click", copy);
