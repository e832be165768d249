
// ---- The clock

// What the double last said of its clock, and when.
let clock = null;

function takeClock(answer) {
  clock = { ...answer, seen: performance.now() };
  setText($("mode"), answer.mode);
  for (const id of ["advance", "move"]) $(id).hidden = answer.mode !== "manual";
  drawClock();
}

function drawClock() {
  if (!clock) return;
  const elapsed = (performance.now() - clock.seen) * clock.factor;
  const now = elapsed ? new Date(Date.parse(clock.now) + elapsed).toISOString() : clock.now;
  const length = clock.mode === "manual" ? 23 : 19;
  setText($("now"), `${now.slice(0, length).replace("T", " ")} UTC`);
  $("now").dateTime = now;
}

// Seconds of a unit.
const units = { ms: 0.001, s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86400 };

// The seconds that a text like "90", "1.5 h" or "+10 min" means, or null.
function secondsOf(text) {
  const [, number, unit] = /^\s*\+?(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = units[(unit || "s").toLowerCase()];
  return number && factor ? Number((Number(number) * factor).toFixed(9)) : null;
}

async function advance(seconds) {
  const controls = [...$("advance").elements];
  const focused = document.activeElement;
  for (const control of controls) control.disabled = true;
  const call = { method: "POST", path: "clock/advance", body: { seconds } };
  try {
    const { now, fired } = await read(call.path, call);
    const kinds = new Map();
    for (const { kind } of fired) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const list = [...kinds].map(([kind, count]) => `${grouped(count)} × ${kind}`).join(", ");
    takeClock({ ...clock, now });
    const outcome = list ? `it fired ${list}` : "nothing fell due";
    notice(`The clock moved by ${grouped(seconds)} s; ${outcome}.`, "", call);
    await refresh();
  } catch (error) {
    if (!(error instanceof Denied)) notice(`✕ The clock was not moved: ${error.message}`, "", call);
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
  if (seconds === null) {
    notice("✕ How far? Give a number of seconds, or a number with ms, s, min, h or d.");
  } else advance(seconds);
});
// On narrow pages the buttons are shown when they are asked for.
$("move").addEventListener("click", () => {
  const isOpen = $("clock").classList.toggle("open");
  $("move").setAttribute("aria-expanded", isOpen);
});
setInterval(drawClock, 250);
