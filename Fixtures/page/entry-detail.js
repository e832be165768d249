
// ---- The detail of a request

// Waits a moment, for whoever holds an arrow key passes many entries.
function openEntrySoon(entry) {
  clearTimeout(openingTimer);
  openingTimer = setTimeout(openEntry, 60, entry);
}

async function openEntry(entry) {
  clearTimeout(openingTimer);
  opening?.abort();
  opening = new AbortController();
  const { signal } = opening;
  [shownEntry, shownOrganization, shownItem, sheetHome, command] = [entry, null, null, null, ""];
  keep("request", entry.requestId ?? "");
  const { symbol, word, kind } = verdict(entry.status);
  openDetail(`${symbol} ${entry.status ?? ""} ${word} · ${entry.method} ${entry.target}`);
  $("copy").hidden = false;
  $("copy").disabled = true;
  $("narrow").hidden = true;
  const [rule, found] = split(entry.reason);
  const reasonClass = `reason ${kind === "good" ? "" : "refused"}`;
  $("content").replaceChildren(
    make("p", { class: reasonClass }, make("b", {}, rule && rule + ":"),
      ...linkedReason(found, entry)),
    pairs([
      ["number", `#${grouped(entry.sequence)}`],
      ["request", entry.requestId
        ? make("span", { class: "id" }, entry.requestId) : "none: these bytes were no request"],
      ...entry.traceparent
        ? [["trace", make("span", { class: "id" }, entry.traceparent)]] : [],
      ["arrived", `${entry.at.replace("T", " ").replace("Z", "")} UTC`],
      ["organization", entry.organization === null ? "none" : organizationLink(entry.organization)],
      ["key", entry.key === null ? "none" : `…${entry.key}`],
      ["took", make("span", {}, `${grouped(entry.latencyMs)} ms · `, timelineLink(entry))],
      ["charged", plural(entry.creditsCharged, "credit")],
    ]));
  $("content").scrollTop = 0;
  try {
    const answer = await read(`journal?since=${entry.sequence - 1}&limit=1`, { signal });
    const whole = answer.entries.find((each) => each.sequence === entry.sequence);
    if (signal.aborted) return;
    if (!whole) {
      $("content").append(muted("The journal no longer has this request: it made room for newer "
        + "ones, or the journal was emptied. Headers and bodies went with it."));
      return;
    }
    showCommand(whole);
    if (whole.notes.length) {
      $("content").append(section("Notes", ...whole.notes.map((note) => make("p", {}, note))));
    }
    $("content").append(message("Request", whole.request), message("Response", whole.response));
  } catch (error) {
    if (signal.aborted || error instanceof Denied) return;
    const problem = `✕ The request could not be read: ${error.message}`;
    $("content").append(make("p", { class: "bad" }, problem));
  }
}

function organizationLink(name) {
  const onClick = () => openOrganization(name);
  return make("button", { type: "button", class: "link", onClick }, name);
}

// A request or a response with its headers and body.
function message(title, { headers, query, body, bodyBytes }) {
  const fields = Object.entries(headers);
  const node = section(title);
  if (query !== undefined) node.append(pairs([["query", query]], "fields"));
  node.append(fields.length ? pairs(fields, "fields") : muted("no headers"));
  if (body === "") node.append(muted("no body"));
  else node.append(make("pre", {}, pretty(body)));
  if (bodyBytes) {
    const cut = `The journal keeps only the first 64 KiB of its ${grouped(bodyBytes)} bytes.`;
    node.append(make("p", { class: "warn" }, cut));
  }
  return node;
}

// JSON with indentation, anything else as it is. Numbers stay as they were sent: what JSON.parse
// returns has the long ones rounded.
function pretty(body) {
  try {
    JSON.parse(body);
  } catch {
    return body;
  }
  const parts = [];
  let depth = 0, before = "";
  // Nobody reads deeper than 40 levels, and the indentation would outgrow the text by far.
  const line = () => "\n" + "  ".repeat(Math.min(depth, 40));
  for (const [part] of body.matchAll(/"(?:[^"\\]+|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+/g)) {
    if (part === "}" || part === "]") {
      depth -= 1;
      // An empty object or array stays on one line.
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
