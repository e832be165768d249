
// ---- The forecast: which plan a load needs

// The most samples of each plan's picture.
const FORECAST_SAMPLES = 240;
const FORECAST_EXAMPLE = {
  tasks: [{ provider: "chatgpt", count: 5000 }, { provider: "google", count: 600, every: "10s" }],
  sync: [{ provider: "gemini", workers: 8, count: 1000 }],
  latency: { default: "lognormal(12s,0.6)" },
  deadline: "2h",
};
const forecastPanel = addView({ name: "forecast", title: "Forecast" });
forecastPanel.append(
  make("div", { class: "bar" }, make("h2", {}, "Which plan does this load need?")),
  make("div", { id: "forecast-body" },
    make("form", { id: "forecast-form" },
      make("label", { for: "forecast-load" }, "Load, as JSON"),
      make("textarea", { id: "forecast-load", rows: "14", spellcheck: "false",
        autocomplete: "off", "aria-describedby": "forecast-help forecast-problem" }),
      make("p", { id: "forecast-problem", class: "bad", role: "alert" }),
      make("div", { id: "forecast-acts" }, make("button", { class: "main" }, "Forecast"),
        make("button", { type: "button", id: "forecast-run", onClick: takeRun },
          "From this run’s report"),
        make("button", { type: "button", id: "forecast-copy", onClick: copyForecast },
          "Copy as curl")),
      make("p", { id: "forecast-help", class: "mute" },
        "tasks: provider, count, and include, state, pages, at or every · sync: provider, workers, "
        + "count · latency: default, or by provider · deadline · plans: names. The load is played "
        + "on a time of its own: nothing of this double is touched.")),
    make("div", { id: "forecast-answer", "aria-live": "polite" })));
$("forecast-load").value = JSON.stringify(FORECAST_EXAMPLE, null, 2);

// What is asked of the double, or null after saying why not.
function forecastOrder() {
  setText($("forecast-problem"), "");
  try {
    return { samples: FORECAST_SAMPLES, ...JSON.parse($("forecast-load").value) };
  } catch (error) {
    setText($("forecast-problem"), `✕ This is not JSON: ${error.message}`);
    return null;
  }
}

async function forecast() {
  const order = forecastOrder();
  if (!order) return;
  const button = $("forecast-form").querySelector(".main");
  button.disabled = true;
  setText(button, "Playing …");
  try {
    showForecast(await read("forecast", { method: "POST", body: order }), order);
  } catch (error) {
    if (!(error instanceof Denied)) setText($("forecast-problem"), `✕ ${error.message}`);
  }
  button.disabled = false;
  setText(button, "Forecast");
}
$("forecast-form").addEventListener("submit", (event) => {
  event.preventDefault();
  forecast();
});

// Puts what this run has asked into the form. A report doesn't say how long answers took.
async function takeRun() {
  try {
    const { byProvider, peak } = await read("report");
    if (byProvider.length === 0) throw new Error("Nothing was answered in this run yet.");
    const load = { report: { byProvider, peak }, latency: { default: "12s" }, deadline: "1h" };
    $("forecast-load").value = JSON.stringify(load, null, 2);
  } catch (error) {
    if (!(error instanceof Denied)) setText($("forecast-problem"), `✕ ${error.message}`);
    return;
  }
  await forecast();
}

async function copyForecast() {
  const order = forecastOrder();
  if (!order) return;
  const path = "/_mock/forecast";
  const headers = { "Content-Type": "application/json" };
  command = curl({ method: "POST", path, request: { headers, body: JSON.stringify(order) } });
  let isCopied = true;
  try {
    await navigator.clipboard.writeText(command);
  } catch {
    isCopied = copySelected();
  }
  setText($("forecast-copy"), isCopied ? "✓ Copied" : "✕ Not copied");
  setTimeout(() => setText($("forecast-copy"), "Copy as curl"), 1600);
}

// `42.5 s`, `12 min` or `3 h 07 min`.
function spanText(seconds) {
  if (seconds < 600) return `${grouped(Math.round(seconds * 10) / 10)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60), rest = String(minutes % 60).padStart(2, "0");
  return hours < 48 ? `${hours} h ${rest} min` : `${grouped(Math.round(hours / 24))} days`;
}

function showForecast({ plans, cheapest }, { deadline }) {
  const when = deadline ? ` in ${deadline}` : "";
  const verdict = cheapest === null ? `✕ No plan gets it done${when}.`
    : `✓ The cheapest plan that gets it done${when}: ${cheapest}.`;
  $("forecast-answer").replaceChildren(
    make("p", { id: "forecast-verdict", class: cheapest === null ? "bad" : "good" }, verdict),
    make("div", { id: "forecast-plans" }, ...plans.map((row) => planCard(row, cheapest))));
}

function planCard(row, cheapest) {
  const { plan, finishedAfterSeconds, credits, usd, peakConcurrency, longestQueue } = row;
  const isDone = finishedAfterSeconds !== null;
  const verdict = plan === cheapest ? "✓ cheapest" : row.meetsDeadline ? "✓ in time"
    : isDone ? "✕ too late" : "✕ never done";
  return make("section", { class: `plan${plan === cheapest ? " cheapest" : ""}` },
    make("h3", {}, plan, " ",
      make("span", { class: row.meetsDeadline ? "good" : "bad" }, verdict)),
    pairs([
      ["done after", isDone ? spanText(finishedAfterSeconds) : "never: some got no result"],
      ["credits", grouped(credits)], ["US$ a month", usd === null ? "unknown" : grouped(usd)],
      ["peak slots", grouped(peakConcurrency)], ["longest queue", grouped(longestQueue)],
      ["refusals", grouped(row.refusals)],
    ]),
    usagePicture(row));
}

// Slots as an area and the queue as a line, each up to its own peak.
function usagePicture({ plan, samples = [], peakConcurrency, longestQueue }) {
  const width = 260, height = 84;
  const draw = (tag, attributes, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const name in attributes) node.setAttribute(name, attributes[name]);
    node.append(...children);
    return node;
  };
  const step = samples.length > 1 ? samples[1].atSeconds : 1;
  const end = step * Math.max(1, samples.length);
  const steps = (name, most) => samples.map((sample, index) => {
    const y = height - 1 - sample[name] / (most || 1) * (height - 6);
    const left = index / Math.max(1, samples.length) * width;
    const right = (index + 1) / Math.max(1, samples.length) * width;
    return `L${left.toFixed(1)} ${y.toFixed(1)}L${right.toFixed(1)} ${y.toFixed(1)}`;
  }).join("");
  const slots = steps("slots", peakConcurrency), queue = steps("queued", longestQueue);
  const label = `${plan} over ${spanText(end)}: up to ${plural(peakConcurrency, "slot")} in use, `
    + `up to ${plural(longestQueue, "task")} in the queue`;
  const picture = draw("svg", {
    class: "usage", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img",
    "aria-label": label,
  });
  if (samples.length) {
    picture.append(
      draw("path", { class: "slots", d: `M0 ${height - 1}${slots}L${width} ${height - 1}Z` }),
      draw("path", { class: "queue", d: `M${queue.slice(1)}` }));
  }
  return make("figure", {}, picture, make("figcaption", { class: "mute" },
    make("span", {}, make("i", { class: "swatch request", "aria-hidden": "true" }),
      `slots ≤ ${grouped(peakConcurrency)}`),
    make("span", {}, make("i", { class: "swatch line", "aria-hidden": "true" }),
      `queue ≤ ${grouped(longestQueue)}`),
    make("span", { class: "end" }, `0 … ${spanText(end)}`)));
}
