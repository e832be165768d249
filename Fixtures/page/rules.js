
// ---- Rules: faults and stubs

// What the double's own description says of the kinds of faults, read once.
let faultKinds = null;

async function readFaultKinds() {
  if (!faultKinds) {
    const { components } = await read("openapi.json");
    faultKinds = components.schemas.FaultKind.oneOf.map(({ properties, required }) => {
      const { kind, ...members } = properties;
      return { name: kind.const, text: kind.description, members, required };
    });
  }
  return faultKinds;
}

const ruleProviders = [
  ["", "any"], "chatgpt", "gemini", "grok", "google", "google/news", "copilot", "perplexity",
  "aimode",
];

async function loadRules() {
  const [{ faults }, { responses }] = await Promise.all([
    read(await narrowed("faults")), read(await narrowed("responses")),
  ]);
  return [
    ...faults.map((each) => ({ ...each, is: "fault" })),
    ...responses.map((each) => ({ ...each, is: "stub" })),
  ];
}

// What a rule looks for: "provider grok, prompt contains x".
function matchText(match) {
  const texts = Object.entries(match).map(([name, value]) => {
    if (name === "key") return `key …${value.slice(-4)}`;
    if (typeof value !== "object") return `${name} ${value}`;
    return Object.entries(value).map(([how, text]) => `${name} ${how} ${text}`).join(", ");
  });
  return texts.length ? texts.join(", ") : "every question";
}

function effectText(rule) {
  if (rule.is === "fault") {
    const { kind, ...members } = rule.fault;
    const rest = Object.entries(members).map(([name, value]) =>
      `${name} ${typeof value === "object" ? "…" : value}`);
    return [kind, ...rest].join(", ");
  }
  if (rule.error) return `error ${rule.error.status}`;
  return rule.mode === "replace" ? "its own result" : "changes the result";
}

const strikes = ({ struck }) =>
  struck === 0 ? "never struck" : `struck ${struck === 1 ? "once" : `${grouped(struck)} times`}`;

const leftText = ({ timesLeft }) =>
  timesLeft === undefined ? "always" : timesLeft ? `${grouped(timesLeft)} more` : "used up";

function removeRule(rule) {
  const path = `${rule.is === "fault" ? "faults" : "responses"}/${encodeURIComponent(rule.id)}`;
  return act({ method: "DELETE", path }, () => `${rule.id} was removed.`);
}

// The fields by which a rule's questions are chosen, and what they say.
function matchFields(...more) {
  const provider = field("Provider", { options: ruleProviders });
  const prompt = field("Prompt contains");
  const owner = field("Organization", {
    options: [["", "all"], ...organizations.map((each) => each.organization)],
    value: chosenOrganization(),
  });
  const fields = [provider, prompt, ...more, owner];
  return {
    nodes: fields.map((each) => each.node),
    // The keys are known when the form is shown.
    match: (others) => {
      const text = prompt.given();
      return present({
        provider: provider.given(), prompt: text && { contains: text },
        key: owner.given() && wholeKeys.get(owner.given()), ...others(),
      });
    },
  };
}

