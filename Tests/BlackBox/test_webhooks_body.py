"""What a webhook says, and how a receiver makes sure of it."""

import json
import subprocess
import time
from shutil import which

import pytest

from async_support import (
    HOLD,
    deliveries,
    drive,
    finished,
    hooked,
    in_slots,
    moment,
    read,
    settled,
    submit,
    submit_batch,
    task,
)
from receiver import Gate, Receiver, verify
from support import eventually

SECRET = "whsec_Äpfel und \"Birnen\" 🍐"
TEXTS = [
    "Plain", "Grüße aus Köln", "日本語の質問", "🚀👩\u200d👩\u200d👧", 'a\0b\n\t"\\/',
    "\u2028e\u0301", "x" * 9999,
]  # fmt: skip
SIGNATURE_FIELDS = {"x-cloro-timestamp", "x-cloro-signature", "x-cloro-webhook-id"}
NODE = """
const { createHmac, timingSafeEqual } = require("node:crypto");
const hits = JSON.parse(require("fs").readFileSync(0, "utf8"));
for (const { headers, body } of hits) {
  const raw = Buffer.from(body, "base64");
  const stamp = headers["x-cloro-timestamp"];
  if (Math.abs(Date.now() / 1000 - Number(stamp)) > 300) throw new Error("too old");
  const mac = createHmac("sha256", process.argv[1]);
  mac.update(stamp + "."); mac.update(raw);
  const expected = Buffer.from("v1=" + mac.digest("hex"));
  const given = Buffer.from(headers["x-cloro-signature"]);
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new Error("bad signature");
  JSON.parse(raw.toString("utf8"));
}
console.log(hits.length);
"""


@pytest.fixture
def receiver():
    with Receiver() as one:
        yield one


@pytest.mark.parametrize("revision", ["2026-07", "2026-10"])
@pytest.mark.parametrize("end", ["complete", "fail"])
def test_the_body_is_the_task_without_its_webhook_block(shared, receiver, revision, end):
    key = shared.minted(progression=HOLD, contract=revision)
    identifier = submit(shared, key, hooked(receiver, idempotencyKey="k"))
    drive(shared, identifier, end)
    (hit,) = receiver.wait(1)
    assert hit.path == "/hook" and hit.headers["content-type"] == "application/json"
    assert "transfer-encoding" not in hit.headers and "expect" not in hit.headers
    answer = shared.get(key, f"/v1/async/task/{identifier}")
    expected = ["task", "credits", "webhook", "response"]
    if revision == "2026-07":
        expected.remove("webhook")
    assert list(answer.json()) == expected
    block = json.dumps(answer.json().get("webhook"), separators=(",", ":"))
    # Byte by byte: the same encoding.
    assert hit.body == answer.content.replace(b',"webhook":' + block.encode(), b"")
    assert not SIGNATURE_FIELDS & set(hit.headers)


def test_the_sample_handler_of_the_document_works(shared, receiver):
    ids = submit_batch(shared, shared.minted(), [hooked(receiver, text="Acme?")] * 20)
    hits = receiver.wait(20)
    assert sorted(hit.json()["task"]["id"] for hit in hits) == sorted(ids)
    for hit in hits:
        data = hit.json()
        assert f"Task {data['task']['id']} completed: {data['response']['text'][:100]}..."


def signed(double, receiver):
    key = double.minted(webhookSecret=SECRET, progression={"mode": "immediate"})
    ids = submit_batch(double, key, [hooked(receiver, text=text) for text in TEXTS])
    return key, ids, receiver.wait(len(TEXTS))


def test_python_s_usual_verification_accepts(shared, receiver):
    key, ids, hits = signed(shared, receiver)
    for hit in hits:
        assert verify(SECRET, hit) and not verify("whsec_other", hit)
        assert hit.headers["x-cloro-webhook-id"] == f"{hit.task}-1"
    assert sorted(hit.task for hit in hits) == sorted(ids)
    for identifier, text in zip(ids, TEXTS, strict=True):
        (hit,) = [hit for hit in hits if hit.task == identifier]
        assert hit.json()["response"] == read(shared, key, identifier)["response"], text[:9]


def test_secrets_that_look_alike_stay_apart_over_a_restart(double, receiver, tmp_path):
    """Their bytes sign, and these differ although Unicode holds the texts for equal."""
    secrets = ["caf\u00e9", "cafe\u0301"]
    first = double("--database", tmp_path / "ledger.db")
    keys = [first.minted(webhookSecret=secret) for secret in secrets]
    first.kill()
    second = double("--database", tmp_path / "ledger.db")
    for number, (key, secret) in enumerate(zip(keys, secrets, strict=True), 1):
        identifier = submit(second, key, hooked(receiver))
        (hit,) = [hit for hit in receiver.wait(number) if hit.task == identifier]
        assert verify(secret, hit), secret.encode()


