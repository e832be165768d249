
// ---- The report

const reportBody = make("div", { id: "report-body", class: "list sheet", tabindex: "0" });
let shownReport = "";

async function reportPath(format) {
  return narrowed(format ? `report?format=${format}` : "report");
}

function reportNodes(report) {
  const { budget, peak, webhooks } = report;
  const refused = report.refusals.reduce((sum, { count }) => sum + count, 0);
  const findings = report.findings.map((each) => make("section", { class: "finding" },
    make("p", { class: each.severity === "warning" ? "warn" : "mute" },
      make("b", {}, `${each.severity === "warning" ? "▲" : "○"} ${each.id}`),
      ` ${each.severity}, ${each.count === 1 ? "once" : `${grouped(each.count)} times`}`),
    make("p", {}, each.text),
    muted(`${each.example.organization ?? "no organization"}, ${moment(each.example.at)}`),
    ...each.example.requestIds.map((id) => make("p", {}, requestLink(id)))));
  const unused = report.unused.map((rule) =>
    make("p", {}, make("b", {}, rule.id), ` ${matchText(rule.match)}`));
  const part = (title, names, rows) => rows.length ? [section(title, table(names, rows))] : [];
  return [
    pairs([
      ["credits", grouped(report.credits)],
      ["price", report.usd === null ? "not known" : `US$ ${report.usd}`],
      ["requests", `${grouped(report.requests)}, ${grouped(refused)} refused`],
      ["budget", budget.limit === null ? "none"
        : `${grouped(budget.spent)} of ${grouped(budget.limit)}${budget.exceeded ? ", ✕ exceeded" : ""}`],
      ["peak", `${plural(peak.concurrency, "slot")}, ${grouped(peak.queued)} queued`],
      ["webhooks", `${grouped(webhooks.delivered)} delivered, ${grouped(webhooks.failed)} given up, ${
        plural(webhooks.attempts, "attempt")}`],
    ]),
    section(`Findings: ${report.findings.length}`,
      ...findings.length ? findings : [muted("✓ Nothing that cloro’s documents advise against.")]),
    ...part("Providers", ["provider", "sync", "async", "credits"], report.byProvider.map((each) =>
      [each.provider, grouped(each.sync), grouped(each.async), grouped(each.credits)])),
    ...part("Refusals", ["code", "times"], report.refusals.map(({ code, count }) =>
      [code, grouped(count)])),
    ...part("Labels", ["label", "requests", "refusals", "credits"], report.byLabel.map((each) =>
      [each.label ?? "none", grouped(each.requests), grouped(each.refusals),
        grouped(each.credits)])),
    section(`Rules that never struck: ${unused.length}`, ...unused.length ? unused
      : [muted("None.")]),
  ];
}

const reportMenu = organizationMenu("the whole run");
const saveReport = (format, name) =>
  make("button", {
    type: "button", onClick: async () => save(await reportPath(format), name),
  }, `Save ${format === "junit" ? "JUnit" : format === "json" ? "JSON" : "Markdown"}`);

addView({
  name: "report", title: "Report",
  async refresh() {
    const report = await read(await reportPath());
    const text = JSON.stringify(report);
    // A text that someone is selecting is left alone while nothing has changed.
    if (text === shownReport) return;
    shownReport = text;
    reportBody.replaceChildren(...reportNodes(report));
  },
}).append(
  make("div", { class: "bar" }, make("h2", {}, "Report"), reportMenu,
    saveReport("json", "report.json"), saveReport("markdown", "report.md"),
    saveReport("junit", "report.xml"),
    copyButton("Copy call as curl", () => callCommand({
      method: "GET", path: chosenOrganization() && wholeKeys.get(chosenOrganization())
        ? `report?key=${wholeKeys.get(chosenOrganization())}` : "report",
    }))),
  reportBody);
