
// ---- Tasks

const taskMarks = {
  QUEUED: ["◷", "warn"], PROCESSING: ["▶", "mute"], COMPLETED: ["✓", "good"], FAILED: ["✕", "bad"],
};

// When a task goes on.
function dueText(task) {
  if (task.endedAt) return `ended ${moment(task.endedAt)}`;
  if (task.held) return "held until it is released";
  if (task.dueAt) {
    const what = task.status === "QUEUED" ? "next attempt" : "due";
    return `${what} ${away(task.dueAt)}, ${moment(task.dueAt)}`;
  }
  return task.status === "QUEUED" ? "waits for a slot" : "ends by reads or by hand";
}

// First what runs, by when it is due, then the queue in the order in which it will be picked up,
// then what is over, the newest first.
function inQueueOrder(tasks) {
  const place = { PROCESSING: 0, QUEUED: 1, COMPLETED: 2, FAILED: 2 };
  return tasks.sort((one, other) => {
    const difference = place[one.status] - place[other.status];
    if (difference) return difference;
    if (one.status === "PROCESSING") {
      return (one.dueAt ?? "~").localeCompare(other.dueAt ?? "~") || one.number - other.number;
    }
    if (one.status === "QUEUED") return other.priority - one.priority || one.number - other.number;
    return other.endedAt.localeCompare(one.endedAt) || other.number - one.number;
  });
}

function taskActions(task) {
  if (task.endedAt) return [];
  const change = (verb, body, done) => act(
    { method: "POST", path: `tasks/${task.id}/${verb}`, body }, () => `The task was ${done}.`);
  const release = make("button", {
    type: "button", onClick: () => change("release", undefined, "released"),
  }, "Release");
  if (!task.held) release.disabled = true;
  const result = field("Result, as JSON", { type: "long", hint: "empty: the provider’s own" });
  const code = field("Code", { hint: "INTERNAL_SERVER_ERROR" });
  const message = field("Message", { hint: "Task failed after max retries" });
  const more = (title, button, nodes, verb, body, done) => make("details", {},
    make("summary", {}, title), callForm({
      nodes, button, said: () => `The task was ${done}.`,
      call: () => ({ method: "POST", path: `tasks/${task.id}/${verb}`, body: body() }),
    }));
  return [
    make("div", { class: "buttons" }, release,
      make("button", { type: "button", onClick: () => change("complete", undefined, "completed") },
        "Complete"),
      make("button", { type: "button", onClick: () => change("fail", undefined, "failed") }, "Fail")),
    more("Complete with a result", "Complete with it", [result.node], "complete", () => {
      const text = result.given();
      return text === undefined ? {} : { result: parsed(text) };
    }, "completed"),
    more("Fail with an error", "Fail with it", [code.node, message.node], "fail",
      () => present({ code: code.given(), message: message.given() }) ?? {}, "failed"),
  ];
}

// The value of a JSON text; throws with words for its writer.
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("That is no JSON.");
  }
}

addListView({
  name: "tasks", title: "Tasks", what: "tasks",
  load: async () => inQueueOrder((await read(await narrowed("tasks"))).tasks),
  id: (task) => task.id,
  texts: (task) => [
    task.id, task.taskType, task.status, task.held ? "held" : "", `p${task.priority}`,
    task.question, task.organization, task.requestId, task.idempotencyKey,
  ],
  choices: [
    ["", "all states"], ["QUEUED", "queued"], ["PROCESSING", "processing"],
    ["COMPLETED", "completed"], ["FAILED", "failed"], ["held", "held"],
  ],
  isIn: (task, state) => state === "held" ? task.held : task.status === state,
  row(task) {
    const [symbol, kind] = taskMarks[task.status];
    return {
      mark: `${task.held ? "‖" : symbol} ${task.status}`, kind, head: task.question,
      tail: task.organization, line: `P${task.priority} · ${task.taskType} · ${dueText(task)}`,
      end: `${task.credits.creditsCharged ?? task.credits.creditsToCharge} cr`,
    };
  },
  itemTitle: (task) => `${task.status} · ${task.taskType}`,
  detail: (task) => [
    ...taskActions(task),
    pairs([
      ["task", make("span", { class: "id" }, task.id)], ["question", task.question],
      ["priority", `P${task.priority} of 1 to 10`],
      ["state", task.held ? `${task.status}, held` : task.status], ["goes on", dueText(task)],
      ["submitted", moment(task.createdAt)], ["picked up", moment(task.startedAt)],
      ["price", plural(task.credits.creditsToCharge, "credit")],
      ["charged", task.credits.creditsCharged === null ? "not yet"
        : plural(task.credits.creditsCharged, "credit")],
      ["organization", organizationLink(task.organization)],
      ["submitted by", requestLink(task.requestId)], ["webhook", task.webhook?.url ?? "none"],
      ...task.idempotencyKey ? [["idempotency key", task.idempotencyKey]] : [],
    ]),
  ],
  nothing: () => "No task. Those submitted to /v1/async/task or /v1/async/batch appear here.",
});
