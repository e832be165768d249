"""What the report finds fault with: for each finding a client that earns it and one that doesn't,
where time is real and where it moves only when told to."""

import json
import shutil
import subprocess
import threading
import time
import xml.etree.ElementTree as xml

import httpx
import pytest
from cloro import Cloro

from async_support import HOLD, read, submit, task
from control_support import CHATGPT, CREDITS, asking, entries, fault
from receiver import Receiver, answer_of
from support import UNKNOWN_KEY, cli, eventually, question
from wire import RawConnection, request_bytes

# The seeds' own advice, as it stands there; `ask` throws an error with the status.
SEED = """
const [url, key, ...prompts] = process.argv.slice(1);
async function makeRequestWithRetry(requestFn, maxRetries = 3) {
  for (let i = 0; i < maxRetries; i++) {
    try {
      return await requestFn();
    } catch (error) {
      if (error.status === 429 && i < maxRetries - 1) {
        const delay = Math.pow(2, i) * 1000; // Exponential backoff
        await new Promise((resolve) => setTimeout(resolve, delay));
        continue;
      }
      throw error;
    }
  }
}
async function ask(prompt) {
  const answer = await fetch(url + '/v1/monitor/chatgpt', {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt, country: 'US' }),
  });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.error.code), { status: answer.status });
  return body;
}
const ended = await Promise.allSettled(
  prompts.map((prompt) => makeRequestWithRetry(() => ask(prompt))));
console.log(JSON.stringify(ended.map((each) => each.reason?.status ?? 200)));
"""


@pytest.fixture(params=["real", "manual"])
def one(request, shared, frozen):
    return shared if request.param == "real" else frozen


def findings(double, key=None):
    """By their ids: how often, and the requests of the example."""
    query = {"key": key} if key else None
    found = double.http.get("/_mock/report", params=query).json()["findings"]
    return {each["id"]: (each["count"], each["example"]["requestIds"]) for each in found}


def ids(double, key, **query):
    return [entry["requestId"] for entry in entries(double, key, **query)]


def wait(double, seconds):
    """Lets so much time pass as a client on this double would wait."""
    if double.control("GET", "clock").json()["mode"] == "manual":
        double.advance(seconds)
    else:
        time.sleep(seconds)


# MARK: Retries


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_loop_that_retries_at_once(one, status):
    key = one.minted()
    fault(one, {"kind": "status", "status": status}, key, times=4)
    while one.ask(key).status_code == status:
        pass
    assert findings(one, key) == {"retry-without-backoff": (4, ids(one, key)[:2])}


def test_new_connections_make_no_difference(one):
    key = one.minted()
    fault(one, {"kind": "status", "status": 503}, key, times=3)
    request = request_bytes("POST", CHATGPT, key, question("chatgpt"))
    for status in (503, 503, 503, 200):
        # Without a library, whose making takes long on a busy machine: the second attempt has a
        # quarter of a second.
        with RawConnection(one.port) as client:
            client.send(request)
            assert client.answer().status == status
    assert findings(one, key)["retry-without-backoff"][0] == 3


def test_the_official_sdk_earns_nothing(shared):
    """Its retries come after half a second and a second."""
    key = shared.minted()
    for status in (503, 429):
        fault(shared, {"kind": "status", "status": status}, key, times=2)
        with Cloro(api_key=key, base_url=shared.url) as client:
            assert client.monitor.chatgpt(prompt=f"After {status}?", country="US")["success"]
    assert [entry["status"] for entry in entries(shared, key)] == [503, 503, 200, 429, 429, 200]
    assert findings(shared, key) == {}


def test_exponential_backoff_earns_nothing(one):
    key = one.minted()
    fault(one, {"kind": "status", "status": 503}, key, times=2)
    assert one.ask(key).status_code == 503
    wait(one, 0.3)
    assert one.ask(key).status_code == 503
    wait(one, 0.55)
    assert one.ask(key).status_code == 200
    assert findings(one, key) == {}


def test_the_wait_grows_with_each_refusal(frozen):
    key = frozen.minted()
    fault(frozen, {"kind": "status", "status": 500}, key)
    for seconds in (0, 0.25, 0.5, 1, 2, 4, 8, 8):
        frozen.advance(seconds)
        frozen.ask(key)
    assert findings(frozen, key) == {}
    frozen.advance(7.9)
    frozen.ask(key)
    assert findings(frozen, key)["retry-without-backoff"][0] == 1


def test_who_is_told_to_come_back_sooner_may(one):
    key = one.minted()
    fault(one, {"kind": "status", "status": 503, "retryAfter": 0}, key, times=2)
    while one.ask(key).status_code == 503:
        pass
    assert findings(one, key) == {}


