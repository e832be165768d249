function event(text) {
  let name = "", data = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("data: ")) data += line.slice(6);
    else if (line.startsWith("event: ")) name = line.slice(7);
  }
  if (data === "") return;
  const content = JSON.parse(data);
  // What was dropped before the first entry is older than all that the page keeps.
  if (name === "dropped") skipped += last === 0 ? 0 : content.dropped;
  else keep(content);
}

async function follow() {
  const newest = await read("journal?limit=1");
  target = newest.entries.at(-1)?.sequence ?? 0;
  // Numbers begin anew with a new double.
  if (target < last) forgetAll();
  isCaughtUp = false;
  const since = Math.max(last, target - KEPT);
  const response = await call(`events?bodies=false&since=${since}`);
  if (!response.ok) throw new Error((await response.json()).error.message);
  show("● live", "good");
  takeBack("journal");
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  caughtUp();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    let start = 0;
    for (let end; (end = rest.indexOf("\n\n", start)) >= 0; start = end + 2) event(rest.slice(start, end));
    rest = rest.slice(start);
    caughtUp();
    drawSoon();
  }
}

// The moment from which on the page shows all there is; marked for whoever measures it.
function caughtUp() {
  if (isCaughtUp || last < target) return;
  isCaughtUp = true;
  draw();
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("journal shown")));
}

async function followOn() {
  for (;;) {
    try {
      await follow();
      show("○ connection ended, trying again", "warn");
    } catch (error) {
      if (!(error instanceof Denied)) {
        const isAnswered = !(error instanceof TypeError);
        show(isAnswered ? "○ no journal, trying again" : "○ no connection, trying again", "warn");
        if (isAnswered) notice(error.message, "journal");
      }
    }
    await pause(RETRY);
  }
}

