
// ---- Keys, and the double as a whole

function mintKey() {
  const plans = ["", "free", "lite", "hobby", "starter", "growth", "business", "enterprise-2k",
    "enterprise-3k", "enterprise-4k", "enterprise-5k"];
  const fields = {
    label: field("Label"), plan: field("Plan", { options: plans.map((name) => [name, name || "the double’s own"]) }),
    credits: field("Credits", { type: "number", hint: "the plan’s" }),
    concurrency: field("Slots", { type: "number", hint: "the plan’s" }),
    requestsPerSecond: field("Requests a second", { type: "number", hint: "the plan’s" }),
    organization: field("Organization to join", {
      options: [["", "a new one"], ...organizations.map((each) => each.organization)],
    }),
  };
  openSheet("Mint a key", [callForm({
    intro: "An organization of its own, for one test: its credits, slots and limits are nobody else’s.",
    nodes: Object.values(fields).map((each) => each.node),
    call: () => ({
      method: "POST", path: "keys", body: present(Object.fromEntries(
        Object.entries(fields).map(([name, each]) => [name, each.given()]))) ?? {},
    }),
    button: "Mint", said: ({ organization }) => `A key of ${organization} was minted.`,
    done: showKey,
  })], organizationRows.box);
}

function showKey({ key, organization, plan, credits }) {
  wholeKeys = new Map();
  const ask = [
    `curl ${quoted(`${location.origin}/v1/monitor/chatgpt`)}`,
    `--header ${quoted(`Authorization: Bearer ${key}`)}`,
    `--header ${quoted("Content-Type: application/json")}`,
    `--data-raw ${quoted(JSON.stringify({ prompt: "What is the best laptop?", country: "US" }))}`,
  ].join(" \\\n  ");
  openSheet("A new key", [
    make("pre", { id: "minted" }, key),
    make("div", { class: "buttons" }, copyButton("Copy the key", () => key),
      copyButton("Copy a request as curl", () => ask)),
    pairs([["organization", organizationLink(organization)], ["plan", plan],
      ["credits", grouped(credits)]]),
    section("A request to paste", make("pre", {}, ask)),
  ], organizationRows.box);
}
$("mint").addEventListener("click", mintKey);

async function resetForm() {
  await keyOf("");
  const owner = field("What", {
    options: [["", "everything"], ...organizations.map((each) => each.organization)],
  });
  openSheet("Reset", [callForm({
    intro: "Back to the loaded fixtures: balances, tasks, rules and the journal. With an organization, only what is its own.",
    nodes: [owner.node],
    call: () => {
      const key = owner.given() && wholeKeys.get(owner.given());
      return { method: "POST", path: key ? `reset?key=${key}` : "reset" };
    },
    button: "Reset it", said: () => `${owner.given() ?? "Everything"} was reset.`,
    done() {
      closeDetail();
      wholeKeys = new Map();
      if (!owner.given()) forgetAll();
      draw();
    },
  })]);
}
$("reset").addEventListener("click", resetForm);