def test_another_question_is_no_retry_and_neither_is_another_key_s(one):
    key, other = one.minted(), one.minted()
    fault(one, {"kind": "status", "status": 503}, key, times=1)
    assert one.ask(key).status_code == 503
    assert one.ask(other).status_code == 200
    assert one.ask(key, text="Another?").status_code == 200
    assert findings(one, key) == findings(one, other) == {}


def test_workers_that_ask_the_same_at_the_same_time_earn_nothing(one):
    key = one.minted(concurrency=1, holdSync=True)
    with asking(one, key):
        eventually(lambda: one.running(key) == 1, "a question that is held")
        clients = [httpx.Client(base_url=one.url) for _ in range(3)]
        for client in clients:  # each has its own connection
            client.get(CREDITS, headers={"Authorization": f"Bearer {key}"})
        for client in clients:
            answer = client.post(
                CHATGPT, json=question("chatgpt"), headers={"Authorization": f"Bearer {key}"}
            )
            assert answer.status_code == 429
        found = findings(one, key)
        for client in clients:
            client.close()
        one.control("POST", "requests/release", status=200, key=key)
    assert found.keys() <= {"retry-without-backoff"}, "on a busy machine they come too late"


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node")
@pytest.mark.parametrize("prompts", [["a", "b", "c"], ["a", "a", "a"]])
def test_the_seed_s_own_client_earns_nothing(shared, prompts):
    key = shared.minted(concurrency=1, latency="300ms")
    ended = subprocess.run(
        ["node", "--input-type=module", "-e", SEED, shared.url, key, *prompts],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert 200 in json.loads(ended.stdout)
    assert 429 in [entry["status"] for entry in entries(shared, key)]
    same = len(set(prompts)) < len(prompts)
    assert findings(shared, key).keys() <= ({"duplicate-questions"} if same else set())


# MARK: Errors of the client


@pytest.mark.parametrize(
    ("status", "text", "settings"), [(400, "", {}), (403, "A question?", {"credits": 3})]
)
def test_the_same_mistake_again(one, status, text, settings):
    key = one.minted(**settings)
    for _ in range(3):
        assert one.ask(key, text=text).status_code == status
    assert findings(one, key) == {"retried-client-error": (2, ids(one, key)[:2])}


def test_an_unknown_key_again(double):
    one = double()
    for _ in range(2):
        assert one.get(UNKNOWN_KEY, CREDITS).status_code == 401
    assert one.get("sk_live_" + "8" * 32, CREDITS).status_code == 401
    assert findings(one) == {"retried-client-error": (1, ids(one, None)[:2])}


def test_a_mistake_that_is_mended(one):
    key = one.minted(credits=3)
    assert one.ask(key).status_code == 403
    one.patch(key, addCredits=100)
    assert one.ask(key).status_code == 200
    assert one.ask(key, text="").status_code == 400
    assert one.ask(key, text="Mended?").status_code == 200
    assert findings(one, key) == {}


# MARK: Slots


def test_a_new_question_though_no_slot_remained(one):
    key = one.minted(concurrency=1, progression=HOLD)
    submit(one, key)
    for text in ("First?", "Second?", "Third?"):
        answer = one.ask(key, text=text)
        assert answer.status_code == 429 and answer.headers["x-concurrent-remaining"] == "0"
    assert findings(one, key) == {"overrun": (2, ids(one, key, status=429)[:2])}


def test_a_retry_that_waits_for_its_slot_is_no_overrun(one):
    key = one.minted(concurrency=1, progression=HOLD)
    held = submit(one, key)
    assert one.ask(key).status_code == 429
    wait(one, 0.3)
    assert one.ask(key).status_code == 429
    one.control("POST", f"tasks/{held}/complete", {}, status=200)
    wait(one, 0.6)
    assert one.ask(key).status_code == 200
    assert findings(one, key) == {}


# MARK: Tasks


def test_a_task_is_read_too_often(one):
    key = one.minted(progression=HOLD)
    name = submit(one, key)
    for _ in range(4):
        read(one, key, name)
    reads = ids(one, key, path=f"/v1/async/task/{name}")
    assert findings(one, key) == {"polling-too-fast": (3, reads[:2])}


def test_a_task_is_read_once_a_second(one):
    key = one.minted(progression=HOLD)
    name, other = submit(one, key), submit(one, key, task(text="Another?"))
    for _ in range(2):
        read(one, key, name)
        read(one, key, other)
        wait(one, 1)
    one.control("POST", f"tasks/{name}/complete", {}, status=200)
    for _ in range(3):  # it is known to be finished
        read(one, key, name)
    assert findings(one, key) == {}


def test_a_task_is_submitted_again(one):
    key = one.minted(webhookMode="collect")
    for _ in range(3):
        submit(one, key)
    assert findings(one, key) == {"idempotency-missing": (2, ids(one, key)[:2])}


def test_a_task_with_a_key_or_another_task_or_much_later(frozen):
    key = frozen.minted()
    for number in range(2):
        submit(frozen, key, task(idempotencyKey=f"k{number}"))
        submit(frozen, key, task(text=f"Question {number}?"))
        submit(frozen, key, task("GEMINI"))
        frozen.advance(301)
    frozen.post(key, "/v1/async/task/batch", [task("GROK"), task("GROK")])
    assert findings(frozen, key) == {}


# MARK: Webhooks


@pytest.mark.parametrize("clock", ["real", "x60"])
def test_a_receiver_that_is_slow(double, clock):
    one = double("--clock", clock)
    key = one.minted(progression={"mode": "immediate"})
    def after(seconds):
        def answer(*_):
            # Real time is what is measured.
            threading.Event().wait(seconds)
            return answer_of(200)

        return answer

    with Receiver(default=after(5.2)) as slow, Receiver(default=after(0.3)) as prompt:
        ids_ = [
            submit(one, key, task(text=each.url, webhook={"url": each.url}))
            for each in (slow, prompt)
        ]
        match = {"key": key, "delivered": True}
        one.control(
            "POST", "webhooks/await", {"match": match, "count": 2, "timeoutMs": 20_000}, status=200
        )
    first = entries(one, key)[0]
    assert first["taskId"] == ids_[0]
    assert findings(one, key) == {"slow-receiver": (1, [first["requestId"]])}


# MARK: Questions


def test_the_same_question_is_paid_again(one):
    key = one.minted()
    for _ in range(3):
        one.ask(key)
    assert findings(one, key) == {"duplicate-questions": (2, ids(one, key)[:2])}


def test_another_question_or_a_minute_later(frozen):
    key = frozen.minted()
    for text in ("a", "b", "a", "b"):
        frozen.ask(key, text=text)
        frozen.ask(key, "gemini", text=text)
        frozen.ask(key, text=text, include={"markdown": True})
        frozen.advance(31)
    assert findings(frozen, key) == {}


def test_what_a_fault_has_spoilt_may_be_asked_again(one):
    key = one.minted()
    fault(one, "malformed_response", key, times=1)
    for _ in range(2):
        assert one.ask(key).status_code == 200
    assert findings(one, key) == {}


def test_members_that_are_ignored(one):
    key = one.minted()
    one.ask(key, zip=1)
    one.ask(key, text="Another?")
    assert findings(one, key) == {"ignored-members": (1, ids(one, key)[:1])}


# MARK: What the report makes of them


def test_a_warning_fails_and_a_remark_doesn_t(frozen):
    key = frozen.minted()
    for _ in range(2):
        frozen.ask(key)
        frozen.ask(key, text="")
    suite = xml.fromstring(
        frozen.http.get("/_mock/report", params={"key": key, "format": "junit"}).text
    ).find("testsuite")
    cases = {each.get("name"): [child.tag for child in each] for each in suite.iter("testcase")}
    assert cases.pop("retried-client-error") == ["failure"]
    assert cases.pop("duplicate-questions") == ["system-out"]
    assert set(map(tuple, cases.values())) == {()} and suite.get("failures") == "1"


def test_they_are_switched_off_by_their_ids(double, fixture_file):
    own = "sk_test_" + "a" * 32
    path = fixture_file(
        findings={"disabled": ["duplicate-questions", "overrun"]},
        keys=[{"key": own, "organization": "a"}],
    )
    one = double("--fixture", path)
    for _ in range(2):
        one.ask(own)
        one.ask(own, text="")
    assert findings(one).keys() == {"retried-client-error"}


def test_an_unknown_id_is_refused(fixture_file):
    path = fixture_file(findings={"disabled": ["overrum"]})
    ended = cli("check", path)
    assert ended.returncode == 65
    assert 'findings.disabled[0]: is no finding, did you mean "overrun"?' in ended.stderr
    assert cli("check", fixture_file("b.json", findings={"of": []})).returncode == 65


def test_what_is_remembered_has_bounds(shared):
    key = shared.minted(credits=10**9, requestsPerSecond=10**6)
    for number in range(1100):
        shared.ask(key, text=f"{number}")
    shared.ask(key, text="0")
    assert findings(shared, key) == {}
    shared.ask(key, text="1099")
    assert findings(shared, key)["duplicate-questions"][0] == 1


def test_a_question_that_fails_again_and_again_is_remembered_once(frozen):
    key = frozen.minted()
    for _ in range(300):
        fault(frozen, {"kind": "status", "status": 503}, key, times=1)
        assert frozen.ask(key).status_code == 503
        assert frozen.ask(key).status_code == 200
    assert findings(frozen, key)["retry-without-backoff"][0] == 300