async function addFault() {
  const [kinds] = await Promise.all([readFaultKinds(), keyOf("")]);
  const kind = field("What goes wrong", {
    options: kinds.map(({ name, text }) => [name, `${name}: ${text ?? ""}`]),
  });
  const box = make("div", { class: "sheet" });
  let members = [];
  const show = () => {
    const { members: described, required } = kinds.find(({ name }) => name === kind.control.value);
    members = Object.entries(described).map(([name, schema]) => {
      const options = schema.enum && [["", "by default"], ...schema.enum];
      const type = schema.type === "integer" ? "number" : "text";
      const hint = schema.default === undefined ? "" : `${schema.default}`;
      const value = name === "status" ? "503" : required.includes(name) ? "2s" : "";
      return [name, field(name, { type, options, hint, value: options ? "" : value })];
    });
    box.replaceChildren(...members.map(([, each]) => each.node));
  };
  kind.control.addEventListener("input", show);
  show();
  const nth = field("Only the nth", { type: "number" });
  const path = field("Path", { hint: "/v1/async/task/{taskId}" });
  const times = field("How often", { type: "number", hint: "always" });
  const probability = field("Probability", { type: "number", hint: "1" });
  const { nodes, match } = matchFields(path, nth);
  openSheet("Add a fault", [callForm({
    nodes: [kind.node, box, ...nodes, times.node, probability.node],
    call: () => ({
      method: "POST", path: "faults", body: present({
        match: match(() => ({ path: path.given(), nth: nth.given() })),
        fault: present({
          kind: kind.control.value,
          ...Object.fromEntries(members.map(([name, each]) => [name, each.given()])),
        }),
        times: times.given(), probability: probability.given(),
      }),
    }),
    button: "Add the fault", said: ({ id }) => `${id} was added.`,
    done: () => closeDetail(),
  })], $("rules-list"));
}

async function addStub() {
  await keyOf("");
  const text = field("Answer’s text", { type: "long" });
  const result = field("Or members of the result, as JSON", { type: "long", hint: "{\"text\": …}" });
  const status = field("Or an error’s status", { type: "number", hint: "503" });
  const country = field("Country", { hint: "US" });
  const latency = field("Latency", { hint: "2s" });
  const times = field("How often", { type: "number", hint: "always" });
  const { nodes, match } = matchFields(country);
  openSheet("Add a stub", [callForm({
    nodes: [...nodes, text.node, result.node, status.node, latency.node, times.node],
    call: () => {
      const [words, members, code] = [text.given(), result.given(), status.given()];
      return {
        method: "POST", path: "responses", body: present({
          match: match(() => ({ country: country.given() })),
          result: code !== undefined ? undefined
            : members === undefined ? { text: words ?? "" } : parsed(members),
          error: code === undefined ? undefined : { status: code },
          latency: latency.given(), times: times.given(),
        }),
      };
    },
    button: "Add the stub", said: ({ id }) => `${id} was added.`,
    done: () => closeDetail(),
  })], $("rules-list"));
}

addListView({
  name: "rules", title: "Rules", what: "rules", load: loadRules,
  id: (rule) => `${rule.is} ${rule.id}`,
  texts: (rule) => [
    rule.id, rule.is, effectText(rule), matchText(rule.match), rule.struck ? "used" : "unused",
  ],
  choices: [["", "all rules"], ["fault", "faults"], ["stub", "stubs"], ["unused", "unused"]],
  isIn: (rule, state) => state === "unused" ? rule.struck === 0 : rule.is === state,
  tools: [
    make("button", { type: "button", onClick: addFault }, "Add a fault"),
    make("button", { type: "button", onClick: addStub }, "Add a stub"),
  ],
  row: (rule) => ({
    mark: rule.id, kind: rule.is === "fault" ? "bad" : "mute", head: effectText(rule),
    tail: rule.struck ? strikes(rule) : "○ unused",
    line: matchText(rule.match), end: leftText(rule),
  }),
  itemTitle: (rule) => `${rule.id} · ${effectText(rule)}`,
  detail: (rule) => {
    const { is, ...shown } = rule;
    if (shown.match.key) shown.match = { ...shown.match, key: `…${shown.match.key.slice(-4)}` };
    return [
      make("div", { class: "buttons" },
        make("button", { type: "button", onClick: () => removeRule(rule) }, "Remove")),
      pairs([
        ["matched", plural(rule.seen, "time")], ["strikes", strikes(rule)],
        ["will strike", leftText(rule)], ["looks for", matchText(rule.match)],
      ]),
      section(is === "fault" ? "The fault" : "The stub",
        make("pre", {}, pretty(JSON.stringify(shown)))),
    ];
  },
  nothing: () => "No rule. A fault makes something go wrong, a stub answers in a provider’s place.",
});
