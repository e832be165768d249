"""`cloro-mock forecast`: what each plan would make of a load; doubles that are driven agree."""

import json
import time
from datetime import datetime

import pytest

from async_support import submit_batch, task
from support import cli

PLANS = ["free", "lite", "starter", "hobby", "growth", "business",
         "enterprise-2k", "enterprise-3k", "enterprise-4k", "enterprise-5k"]  # fmt: skip


def forecast(load, *arguments, returncode=0):
    text = load if isinstance(load, str) else json.dumps(load)
    ended = cli("forecast", "-", "--format", "json", *arguments, input=text, timeout=120)
    assert ended.returncode == returncode, ended.stderr
    return json.loads(ended.stdout) if returncode == 0 else ended.stderr.splitlines()


def row(load, plan, *arguments):
    (only,) = forecast(load, "--plan", plan, *arguments)["plans"]
    return only


def test_every_plan_has_a_row_with_the_documented_members():
    made = forecast({"tasks": [{"provider": "chatgpt", "count": 1}]})
    assert {each["plan"] for each in made["plans"]} == set(PLANS)
    assert list(made["plans"][0]) == [
        "plan", "finishedAfterSeconds", "credits", "usd", "peakConcurrency", "longestQueue",
        "refusals", "meetsDeadline",
    ]  # fmt: skip
    assert made["cheapest"] == "free"


def test_tasks_take_turns_in_the_slots():
    """41 tasks of 10 s on 20 slots: three turns."""
    load = {"tasks": [{"provider": "chatgpt", "count": 41}], "latency": {"default": "10s"}}
    assert row(load, "hobby") == {
        "plan": "hobby", "finishedAfterSeconds": 30.0, "credits": 41 * 5, "usd": 100,
        "peakConcurrency": 20, "longestQueue": 41, "refusals": 0, "meetsDeadline": True,
    }  # fmt: skip


@pytest.mark.parametrize(("deadline", "meets"), [("29s", False), ("30s", True)])
def test_the_deadline_is_the_last_moment(deadline, meets):
    load = {"tasks": [{"provider": "chatgpt", "count": 41}], "latency": {"chatgpt": "10s"}}
    assert row(load, "hobby", "--deadline", deadline)["meetsDeadline"] is meets
    assert row(load | {"deadline": deadline}, "hobby")["meetsDeadline"] is meets
    # The option takes precedence.
    assert row(load | {"deadline": "1s"}, "hobby", "--deadline", deadline)["meetsDeadline"] is meets


def test_the_cheapest_is_the_smallest_that_is_in_time():
    load = {"tasks": [{"provider": "chatgpt", "count": 1000}], "latency": {"default": "10s"}}
    made = forecast(load, "--deadline", "400s")
    in_time = [each["plan"] for each in made["plans"] if each["meetsDeadline"]]
    assert made["cheapest"] == in_time[0]
    assert forecast(load, "--deadline", "1s")["cheapest"] is None


def test_arrivals_in_turn_need_no_queue():
    load = {"tasks": [{"provider": "grok", "count": 100, "every": "1s"}],
            "latency": {"default": "3s"}}  # fmt: skip
    made = row(load, "hobby")
    assert (made["finishedAfterSeconds"], made["peakConcurrency"]) == (102.0, 3)
    assert made["longestQueue"] == 1
    later = {"tasks": [{"provider": "grok", "count": 1, "at": "5m"}], "latency": {"default": "3s"}}
    assert row(later, "hobby")["finishedAfterSeconds"] == 303.0


def test_workers_beyond_the_slots_are_refused_and_come_again():
    """21 workers on 20 slots: the last one is refused, waits its second and gets a slot."""
    load = {"sync": [{"provider": "chatgpt", "workers": 21, "count": 21}],
            "latency": {"default": "500ms"}}  # fmt: skip
    made = row(load, "hobby")
    assert (made["refusals"], made["peakConcurrency"], made["credits"]) == (1, 20, 21 * 7)
    assert made["finishedAfterSeconds"] == 1.5


def test_a_second_has_so_many_requests():
    """1,000 a second to one endpoint: the rest is refused and comes a second later."""
    load = {"sync": [{"provider": "gemini", "workers": 1001, "count": 1001}]}
    made = row(load, "enterprise-5k")
    assert (made["refusals"], made["finishedAfterSeconds"]) == (1, 1.0)


def test_credits_that_are_spent_end_it():
    plans = {each["plan"]: each for each in forecast(
        {"sync": [{"provider": "chatgpt", "workers": 2, "count": 100_000}]})["plans"]}  # fmt: skip
    free, large = plans["free"], plans["enterprise-5k"]
    assert free["finishedAfterSeconds"] is None and free["meetsDeadline"] is False
    assert free["credits"] % 7 == 0 and free["refusals"] > 0
    assert large["credits"] == 700_000 and large["meetsDeadline"] is True


