// ---- Detail

const isOverlay = matchMedia("(max-width: 1099px)");
let shownEntry = null, shownOrganization = null, opening = null, openingLater = 0, command = "", back = null;

function openDetail(title) {
  const isNew = $("detail").hidden;
  if (isNew) back = document.activeElement;
  $("detail").hidden = false;
  document.querySelector("main").classList.add("open");
  put($("detail-title"), title);
  covering();
  if (isNew && isOverlay.matches) $("detail-title").focus();
}

function closeDetail() {
  if ($("detail").hidden) return false;
  opening?.abort();
  clearTimeout(openingLater);
  $("detail").hidden = true;
  document.querySelector("main").classList.remove("open");
  const home = shownOrganization === null ? list.box : companies.box;
  [shownEntry, shownOrganization] = [null, null];
  $("content").replaceChildren();
  covering();
  (back?.isConnected && back !== document.body ? back : home).focus();
  return true;
}

// What the detail covers can't be reached.
function covering() {
  const covers = !$("detail").hidden && isOverlay.matches;
  for (const id of ["organizations", "journal"]) $(id).inert = covers;
}
isOverlay.addEventListener("change", covering);

function section(title, ...children) { return make("section", {}, make("h3", {}, title), ...children); }

function pairs(rows, name) {
  const node = make("dl", name ? { class: name } : {});
  for (const [key, value] of rows) node.append(make("dt", {}, key), make("dd", {}, value));
  return node;
}

function openEntrySoon(entry) {
  clearTimeout(openingLater);
  openingLater = setTimeout(openEntry, 60, entry);
}

async function openEntry(entry) {
  clearTimeout(openingLater);
  opening?.abort();
  opening = new AbortController();
  const { signal } = opening;
  [shownEntry, shownOrganization, command] = [entry, null, ""];
  const { symbol, word, kind } = verdict(entry.status);
  openDetail(`${symbol} ${entry.status ?? ""} ${word} · ${entry.method} ${entry.target}`);
  $("copy").hidden = false;
  $("copy").disabled = true;
  $("narrow").hidden = true;
  const [rule, found] = split(entry.reason);
  const owner = entry.organization === null ? "none" : make("button", { type: "button", class: "link", does: () => openOrganization(entry.organization) }, entry.organization);
  const summary = [
    make("p", { class: `reason ${kind === "good" ? "" : "refused"}` }, make("b", {}, rule && rule + ":"), found),
    pairs([
      ["number", `#${grouped(entry.sequence)}`], ["arrived", `${entry.at.replace("T", " ").replace("Z", "")} UTC`],
      ["organization", owner], ["key", entry.key === null ? "none" : `…${entry.key}`],
      ["took", `${grouped(entry.latencyMs)} ms`], ["charged", plural(entry.creditsCharged, "credit")],
    ]),
  ];
  $("content").replaceChildren(...summary);
  $("content").scrollTop = 0;
  try {
    const answer = await read(`journal?since=${entry.sequence - 1}&limit=1`, { signal });
    const whole = answer.entries.find((each) => each.sequence === entry.sequence);
    if (signal.aborted) return;
    if (!whole) {
      $("content").append(make("p", { class: "mute" }, "The journal no longer has this request: it made room for newer ones, or the journal was emptied. Headers and bodies went with it."));
      return;
    }
    showCommand(whole);
    $("content").append(message("Request", whole.request), message("Response", whole.response));
  } catch (error) {
    if (!signal.aborted && !(error instanceof Denied)) $("content").append(make("p", { class: "bad" }, `✕ The request could not be read: ${error.message}`));
  }
}

function message(title, { headers, query, body, bodyBytes }) {
  const fields = Object.entries(headers);
  const node = section(title);
  if (query !== undefined) node.append(pairs([["query", query]], "fields"));
  node.append(fields.length ? pairs(fields, "fields") : make("p", { class: "mute" }, "no headers"));
  if (body === "") node.append(make("p", { class: "mute" }, "no body"));
  else node.append(make("pre", {}, pretty(body)));
  if (bodyBytes) node.append(make("p", { class: "warn" }, `The journal keeps the first 64 KiB of its ${grouped(bodyBytes)} bytes.`));
  return node;
}

// Numbers stay as they were sent: JSON.parse would round the long ones.
function pretty(body) {
  try {
    JSON.parse(body);
  } catch {
    return body;
  }
  const parts = [];
  let depth = 0, before = "";
  // Deeper than that nobody reads, and the indentation would outgrow the text by far.
  const line = () => "\n" + "  ".repeat(Math.min(depth, 40));
  for (const [part] of body.matchAll(/"(?:[^"\\]+|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+/g)) {
    if (part === "}" || part === "]") {
      depth -= 1;
      // Nothing in between stays on one line.
      if (before === "{" || before === "[") parts.pop();
      else parts.push(line());
    }
    parts.push(part === ":" ? ": " : part);
    if (part === "{" || part === "[") depth += 1;
    if (part === "{" || part === "[" || part === ",") parts.push(line());
    before = part;
  }
  return parts.join("");
}

