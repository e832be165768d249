
// ---- The ledger

const ledgerState = make("p", { id: "ledger-state", class: "summary" });
let ledgerName = "";

async function loadLedger() {
  ledgerName = chosenOrganization() || organizations[0]?.organization || "";
  const key = ledgerName && await keyOf(ledgerName);
  if (!key) {
    setText(ledgerState, ledgerName ? `${ledgerName} has no key.` : "There is no organization.");
    return [];
  }
  const page = await read(`ledger?key=${encodeURIComponent(key)}`);
  const burn = burns.get(ledgerName);
  const check = page.consistent
    ? "✓ the entries’ sum is the balance" : "✕ the entries’ sum is not the balance";
  setText(ledgerState, `${ledgerName}: ${plural(page.balance, "credit")} · burn ${
    burn ? burnText(burn) : "0/min"} · ${check}`);
  return page.entries.reverse();
}

const signed = (amount) => `${amount < 0 ? "−" : "+"}${grouped(Math.abs(amount))}`;

const ledgerView = addListView({
  name: "ledger", title: "Ledger", what: "ledger", every: "the first organization",
  load: loadLedger,
  id: (entry) => entry.id,
  texts: (entry) => [
    entry.kind, entry.endpoint, entry.requestId, entry.taskId, entry.amount, entry.balance,
  ],
  choices: [
    ["", "all kinds"], ["charge", "charges"], ["grant", "grants"], ["adjustment", "adjustments"],
    ["expiry", "expiries"],
  ],
  isIn: (entry, kind) => entry.kind === kind,
  row: (entry) => ({
    mark: signed(entry.amount), kind: entry.amount < 0 ? "bad" : "good", head: entry.kind,
    tail: `balance ${grouped(entry.balance)}`,
    line: `${moment(entry.at)} · ${entry.endpoint ?? "no endpoint"}${
      entry.count ? ` · ${plural(entry.count, "older entry", "older entries")} in one` : ""}`,
    end: `#${grouped(entry.id)}`,
  }),
  itemTitle: (entry) => `${signed(entry.amount)} · ${entry.kind}`,
  detail: (entry) => [pairs([
    ["number", `#${grouped(entry.id)}`], ["at", `${moment(entry.at)} UTC`], ["kind", entry.kind],
    ["amount", signed(entry.amount)], ["balance after it", grouped(entry.balance)],
    ["endpoint", entry.endpoint ?? "none"], ["request", requestLink(entry.requestId)],
    ["task", entry.taskId ? make("span", { class: "id" }, entry.taskId) : "none"],
  ])],
  nothing: () => "No entry.",
});
ledgerView.rows.box.before(ledgerState);
