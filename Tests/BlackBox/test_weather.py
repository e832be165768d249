"""Weather: bad days that are the same ones each run."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from async_support import (
    FINAL, KINDS, deliveries, finished, hooked, listed, moment, settled, start_of, submit,
    submit_batch, task,
)  # fmt: skip
from clients import OwnConnections
from control_support import entries, fault, restore, snapshot, stub
from receiver import Receiver
from support import BUILT_IN_KEY as KEY, PROVIDERS, cli, eventually, path_of, question

FOLDER = Path(__file__).resolve().parent.parent.parent / "Fixtures/weather"
NAMES = ["clear", "rainy", "perplexity-down", "launch-day", "webhook-storm"]
# Every second question fails, and every second task.
HALF = {"errors": {"default": [{"status": 503, "probability": 0.5, "retryAfter": 7}]},
        "taskFailures": {"default": 0.5}}  # fmt: skip
ALWAYS = {"about": "made up", "errors": {"default": [{"status": 503, "probability": 1}]},
          "taskFailures": {"default": 1}}  # fmt: skip
ROOMY = {"concurrency": 1000, "credits": 1_000_000}
KEYS = [f"sk_test_{digit * 32}" for digit in "ab"]
KIND = {provider: kind for kind, provider in KINDS.items()}


def refused(answer):
    assert answer.status_code == 400, answer.text
    return {each["field"]: each["message"] for each in answer.json()["error"]["details"]}


def statuses(double, key, count=40, provider="chatgpt"):
    return [double.ask(key, provider, f"question {number}").status_code for number in range(count)]


def ends(double, key, tasks):
    """How each task has ended, once all have."""

    def look():
        found = {each["id"]: each["status"] for each in listed(double, key)}
        return [found[each] for each in tasks] if set(found.values()) <= FINAL else None

    return eventually(look, "the end of all tasks")


# --- The same day each time -----------------------------------------------------------------


def day(double, name, order):
    """What 64 clients see of a day, question by question: 25 of each provider by two keys, each
    asked twice, and as many tasks."""
    one = double("--weather", name, "--seed", "11", "--clock", "x1000")
    for key in KEYS:
        one.mint(key=key, **ROOMY)
    asked = [(key, provider, number) for key in KEYS for provider in PROVIDERS
             for number in range(25)] * 2  # fmt: skip
    order.shuffle(asked)
    with httpx.Client(base_url=one.url, timeout=60, transport=OwnConnections()) as client:

        def outcome(each):
            key, provider, number = each
            headers = {"Authorization": f"Bearer {key}"}
            body = question(provider, f"question {number}")
            answer = client.post(path_of(provider), headers=headers, json=body)
            work = {"taskType": KIND[provider], "payload": body}
            made = client.post("/v1/async/task", headers=headers, json=work)
            return each, answer.status_code, made.json()["task"]["id"]

        with ThreadPoolExecutor(64) as pool:
            outcomes = list(pool.map(outcome, asked))
    found = {}
    for each, status, _ in outcomes:
        found.setdefault(each, []).append(status)
    for key in KEYS:
        own = [(each, made) for each, _, made in outcomes if each[0] == key]
        for (each, _), end in zip(own, ends(one, key, [made for _, made in own])):
            found[each].append(end)
    # A question's two askings have no order among each other when they are asked at once.
    return {each: sorted(map(str, outcome)) for each, outcome in found.items()}


@pytest.mark.parametrize("name", NAMES)
def test_two_runs_of_64_clients_give_each_question_the_same_status(double, name):
    first, second = (day(double, name, random.Random(each)) for each in (1, 2))
    assert first == second
    seen = {status for outcome in first.values() for status in outcome}
    assert seen == {
        "clear": {"200", "COMPLETED"}, "webhook-storm": {"200", "COMPLETED"},
        "rainy": {"200", "500", "502", "503", "COMPLETED", "FAILED"},
        "perplexity-down": {"200", "500", "503", "COMPLETED", "FAILED"},
        "launch-day": {"200", "502", "503", "COMPLETED", "FAILED"},
    }[name]  # fmt: skip
    failing = {provider for (_, provider, _), outcome in first.items() if "503" in outcome}
    if name == "perplexity-down":
        assert failing == {"perplexity"}
        lost = [each for (_, provider, _), outcome in first.items() if provider == "perplexity"
                for each in outcome if each in ("500", "503")]  # fmt: skip
        assert 35 <= len(lost) <= 67, "51 of 100"


def test_what_runs_beside_changes_no_status(clock):
    first = statuses(clock, clock.minted(key=KEYS[0], seed=3, weather=HALF, **ROOMY))
    assert {200, 503} == set(first)
    clock.control("POST", "reset", status=200)
    clock.minted(key=KEYS[0], seed=3, weather=HALF, **ROOMY)
    other = clock.minted(key=KEYS[1], seed=3, weather=HALF, **ROOMY)
    beside = []
    for number in range(40):
        clock.ask(other, "chatgpt", f"question {number}")
        clock.ask(KEYS[0], "gemini", "another question")
        submit(clock, KEYS[0], task(text=f"question {number}"))
        beside.append(clock.ask(KEYS[0], "chatgpt", f"question {number}").status_code)
    assert beside == first
    # Another key has its own day, and so has another seed.
    assert statuses(clock, other) != first
    assert statuses(clock, clock.minted(seed=4, weather=HALF, **ROOMY)) != first


def test_a_refusal_for_slots_uses_up_no_draw(clock):
    def seen(takes_slot):
        key = clock.minted(key=KEYS[0], seed=5, weather=HALF, concurrency=1, credits=10_000)
        if takes_slot:
            clock.patch(key, progression={"mode": "hold"})
            held = submit(clock, key, task(text="holds the slot"))
            assert set(statuses(clock, key)) == {429}
            clock.control("POST", f"tasks/{held}/complete", status=200)
        found = statuses(clock, key)
        clock.control("DELETE", f"keys/{key}", status=200)
        return found

    assert seen(takes_slot=True) == seen(takes_slot=False)


def test_each_asking_of_a_question_has_a_draw_of_its_own(clock):
    def days():
        key = clock.minted(key=KEYS[0], seed=5, weather=HALF, **ROOMY)
        found = [clock.ask(key).status_code for _ in range(40)]
        clock.control("DELETE", f"keys/{key}", status=200)
        return found

    first = days()
    assert 8 <= first.count(503) <= 32 and first == days()


# --- What it does -----------------------------------------------------------------------------


@pytest.mark.parametrize("revision", ["2026-07", "2026-10"])
def test_an_error_is_the_documented_one_and_costs_nothing(frozen, revision):
    key = frozen.minted(weather=HALF | {"about": "x"}, contract=revision, credits=10_000)
    while (answer := frozen.ask(key)).status_code != 503:
        pass
    october = revision == "2026-10"
    body = answer.json()
    assert (body["error"]["code"], body["error"]["message"]) == (
        "SERVICE_UNAVAILABLE", "Service unavailable")  # fmt: skip
    # The documents of July know no such field.
    assert answer.headers.get("retry-after") == ("7" if october else None)
    charged = sum(each["creditsCharged"] for each in entries(frozen, key))
    assert frozen.balance(key) == 10_000 - charged
    last = entries(frozen, key)[-1]
    assert (last["status"], last["creditsCharged"]) == (503, 0)
    assert last["reason"] == "fault: weather: 503 with probability 0.5"
    assert frozen.running(key) == 0


def test_a_reason_names_the_weather(double, tmp_path):
    file = tmp_path / "storm.json"
    file.write_text(json.dumps(ALWAYS))
    one = double("--weather", file, "--clock", "manual")
    assert one.ask(KEY).status_code == 503
    assert entries(one)[-1]["reason"] == "fault: weather storm: 503 with probability 1"
    assert one.control("GET", f"keys/{KEY}").json()["weather"] == ALWAYS
    rainy = one.minted(weather="rainy", latency="0s", credits=10_000)
    statuses(one, rainy, 100)
    reasons = {each["reason"] for each in entries(one, rainy) if each["status"] == 503}
    assert reasons == {"fault: weather rainy: 503 with probability 0.05"}
    # It is no rule that could be left unused.
    assert one.control("GET", "report").json()["unused"] == []
    assert one.control("GET", "faults").json()["faults"] == []


def test_an_error_comes_when_the_answer_would_have_come(double):
    one = double("--clock", "manual")
    key = one.minted(weather=ALWAYS | {"latency": {"default": "5s"}}, concurrency=1)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(one.ask, key)
        one.await_running(key, 1)
        one.advance(5)
        assert asking.result().status_code == 503
    assert entries(one, key)[-1]["latencyMs"] == 5000 and one.running(key) == 0


def test_a_held_question_gets_its_error_when_it_is_released(double):
    one = double("--clock", "manual")
    key = one.minted(weather=ALWAYS, holdSync=True)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(one.ask, key)
        one.await_running(key, 1)
        assert one.control("POST", "requests/release", key=key).json()["released"] == 1
        assert asking.result().status_code == 503


def test_what_a_test_asks_for_comes_first(frozen):
    key = frozen.minted(weather=ALWAYS, progression="immediate", credits=10_000)
    stub(frozen, key, {"provider": "grok"}, result={"text": "Acme"})
    assert frozen.ask(key, "grok").status_code == 200
    done = finished(frozen, key, submit(frozen, key, task("GROK")))
    assert done["task"]["status"] == "COMPLETED"
    fault(frozen, {"kind": "status", "status": 418}, key, times=1)
    assert [frozen.ask(key).status_code for _ in range(2)] == [418, 503]
    # A task that is ended by hand ends as it is told.
    frozen.patch(key, progression={"mode": "hold"})
    given = submit(frozen, key)
    frozen.control("POST", f"tasks/{given}/complete", {"result": {"text": "x"}}, status=200)
    assert finished(frozen, key, given)["task"]["status"] == "COMPLETED"


@pytest.mark.parametrize("progression", ["time", "immediate", {"mode": "polls", "polls": 1}])
def test_tasks_fail_with_the_documented_error_in_batches_too(frozen, progression):
    key = frozen.minted(weather=HALF, progression=progression, **ROOMY)
    tasks = submit_batch(frozen, key, [task(text=f"question {each}") for each in range(40)])
    done = [finished(frozen, key, each) for each in tasks]
    failed = [each for each in done if each["task"]["status"] == "FAILED"]
    assert 8 <= len(failed) <= 32
    for each in failed:
        assert each["response"]["error"] == {
            "code": "INTERNAL_SERVER_ERROR",
            "message": "Task failed after max retries",
        }
        assert each["credits"]["creditsCharged"] == 0
    assert ends(frozen, key, tasks).count("FAILED") == len(failed)


def test_webhooks_are_lost_and_tried_again_or_late(double):
    one = double("--clock", "manual")
    lost = one.minted(weather={"webhooks": {"lost": 1}})
    slow = one.minted(weather={"webhooks": {"slow": 1, "delay": "90s"}})
    with Receiver() as receiver:
        submit(one, lost, hooked(receiver))
        (row,) = settled(one, lost, 1)
        assert (row["status"], row["error"]) == (None, "weather: lost with probability 1")
        one.patch(lost, weather=None)
        one.advance(120)
        assert [each["status"] for each in settled(one, lost, 2)] == [None, 200]
        submit(one, slow, hooked(receiver))
        assert deliveries(one, slow) == []
        one.advance(89)
        assert deliveries(one, slow) == [] and len(receiver.hits) == 1
        one.advance(1)
        receiver.wait(2)
        assert [(each["attempt"], each["status"]) for each in settled(one, slow, 1)] == [(1, 200)]
        # A double that ends doesn't wait for it.
        submit(one, slow, hooked(receiver))
    assert len(receiver.hits) == 2


def test_a_storm_of_webhooks_is_the_same_each_time(double):
    def storm():
        one = double("--clock", "manual", "--weather", "webhook-storm")
        key = one.minted(key=KEYS[0], progression="immediate", webhookMode="deliver", **ROOMY)
        with Receiver() as receiver:
            made = [submit(one, key, hooked(receiver, payload={"prompt": f"question {each}"}))
                    for each in range(30)]  # fmt: skip
            one.advance(4000)
            rows, start = deliveries(one, key), start_of(one)
        return [[(each["attempt"], each["status"], moment(each["at"]) - start) for each in rows
                 if each["taskId"] == task] for task in made]  # fmt: skip

    first = storm()
    assert first == storm()
    assert {status for each in first for _, status, _ in each} == {None, 200}
    assert len({at for each in first for number, _, at in each if number == 1}) > 5


# --- Setting it ---------------------------------------------------------------------------------


def test_it_is_changed_taken_away_and_given_back(frozen):
    key = frozen.minted(weather="rainy")

    def shown():
        return frozen.control("GET", f"keys/{key}", status=200).json()["weather"]

    assert shown() == "rainy"
    assert frozen.patch(key, weather=ALWAYS)["weather"] == ALWAYS
    assert frozen.ask(key).status_code == 503
    assert frozen.patch(key, weather=None)["weather"] is None and shown() is None
    assert frozen.ask(key).status_code == 200
    assert frozen.patch(key, credits=100)["weather"] is None


def test_fixtures_say_it_for_a_plan_and_for_keys(double, fixture_file):
    keys = [{"key": KEYS[0], "organization": "one"},
            {"key": KEYS[1], "organization": "two", "weather": None}]  # fmt: skip
    one = double("--fixture", fixture_file(weather=ALWAYS, keys=keys), "--clock", "manual")
    assert [one.ask(key).status_code for key in KEYS] == [503, 200]
    one.patch(KEYS[0], weather="clear")
    one.control("POST", "reset", status=200)
    assert [one.ask(key).status_code for key in KEYS] == [503, 200]
    # The command line comes before a plan, and a key before both.
    other = double("--fixture", fixture_file(weather=ALWAYS, keys=keys), "--weather", "clear",
                   "--clock", "manual", "--latency", "0s")  # fmt: skip
    shown = [other.control("GET", f"keys/{key}").json()["weather"] for key in KEYS]
    assert shown == ["clear", None] and other.ask(KEYS[0]).status_code == 200


def test_a_snapshot_brings_the_day_back(frozen):
    key = frozen.minted(seed=9, weather=HALF, **ROOMY)
    first = [frozen.ask(key).status_code for _ in range(10)]
    snapshot(frozen, "weather", key=key)
    rest = [frozen.ask(key).status_code for _ in range(30)]
    frozen.patch(key, weather="clear")
    restore(frozen, "weather", key=key)
    assert frozen.control("GET", f"keys/{key}").json()["weather"] == HALF
    assert [frozen.ask(key).status_code for _ in range(30)] == rest
    # A reset begins the day anew, and a key that was minted keeps its weather.
    frozen.control("POST", "reset", status=200, key=key)
    assert [frozen.ask(key).status_code for _ in range(40)] == first + rest


def test_it_is_in_the_ledgers_file(double, tmp_path):
    file = tmp_path / "ledger.sqlite"
    one = double("--database", file)
    one.mint(key=KEYS[0], weather=HALF)
    one.mint(key=KEYS[1], weather="rainy")
    one.stop()
    again = double("--database", file)
    shown = [again.control("GET", f"keys/{key}").json()["weather"] for key in KEYS]
    assert shown == [HALF, "rainy"]


# --- What can't be used ---------------------------------------------------------------------------

BAD = {
    "rain": ("weather", 'is no weather, did you mean "rainy"; allowed: clear, rainy'),
    5: ("weather", "expected a weather's name, an object, or null, found number"),
    '{"errors": {"bard": []}}': ("weather.errors.bard", "unknown member"),
    '{"errors": {"default": [{"status": 503, "probability": 2}]}}':
        ("weather.errors.default[0].probability", "expected a number from 0 to 1, found 2"),
    '{"errors": {"grok": [{"status": 503, "probability": 1},{"status": 500, "probability": 0.6}]}}':
        ("weather.errors.grok", "expected probabilities with a sum of at most 1, found 1.6"),
    '{"latency": {"grok": "percentiles(50:2s,95:1s)"}}':
        ("weather.latency.grok", "that don't fall"),
    '{"webhooks": {"lost": 0.7, "slow": 0.7}}': ("weather.webhooks.slow", "at most 1"),
    '{"taskFailures": {"default": -1}}':
        ("weather.taskFailures.default", "expected a number from 0 to 1, found -1"),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_bad_weather_is_refused_with_path_and_what_was_expected(frozen, tmp_path, bad):
    path, expected = BAD[bad]
    weather = json.loads(bad) if str(bad).startswith("{") else bad
    expected = expected.replace('"rainy";', '"rainy"?;')
    for method, call in (("POST", "keys"), ("PATCH", f"keys/{KEY}")):
        found = refused(frozen.control(method, call, {"weather": weather}))
        assert set(found) == {path} and expected in found[path], found
    file = tmp_path / "team.json"
    file.write_text(json.dumps({"plan": "team", "weather": weather}))
    said = cli("check", file)
    assert said.returncode == 65 and f"{file}: {path}: " in said.stderr and expected in said.stderr
    if weather is bad:
        return
    file.write_text(json.dumps(weather))
    said = cli("serve", "--weather", file)
    inner = path.removeprefix("weather.")
    assert said.returncode == 65 and f"{file}: {inner}: " in said.stderr


def test_check_reads_weather_files(tmp_path):
    files = [FOLDER / f"{name}.json" for name in NAMES]
    listed = ", ".join(f"weather {name}" for name in NAMES)
    assert cli("check", *files).stdout == f"5 ok: {listed}\n"
    bad = tmp_path / "bad.json"
    bad.write_text('{"about": "x", "errors": {"default": [{"status": 503}]}}')
    said = cli("check", bad, files[0])
    assert (said.returncode, said.stdout) == (65, "")
    assert said.stderr == f"{bad}: errors.default[0].probability: is missing\n"
    bad.write_text("[]")
    assert cli("serve", "--weather", bad).returncode == 65


def test_an_unknown_name_is_a_bad_option(tmp_path):
    for said in (cli("serve", "--weather", "rain"), cli(env={"CLORO_MOCK_WEATHER": "rain"})):
        assert said.returncode == 64
        assert '"rain" can\'t be used, did you mean "rainy"?; allowed: clear, rainy' in said.stderr
