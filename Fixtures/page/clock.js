// ---- The clock

let clock = null;

function takeClock(answer) {
  clock = { ...answer, seen: performance.now() };
  put($("mode"), answer.mode);
  $("advance").hidden = answer.mode !== "manual";
  drawClock();
}

function drawClock() {
  if (!clock) return;
  const elapsed = (performance.now() - clock.seen) * clock.factor;
  const now = elapsed ? new Date(Date.parse(clock.now) + elapsed).toISOString() : clock.now;
  const length = clock.mode === "manual" ? 23 : 19;
  put($("now"), `${now.slice(0, length).replace("T", " ")} UTC`);
  $("now").dateTime = now;
}

const units = { ms: 0.001, s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86400 };

function secondsOf(text) {
  const [, number, unit] = /^\s*\+?(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = units[(unit || "s").toLowerCase()];
  return number && factor ? Number((Number(number) * factor).toFixed(9)) : null;
}

async function advance(seconds) {
  const controls = [...$("advance").elements];
  const focused = document.activeElement;
  for (const control of controls) control.disabled = true;
  try {
    const { now, fired } = await read("clock/advance", { method: "POST", body: { seconds } });
    const kinds = new Map();
    for (const { kind } of fired) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const list = [...kinds].map(([kind, count]) => `${grouped(count)} × ${kind}`).join(", ");
    takeClock({ ...clock, now });
    notice(`The clock moved by ${grouped(seconds)} s; ${list ? `it fired ${list}` : "nothing fell due"}.`);
    await refresh();
  } catch (error) {
    if (!(error instanceof Denied)) notice(`✕ The clock was not moved: ${error.message}`);
  }
  for (const control of controls) control.disabled = false;
  if ($("advance").contains(focused)) focused.focus();
}

$("advance").addEventListener("click", (event) => {
  const seconds = event.target.closest("button")?.dataset.seconds;
  if (seconds) advance(Number(seconds));
});
$("advance").addEventListener("submit", (event) => {
  event.preventDefault();
  const seconds = secondsOf($("step").value);
  if (seconds === null) return notice("✕ How far? A number of seconds, or one with ms, s, min, h or d.");
  advance(seconds);
});
setInterval(drawClock, 250);