@pytest.mark.skipif(which("node") is None, reason="no node")
def test_node_s_usual_verification_accepts(shared, receiver):
    import base64

    _, _, hits = signed(shared, receiver)
    told = [{"headers": h.headers, "body": base64.b64encode(h.body).decode()} for h in hits]
    judged = subprocess.run(
        ["node", "-e", NODE, SECRET], input=json.dumps(told), text=True, capture_output=True,
        timeout=20,
    )  # fmt: skip
    assert (judged.returncode, judged.stdout) == (0, f"{len(TEXTS)}\n"), judged.stderr


def test_the_timestamp_is_the_world_s_even_in_2030(double, receiver):
    clock = double("--clock", "manual")
    clock.control("PUT", "clock", {"now": "2030-01-01T00:00:00.000Z"}, status=200)
    key = clock.minted(webhookSecret="whsec_x", contract="2026-10")
    identifier = submit(clock, key, hooked(receiver))
    (hit,) = receiver.wait(1)
    assert abs(int(hit.headers["x-cloro-timestamp"]) - time.time()) < 5
    assert verify("whsec_x", hit)
    assert hit.json()["task"]["createdAt"].startswith("2030-01-01T00:00:00.")
    (row,) = settled(clock, key, 1)
    assert row["at"].startswith("2030-01-01T00:00:00.")
    assert read(clock, key, identifier)["webhook"]["deliveredAt"] == row["at"]


def test_each_retry_is_signed_anew(double):
    clock = double("--clock", "manual")
    key = clock.minted(webhookSecret="whsec_x")
    with Receiver(500) as receiver:
        submit(clock, key, hooked(receiver))
        settled(clock, key, 1)
        clock.advance(120)
        first, second = receiver.wait(2)
    assert first.body == second.body
    assert verify("whsec_x", first) and verify("whsec_x", second)
    assert [hit.headers["x-cloro-webhook-id"][-2:] for hit in (first, second)] == ["-1", "-2"]


def test_the_webhook_block_of_2026_10(frozen):
    key = frozen.minted(contract="2026-10", progression=HOLD)
    gate = Gate()
    with Receiver(gate) as receiver:
        identifier = submit(frozen, key, hooked(receiver))
        plain = submit(frozen, key)
        in_slots(frozen, key, 2)
        assert "webhook" not in read(frozen, key, identifier)
        drive(frozen, identifier, "complete")
        drive(frozen, plain, "complete")
        assert "webhook" not in read(frozen, key, plain)
        receiver.wait(1)
        block = {"url": receiver.url, "deliveredAt": None, "delivered": False}
        assert json.dumps(read(frozen, key, identifier)["webhook"]) == json.dumps(block)
        gate.open()
        done = eventually(
            lambda: (now := read(frozen, key, identifier)["webhook"])["delivered"] and now, "2xx")
        assert moment(done["deliveredAt"])


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
def test_any_2xx_is_delivered(frozen, status):
    key = frozen.minted(contract="2026-10")
    with Receiver(status) as receiver:
        identifier = submit(frozen, key, hooked(receiver))
        (row,) = settled(frozen, key, 1)
        assert (row["status"], row["error"]) == (status, None)
        assert read(frozen, key, identifier)["webhook"]["delivered"] is True


def test_webhooks_come_in_the_order_of_completion(frozen, receiver):
    key = frozen.minted(progression=HOLD)
    ids = submit_batch(frozen, key, [hooked(receiver)] * 5)
    in_slots(frozen, key, 5)
    for count, index in enumerate((3, 0, 4, 1, 2), 1):
        drive(frozen, ids[index], "complete")
        receiver.wait(count)
    assert [hit.task for hit in receiver.hits] == [ids[index] for index in (3, 0, 4, 1, 2)]


def test_a_cleared_task_reports_nothing(frozen, receiver):
    key = frozen.minted(progression=HOLD, concurrency=1)
    running, _ = submit_batch(frozen, key, [hooked(receiver)] * 2)
    in_slots(frozen, key, 1)
    headers = {"Authorization": f"Bearer {key}"}
    frozen.http.delete("/v1/async/queue", headers=headers)
    drive(frozen, running, "complete")
    assert [row["taskId"] for row in settled(frozen, key, 1)] == [running]
    assert len(receiver.hits) == 1


def test_a_task_that_fails_at_pick_up_is_reported(frozen, receiver):
    key = frozen.minted(credits=5, concurrency=1, progression=HOLD)
    first, second = submit_batch(frozen, key, [task(), hooked(receiver)])
    in_slots(frozen, key, 1)
    drive(frozen, first, "complete")
    (hit,) = receiver.wait(1)
    assert hit.json() == finished(frozen, key, second)
    assert hit.json()["response"]["error"]["code"] == "INSUFFICIENT_CREDITS"


def test_a_large_body_arrives_whole(frozen, receiver):
    key = frozen.minted(progression=HOLD)
    identifier = submit(frozen, key, hooked(receiver))
    result = {"text": "ü" * 3_000_000}
    assert drive(frozen, identifier, "complete", {"result": result}).status_code == 200
    (hit,) = receiver.wait(1)
    assert hit.json()["response"] == result
    assert [row["status"] for row in settled(frozen, key, 1)] == [200]
    assert len(deliveries(frozen, key)[0]["body"]) == len(hit.body.decode())
