"""What a webhook says, byte by byte, and how a receiver makes sure of it."""

import json
import subprocess
from shutil import which

import pytest

from async_support import (
    HOLD,
    deliveries,
    drive,
    hooked,
    in_slots,
    read,
    settled,
    submit,
    submit_batch,
)
from receiver import Receiver, verify

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


def test_null_takes_a_secret_away(double, fixture_file, receiver, tmp_path):
    file = fixture_file(webhooks={"secret": SECRET})
    options = ("--fixture", file, "--database", tmp_path / "ledger.db")
    first = double(*options)
    keys = [
        first.minted(webhookSecret=None), first.minted(), first.minted(webhookSecret="whsec_own"),
    ]  # fmt: skip
    first.patch(keys[2], webhookSecret=None)
    # Both hold after a restart too.
    first.kill()
    second = double(*options)
    signed = []
    for number, key in enumerate(keys, 1):
        identifier = submit(second, key, hooked(receiver))
        (hit,) = [hit for hit in receiver.wait(number) if hit.task == identifier]
        signed.append(bool(SIGNATURE_FIELDS & set(hit.headers)))
    assert signed == [False, True, False]
    second.patch(keys[0], webhookSecret=SECRET)
    submit(second, keys[0], hooked(receiver))
    assert verify(SECRET, receiver.wait(4)[-1])


@pytest.mark.skipif(which("node") is None, reason="no node")
def test_node_s_usual_verification_accepts(shared, receiver):
    import base64

    _, _, hits = signed(shared, receiver)
    told = [{"headers": h.headers, "body": base64.b64encode(h.body).decode()} for h in hits]
    judged = subprocess.run(
        ["node", "-e", NODE, SECRET], input=json.dumps(told), text=True, capture_output=True,
        timeout=90,
    )  # fmt: skip
    assert (judged.returncode, judged.stdout) == (0, f"{len(TEXTS)}\n"), judged.stderr


def test_a_cleared_task_reports_nothing(frozen, receiver):
    key = frozen.minted(progression=HOLD, concurrency=1)
    running, _ = submit_batch(frozen, key, [hooked(receiver)] * 2)
    in_slots(frozen, key, 1)
    headers = {"Authorization": f"Bearer {key}"}
    frozen.http.delete("/v1/async/queue", headers=headers)
    drive(frozen, running, "complete")
    assert [row["taskId"] for row in settled(frozen, key, 1)] == [running]
    assert len(receiver.hits) == 1


def test_a_large_body_arrives_whole(frozen, receiver):
    key = frozen.minted(progression=HOLD)
    identifier = submit(frozen, key, hooked(receiver))
    result = {"text": "ü" * 3_000_000}
    assert drive(frozen, identifier, "complete", {"result": result}).status_code == 200
    (hit,) = receiver.wait(1)
    assert hit.json()["response"] == result
    assert [row["status"] for row in settled(frozen, key, 1)] == [200]
    assert len(deliveries(frozen, key)[0]["body"]) == len(hit.body.decode())
