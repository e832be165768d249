
// ---- Webhooks

// The attempts of each delivery together, the newest delivery first.
function deliveriesOf(attempts) {
  const byNumber = new Map();
  for (const each of attempts) {
    if (!byNumber.has(each.number)) byNumber.set(each.number, { ...each, attempts: [] });
    byNumber.get(each.number).attempts.push(each);
  }
  return [...byNumber.values()].reverse();
}

const isAccepted = ({ status }) => status >= 200 && status < 300;

// What became of an attempt.
function outcome(attempt) {
  if (attempt.status) return `${isAccepted(attempt) ? "✓" : "✕"} ${attempt.status}`;
  return attempt.error ? `✕ ${attempt.error}` : "○ no answer yet, or only collected";
}

function stateOf(delivery) {
  const last = delivery.attempts.at(-1);
  if (delivery.attempts.some(isAccepted)) return ["✓ delivered", "good", "delivered"];
  if (delivery.retryAt) return [`◷ ${last.status ?? "failed"}`, "warn", "retry"];
  if (last.status || last.error) return ["✕ given up", "bad", "failed"];
  return ["○ sent", "mute", "open"];
}

function attemptNode(attempt) {
  return section(`Attempt ${attempt.attempt}`,
    pairs([["sent", moment(attempt.at)], ["outcome", outcome(attempt)]]),
    pairs(Object.entries(attempt.headers), "fields"));
}

addListView({
  name: "webhooks", title: "Webhooks", what: "webhooks",
  load: async () => deliveriesOf((await read(await narrowed("webhooks"))).webhooks),
  id: (delivery) => delivery.number,
  texts: (delivery) => [
    delivery.id, delivery.taskId, delivery.requestId, delivery.url, delivery.organization,
    ...delivery.attempts.flatMap(({ status, error }) => [status, error]), stateOf(delivery)[2],
  ],
  choices: [
    ["", "all states"], ["delivered", "delivered"], ["retry", "to be retried"],
    ["failed", "given up"], ["open", "under way or collected"],
  ],
  isIn: (delivery, state) => stateOf(delivery)[2] === state,
  row(delivery) {
    const last = delivery.attempts.at(-1);
    const [mark, kind] = stateOf(delivery);
    return {
      mark, kind, head: delivery.url, tail: delivery.organization,
      line: delivery.retryAt
        ? `${outcome(last)} · retry ${away(delivery.retryAt)}, ${moment(delivery.retryAt)}`
        : `${outcome(last)} · ${moment(last.at)}`,
      end: plural(delivery.attempts.length, "attempt"),
    };
  },
  itemTitle: (delivery) => `${stateOf(delivery)[0]} · ${delivery.url}`,
  detail: (delivery) => [
    make("div", { class: "buttons" }, make("button", {
      type: "button", onClick: () => act(
        { method: "POST", path: `webhooks/${delivery.id}/redeliver` }, () => "It is sent once more."),
    }, "Redeliver")),
    pairs([
      ["delivery", make("span", { class: "id" }, delivery.id)],
      ["next attempt", delivery.retryAt
        ? `${away(delivery.retryAt)}, ${moment(delivery.retryAt)}` : "none is planned"],
      ["task", make("span", { class: "id" }, delivery.taskId)],
      ["submitted by", requestLink(delivery.requestId)],
      ["organization", organizationLink(delivery.organization)],
    ]),
    ...delivery.attempts.map(attemptNode).reverse(),
    section("Body", make("pre", {}, pretty(delivery.body))),
  ],
  nothing: () => "No webhook. A task with webhook.url is reported there when it ends.",
});
