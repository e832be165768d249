"""The gallery of scenes: each fixture is played as its article tells it."""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from async_support import deliveries, hooked, moment, settled, submit
from receiver import Receiver
from support import BUILT_IN_KEY as KEY, PROVIDERS, cli, question

SCENES = Path(__file__).resolve().parent.parent.parent / "Fixtures/scenes"
PLAYED = ["outage", "month-end", "upgrade", "receiver-down", "brand-week", "last-slot"]
DAY = 86_400


def scene(double, name):
    return double("--fixture", SCENES / f"{name}.json", "--clock", "manual")


def submitted(one, text, **members):
    task = {"taskType": "CHATGPT", "payload": question("chatgpt", text), **members}
    return one.post(KEY, "/v1/async/task", task).json()["task"]["id"]


def status(one, task):
    return one.get(KEY, f"/v1/async/task/{task}").json()["task"]["status"]


@pytest.mark.parametrize("name", PLAYED)
def test_each_scene_is_a_valid_fixture(name):
    assert cli("check", SCENES / f"{name}.json").stdout == f"1 ok: plan {name}\n"


def test_an_engine_is_out_and_comes_back(double):
    one = scene(double, "outage")
    answers = [one.ask(KEY, "perplexity") for _ in range(6)]
    assert [each.status_code for each in answers] == [503] * 5 + [200]
    assert {each.headers["retry-after"] for each in answers[:5]} == {"30"}
    assert one.ask(KEY, "gemini").status_code == 200


def test_the_month_s_credits_run_out_and_come_again(double):
    one = scene(double, "month-end")
    assert [one.ask(KEY).status_code for _ in range(3)] == [200, 200, 403]
    one.advance(31 * 86_400)
    assert one.balance(KEY) == 20 and one.ask(KEY).status_code == 200


def test_an_upgrade_in_the_middle_of_a_burst_holds_for_what_waits(double):
    one = scene(double, "upgrade")
    tasks = [submitted(one, f"Which laptop, number {number}?") for number in range(4)]
    assert [status(one, each) for each in tasks] == ["PROCESSING"] + ["QUEUED"] * 3
    one.advance(20)
    one.patch(KEY, plan="lite", latency="30s")
    assert [status(one, each) for each in tasks] == ["PROCESSING"] * 4
    one.advance(10)
    assert [status(one, each) for each in tasks] == ["COMPLETED"] + ["PROCESSING"] * 3
    one.advance(20)
    assert [status(one, each) for each in tasks] == ["COMPLETED"] * 4


def test_a_receiver_is_down_for_ten_minutes_and_hears_of_it_in_the_end(double):
    one = scene(double, "receiver-down")
    with Receiver() as receiver:
        submit(one, KEY, hooked(receiver))
        settled(one, KEY, 1)
        one.advance(600)
        assert receiver.hits == [] and len(deliveries(one, KEY)) == 3
        one.advance(240)
        rows = deliveries(one, KEY)
        assert [row["status"] for row in rows] == [None, None, None, 200]
        start = moment(rows[0]["at"])
        times = [(moment(row["at"]) - start).total_seconds() for row in rows]
        assert times == [0, 120, 360, 840] and len(receiver.hits) == 1


def rank(result, name):
    """The place of a brand in the first list that has ranks."""
    names = ("sources", "organicResults", "newsResults")
    entries = next(result[each] for each in names if result.get(each))
    return next((at for at, each in enumerate(entries, 1) if name in str(each)), None)


def test_a_brand_tracker_over_a_week(double):
    one = scene(double, "brand-week")
    key = one.minted()
    week = []
    for _ in range(8):
        asked = [
            one.ask(key, each, "Which running shoes?").json()["result"] for each in PROVIDERS
        ]
        places = {(rank(each, "Acme"), rank(each, "Globex")) for each in asked}
        assert len(places) == 1
        week.append(places.pop())
        one.advance(DAY)
    assert week == [(1, 2), (1, 2), (2, 1), (4, 1), (None, 1), (3, 1), (2, 1), (2, 1)]
    assert rank(one.ask(key, text="Which bag?").json()["result"], "Acme") is None


def test_a_race_for_the_last_slot(double):
    one = scene(double, "last-slot")
    key = one.minted()
    with ThreadPoolExecutor(8) as pool:
        racers = [pool.submit(one.ask, key) for _ in range(8)]
        lost, racing = set(), set(racers)
        while len(racing) > 1:
            done, racing = wait(racing, return_when=FIRST_COMPLETED)
            lost |= done
        assert {each.result().status_code for each in lost} == {429}
        assert {each.result().headers["x-concurrent-remaining"] for each in lost} == {"0"}
        one.control("POST", "requests/release", status=200, key=key)
    codes = sorted(each.result().status_code for each in racers)
    assert codes == [200] + [429] * 7
    assert one.running(key) == 0
