"""The tabs for tasks, webhooks, ledger, rules and the report."""

from playwright.sync_api import expect

from support import question


def task(provider="chatgpt", priority=5, **members):
    payload = question(provider, f"Which laptop, {priority}?")
    return {
        "taskType": provider.upper(), "payload": payload, "priority": priority, **members,
    }  # fmt: skip


def opened(shown, name):
    shown.find(f"#tab-{name}").click()
    return shown.find(f"#{name} .row:not([hidden])")


def test_tasks_stand_in_the_order_in_which_they_go_on(double, tab):
    one = double("--clock", "manual", "--latency", "60s")
    key = one.minted(concurrency=1)
    for priority in (1, 3, 9):
        one.post(key, "/v1/async/task", task(priority=priority))
    shown = tab(one)
    rows = opened(shown, "tasks")
    expect(rows).to_have_count(3)
    # The highest priority is picked up first, and the first one was alone then.
    for row, texts in zip(
        rows.all(), [["PROCESSING", "P1", "due in 1 min"], ["QUEUED", "P9"], ["QUEUED", "P3"]]
    ):
        for text in texts:
            expect(row).to_contain_text(text)
    expect(rows.nth(1)).to_contain_text("waits for a slot")
    shown.find("#tasks").get_by_label("State").select_option("QUEUED")
    expect(rows).to_have_count(2)
    shown.page.get_by_label("Filter the tasks").fill("laptop p3")
    expect(rows).to_have_count(1)
    shown.page.reload()
    expect(rows).to_have_count(1)


def test_a_held_task_is_released_completed_and_failed(double, tab):
    one = double("--clock", "manual")
    key = one.minted(progression="hold")
    for priority in (1, 2, 3):
        one.post(key, "/v1/async/task", task(priority=priority))
    shown = tab(one)
    rows = opened(shown, "tasks")
    for text, button, status in [
        ("P1", "Release", "COMPLETED"), ("P2", "Complete", "COMPLETED"), ("P3", "Fail", "FAILED"),
    ]:  # fmt: skip
        rows.filter(has_text=text).click()
        expect(shown.detail).to_contain_text("held until it is released")
        shown.detail.get_by_role("button", name=button, exact=True).click()
        expect(shown.find("#made-call")).to_contain_text("POST /_mock/tasks/")
        if button == "Release":
            one.advance(1)
        expect(rows.filter(has_text=text)).to_contain_text(status)
    by_priority = {each["priority"]: each["status"]
                   for each in one.control("GET", "tasks").json()["tasks"]}  # fmt: skip
    assert by_priority == {1: "COMPLETED", 2: "COMPLETED", 3: "FAILED"}


def test_a_webhook_shows_attempts_signature_body_and_when_it_is_retried(double, tab):
    one = double("--clock", "manual")
    key = one.minted(webhookSecret="whsec_test")
    one.post(key, "/v1/async/task", task(webhook={"url": "http://127.0.0.1:9/hook"}))
    one.advance(1)
    shown = tab(one)
    row = opened(shown, "webhooks").first
    for text in ("http://127.0.0.1:9/hook", "retry in", "1 attempt"):
        expect(row).to_contain_text(text)
    row.click()
    for text in ("X-Cloro-Signature", "v1=", "X-Cloro-Timestamp", '"status": "COMPLETED"'):
        expect(shown.detail).to_contain_text(text)
    shown.detail.get_by_role("button", name="Redeliver").click()
    expect(shown.find("#made-call")).to_contain_text("/redeliver")
    expect(row).to_contain_text("2 attempts")


def test_the_ledger_shows_entries_balance_and_burn(double, tab):
    one = double("--clock", "manual")
    made = one.mint(credits=100)
    one.ask(made["key"])
    shown = tab(one)
    rows = opened(shown, "ledger")
    shown.find("#ledger .by").select_option(made["organization"])
    expect(rows.first).to_contain_text("−7")
    expect(rows.first).to_contain_text("balance 93")
    expect(rows.nth(1)).to_contain_text("+100")
    expect(shown.find("#ledger-state")).to_contain_text("93 credits · burn")
    expect(shown.find("#ledger-state")).to_contain_text("✓ the entries’ sum is the balance")
    rows.first.click()
    shown.detail.locator("button.id").click()
    expect(shown.find("#detail-title")).to_contain_text("POST /v1/monitor/chatgpt")


def test_rules_show_their_strikes_and_the_unused_are_marked(double, tab):
    one = double("--clock", "manual")
    fault = {"match": {"provider": "grok"}, "fault": {"kind": "status", "status": 503}}
    one.control("POST", "faults", {**fault, "times": 3}, status=201)
    stub = {"match": {"prompt": {"contains": "never asked"}}, "result": {"text": "x"}}
    one.control("POST", "responses", stub, status=201)
    for _ in range(2):
        one.ask(one.first_key, "grok")
    shown = tab(one)
    rows = opened(shown, "rules")
    for text in ("fault-1", "status 503", "provider grok", "struck 2 times", "1 more"):
        expect(rows.first).to_contain_text(text)
    for text in ("stub-1", "prompt contains never asked", "○ unused"):
        expect(rows.nth(1)).to_contain_text(text)
    rows.first.click()
    shown.detail.get_by_role("button", name="Remove").click()
    expect(rows).to_have_count(1)
    assert one.control("GET", "faults").json()["faults"] == []


def test_the_report_shows_findings_with_their_requests(double, tab):
    one = double("--clock", "manual")
    key = one.minted(credits=0)
    for _ in range(2):
        one.ask(key)
    shown = tab(one)
    shown.find("#tab-report").click()
    body = shown.find("#report-body")
    for text in ("retried-client-error", "INSUFFICIENT_CREDITS", "2, 2 refused"):
        expect(body).to_contain_text(text)
    body.locator("button.id").first.click()
    expect(shown.find("#detail-title")).to_contain_text("403")
