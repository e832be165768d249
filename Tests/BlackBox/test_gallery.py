"""The gallery's scenes of brands and of a race, played as their article tells them."""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from support import PROVIDERS

SCENES = Path(__file__).resolve().parents[2] / "Fixtures/scenes"
DAY = 86_400


def rank(result, name):
    """The place of a brand in the first list that has ranks."""
    names = ("sources", "organicResults", "newsResults")
    entries = next(result[each] for each in names if result.get(each))
    return next((at for at, each in enumerate(entries, 1) if name in str(each)), None)


@pytest.fixture
def play(double):
    def start(scene):
        file = SCENES / f"{scene}.json"
        return double("--fixture", file, "--plan", scene, "--clock", "manual")

    return start


def test_a_brand_tracker_over_a_week(play):
    scene = play("brand-week")
    key = scene.minted()
    week = []
    for _ in range(8):
        asked = [
            scene.ask(key, each, "Which running shoes?").json()["result"] for each in PROVIDERS
        ]
        places = {(rank(each, "Acme"), rank(each, "Globex")) for each in asked}
        assert len(places) == 1
        week.append(places.pop())
        scene.advance(DAY)
    assert week == [(1, 2), (1, 2), (2, 1), (4, 1), (None, 1), (3, 1), (2, 1), (2, 1)]
    assert rank(scene.ask(key, text="Which bag?").json()["result"], "Acme") is None


def test_a_race_for_the_last_slot(play):
    scene = play("last-slot")
    key = scene.minted()
    with ThreadPoolExecutor(8) as pool:
        racers = [pool.submit(scene.ask, key) for _ in range(8)]
        lost, racing = set(), set(racers)
        while len(racing) > 1:
            done, racing = wait(racing, return_when=FIRST_COMPLETED)
            lost |= done
        assert {each.result().status_code for each in lost} == {429}
        assert {each.result().headers["x-concurrent-remaining"] for each in lost} == {"0"}
        scene.control("POST", "requests/release", status=200, key=key)
    codes = sorted(each.result().status_code for each in racers)
    assert codes == [200] + [429] * 7
    assert scene.running(key) == 0
