
// ---- The stream of events

// The newest entry when the stream began, and whether all up to it have come.
let targetSequence = 0, isCaughtUp = false;

function takeEvent(text) {
  let name = "", data = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("data: ")) data += line.slice(6);
    else if (line.startsWith("event: ")) name = line.slice(7);
  }
  if (data === "") return;
  const content = JSON.parse(data);
  // What was dropped before the first entry is older than all that the page keeps.
  if (name === "dropped") skipped += lastSequence === 0 ? 0 : content.dropped;
  else keepEntry(content);
}

// Reads the stream until it ends.
async function follow() {
  const newest = await read("journal?limit=1");
  targetSequence = newest.entries.at(-1)?.sequence ?? 0;
  // Numbers begin anew with a new double.
  if (targetSequence < lastSequence) forgetAll();
  isCaughtUp = false;
  const since = Math.max(lastSequence, targetSequence - MAXIMUM_ENTRIES);
  const response = await call(`events?bodies=false&since=${since}`);
  if (!response.ok) throw new Error((await response.json()).error.message);
  showState("● live", "good");
  withdrawNotice("journal");
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  markCaughtUp();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    let start = 0;
    for (let end; (end = rest.indexOf("\n\n", start)) >= 0; start = end + 2) {
      takeEvent(rest.slice(start, end));
    }
    rest = rest.slice(start);
    markCaughtUp();
    drawSoon();
    // Timers of a hidden page may take a minute, in which the double would drop what isn't read.
    const isSteady = isCaughtUp && !document.hidden && value.length < SHORT_READ;
    if (isSteady) await pause(SHORT_READ_INTERVAL);
  }
}

// The moment from which on the page shows all there is; marked for whoever measures it.
function markCaughtUp() {
  if (isCaughtUp || lastSequence < targetSequence) return;
  isCaughtUp = true;
  draw();
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("journal shown")));
}

// Follows the stream for good, and connects again when it ends.
async function keepFollowing() {
  for (;;) {
    try {
      await follow();
      showState("○ connection ended, trying again", "warn");
    } catch (error) {
      if (!(error instanceof Denied)) {
        const isAnswered = !(error instanceof TypeError);
        const problem = isAnswered ? "no journal" : "no connection";
        showState(`○ ${problem}, trying again`, "warn");
        if (isAnswered) notice(error.message, "journal");
      }
    }
    await pause(RETRY_INTERVAL);
  }
}