def test_more_than_the_queue_takes_is_submitted_later():
    load = {"tasks": [{"provider": "copilot", "count": 150_000}], "latency": {"default": "1s"}}
    made = row(load, "enterprise-5k")
    assert made["longestQueue"] == 100_000
    assert made["refusals"] > 0 and made["meetsDeadline"] is True


def test_an_attempt_that_takes_too_long_is_tried_thrice():
    load = {"tasks": [{"provider": "chatgpt", "count": 1}], "latency": {"default": "1h"}}
    made = row(load, "hobby")
    assert (made["finishedAfterSeconds"], made["credits"]) == (None, 0)


def driven(double, plan, kinds):
    """A double that really gets 10,000 tasks: what it charged, and when it was done."""
    one = double("--clock", "manual", "--plan", plan, "--latency", "uniform(5s,25s)")
    key = one.minted(plan=plan, credits=1_000_000)
    begin = datetime.fromisoformat(one.control("GET", "clock").json()["now"])
    for start in range(0, 10_000, 500):
        submit_batch(one, key, [task(kinds[n % len(kinds)]) for n in range(start, start + 500)])
    end = None
    while True:
        body = {"seconds": 600, "timeoutMs": 60_000}
        fired = one.control("POST", "clock/advance", body, status=200).json()["fired"]
        ends = [each["at"] for each in fired if each["kind"] == "completion"]
        if not ends:
            break
        end = ends[-1]
    return 1_000_000 - one.balance(key), (datetime.fromisoformat(end) - begin).total_seconds()


@pytest.mark.parametrize("plan", ["hobby", "growth", "business"])
def test_it_agrees_with_a_double_that_is_driven(double, plan):
    kinds = {"CHATGPT": "chatgpt", "GEMINI": "gemini", "PERPLEXITY": "perplexity",
             "GOOGLE": "google", "COPILOT": "copilot"}  # fmt: skip
    charged, seconds = driven(double, plan, list(kinds))
    load = {"tasks": [{"provider": name, "count": 2_000} for name in kinds.values()],
            "latency": {"default": "uniform(5s,25s)"}}  # fmt: skip
    made = row(load, plan)
    assert made["credits"] == charged
    assert made["finishedAfterSeconds"] == pytest.approx(seconds, rel=0.01)


def test_a_million_tasks_take_less_than_a_minute():
    load = {"tasks": [{"provider": "chatgpt", "count": 1_000_000}],
            "latency": {"default": "lognormal(12s,0.6)"}}  # fmt: skip
    started = time.monotonic()
    assert len(forecast(load)["plans"]) == len(PLANS)
    assert time.monotonic() - started < 60


def test_the_same_seed_gives_the_same_forecast():
    load = {"tasks": [{"provider": "chatgpt", "count": 500}],
            "latency": {"default": "lognormal(12s,0.6)"}}  # fmt: skip
    assert forecast(load) == forecast(load)
    assert forecast(load) != forecast(load, "--seed", "1")


def test_a_report_is_played(tmp_path):
    file = tmp_path / "report.json"
    rows = [{"provider": "chatgpt", "sync": 30, "async": 10, "credits": 260}]
    file.write_text(json.dumps({"peak": {"concurrency": 3}, "byProvider": rows}))
    ended = cli("forecast", "--from", file, "--plan", "hobby", "--format", "json")
    assert ended.returncode == 0, ended.stderr
    (made,) = json.loads(ended.stdout)["plans"]
    assert made["credits"] == 260


def test_the_table_names_the_cheapest(tmp_path):
    file = tmp_path / "load.json"
    file.write_text(json.dumps({"tasks": [{"provider": "chatgpt", "count": 41}],
                                "latency": {"default": "10s"}}))  # fmt: skip
    ended = cli("forecast", file, "--plan", "hobby", "--plan", "growth")
    assert ended.returncode == 0
    head, *rows, verdict = ended.stdout.splitlines()
    assert head.split()[0] == "plan" and [each.split()[0] for each in rows] == ["hobby", "growth"]
    assert "30.0 s" in rows[0]
    assert verdict == "the cheapest plan that is in time: hobby"


