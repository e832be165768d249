// ---- Copy as curl

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
const own = new Set(["host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect", "te", "trailer", "upgrade"]);

function curl({ method, path, request: { headers, query, body } }) {
  const parts = ["curl --include --globoff --path-as-is"];
  if (method === "HEAD") parts[0] += " --head";
  else if (method !== (body ? "POST" : "GET")) parts[0] += ` --request ${quoted(method)}`;
  parts.push(quoted(location.origin + path + (query === undefined ? "" : `?${query}`)));
  let hasType = false;
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (own.has(lower)) continue;
    if (lower === "content-type") hasType = true;
    if (lower === "authorization") {
      // Only the key's last four characters are known.
      const scheme = /^\S+ +(?=…)/.exec(value)?.[0] ?? "";
      parts.push(/^[\w -]*$/.test(scheme) ? `--header "${name}: ${scheme}$CLORO_API_KEY"` : `--header ${quoted(`${name}: ${scheme}`)}"$CLORO_API_KEY"`);
    } else parts.push(`--header ${quoted(value === "" ? `${name};` : `${name}: ${value}`)}`);
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
  const flaw = bodyBytes ? "It has the first 64 KiB of the body only."
    : /[\0\ufffd]/.test(body) ? "The body has bytes that a command can’t carry, so it differs from what was sent." : "";
  $("content").append(make("section", {}, make("details", {}, make("summary", {}, "As a curl command"), make("pre", { id: "command" }, command),
    make("p", { class: "mute" }, "CLORO_API_KEY stands for the key: the journal knows its last four characters only.")),
    ...(flaw ? [make("p", { class: "warn" }, flaw)] : [])));
}

async function copy() {
  if (!command) return;
  let isCopied = true;
  try {
    await navigator.clipboard.writeText(command);
  } catch {
    isCopied = copySelected();
  }
  put($("copy"), isCopied ? "✓ Copied" : "✕ Not copied: select it below");
  if (!isCopied) $("command").parentElement.open = true;
  setTimeout(() => put($("copy"), "Copy as curl"), 1600);
}

// Browsers keep the clipboard from pages of other hosts than this machine, except this way.
function copySelected() {
  const area = document.body.appendChild(make("textarea", { class: "quiet" }));
  const focused = document.activeElement;
  area.value = command;
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return isCopied;
}
$("copy").addEventListener("click", copy);