@pytest.mark.parametrize(
    ("load", "problem"),
    [
        ("[]", "-: expected an object, found "),
        ("{", "-: not JSON"),
        ({}, "-: expected tasks, sync or both"),
        ({"task": []}, '-: task: unknown member, did you mean "tasks"?'),
        ({"tasks": [{"provider": "chatgpt"}]}, "-: tasks[0].count: is missing"),
        ({"tasks": [{"provider": "chatgp", "count": 1}]},
         '-: tasks[0].provider: "chatgp" is unknown, did you mean "chatgpt"?'),
        ({"tasks": [{"provider": "chatgpt", "count": -1}]},
         "-: tasks[0].count: expected a whole number from 0"),
        ({"tasks": [{"provider": "chatgpt", "count": 1, "every": "1s", "at": "1s"}]},
         "-: tasks[0].every: excludes at"),
        ({"tasks": [{"provider": "chatgpt", "count": 1, "every": "1"}]},
         "-: tasks[0].every: expected a duration such as 30s"),
        ({"tasks": [{"provider": "google", "count": 1, "pages": 11}]}, "-: tasks[0].pages: "),
        ({"tasks": [{"provider": "chatgpt", "count": 1, "include": {"shoping": True}}]},
         "-: tasks[0]."),
        ({"sync": [{"provider": "chatgpt", "count": 1}]}, "-: sync[0].workers: is missing"),
        ({"sync": [{"provider": "chatgpt", "count": 1, "workers": 0}]},
         "-: sync[0].workers: expected a whole number from 1 to 100000, found 0"),
        ({"tasks": [{"provider": "chatgpt", "count": 1}], "latency": {"default": "fast"}},
         "-: latency.default: expected a latency such as 250ms"),
        ({"tasks": [{"provider": "chatgpt", "count": 1}], "deadline": 6},
         "-: deadline: expected a duration such as 30s, 10m or 6h"),
        ({"tasks": [{"provider": "chatgpt", "count": 9_000_000}] * 2},
         "-: expected at most 10000000 questions in all, found 18000000"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_load_is_said(load, problem):
    assert forecast(load, returncode=65)[0].startswith(problem)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "Give a workload's file, or --from with a report."),
        (["x", "--from", "y"], "Give a workload's file, or --from with a report."),
        (["x", "--plan", "hoby"], '--plan: "hoby" can\'t be used, did you mean "hobby"?'),
        (["x", "--deadline", "soon"],
         '--deadline: "soon" can\'t be used; allowed: a duration such as 30s'),
        (["x", "--contract", "2025"],
         '--contract: "2025" can\'t be used; allowed: 2026-07 or 2026-10'),
        (["x", "--format", "jsn"], '--format: "jsn" can\'t be used, did you mean "json"?'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_command_is_said(arguments, problem):
    ended = cli("forecast", *arguments)
    assert ended.returncode == 64
    assert problem in ended.stderr


def test_a_file_that_is_not_there_is_named():
    ended = cli("forecast", "/nowhere/load.json")
    assert ended.returncode == 65 and ended.stderr.startswith("/nowhere/load.json: can't be read")


def test_a_running_double_answers_what_the_command_prints(double):
    load = {
        "tasks": [{"provider": "google", "count": 700, "pages": 2, "every": "1s"}],
        "sync": [{"provider": "gemini", "workers": 8, "count": 100}],
        "latency": {"default": "lognormal(12s,0.6)"}, "deadline": "20m",
    }  # fmt: skip
    one = double()
    answer = one.control("POST", "forecast", load, status=200).json()
    assert answer == forecast(load)
    sampled = one.control(
        "POST", "forecast", load | {"samples": 50, "plans": ["hobby"], "seed": 0}, status=200
    ).json()
    (row,) = sampled["plans"]
    samples = row.pop("samples")
    assert row == next(each for each in answer["plans"] if each["plan"] == "hobby")
    assert 25 < len(samples) <= 50
    assert max(each["slots"] for each in samples) == row["peakConcurrency"]
    assert max(each["queued"] for each in samples) == row["longestQueue"]
    assert samples[-1]["atSeconds"] <= row["finishedAfterSeconds"]


def test_a_running_double_plays_its_own_report_and_the_plans_of_its_fixtures(double, tmp_path):
    fixture = tmp_path / "ours.json"
    fixture.write_text(json.dumps({"plan": "ours", "extends": "hobby", "concurrency": 2}))
    one = double("--fixture", fixture)
    for _ in range(3):
        one.ask(one.first_key)
    report = one.control("GET", "report", status=200).json()
    body = {"report": report, "latency": {"default": "10s"}}
    rows = one.control("POST", "forecast", body, status=200).json()["plans"]
    assert {each["plan"] for each in rows} == {*PLANS, "ours"}
    assert {each["credits"] for each in rows} == {21}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"tasks": None}, "expected tasks, sync or report"),
        ({"report": {"byProvider": []}}, "report: excludes tasks and sync"),
        ({"plans": ["hobyb"]}, 'plans[0]: "hobyb" is unknown'),
        ({"plans": ["free", "free"]}, 'plans[1]: "free" stands twice'),
        ({"plans": []}, "plans: expected an array of at least one plan's name"),
        ({"samples": 1001}, "samples: expected a whole number from 0 to 1000"),
        ({"contract": "2020-01"}, "contract: "),
        ({"kye": 1}, "kye: unknown member"),
        ({"tasks": [{"provider": "grok", "count": 1_000_001}]}, "at most 1000000 questions"),
    ],
)
def test_a_running_double_refuses_what_it_cannot_play(double, change, found):
    body = {"tasks": [{"provider": "chatgpt", "count": 1}]} | change
    body = {name: value for name, value in body.items() if value is not None}
    answer = double().control("POST", "forecast", body, status=400).json()["error"]
    assert answer["code"] == "INVALID_REQUEST"
    assert found in answer["message"]
