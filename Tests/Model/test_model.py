"""Random sequences of requests, changes, advances and faults: each step must come out as the
model of the contract says; and the sequences that once didn't."""

import json
import os
from pathlib import Path

import pytest

from judge import Difference
from player import Player
from shrinking import shrink
from steps import Steps

KEPT = Path(__file__).parent / "sequences"
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "60"))
FIRST = int(os.environ.get("MODEL_SEED", "1"))
CHUNK = 20


def failure(double, steps):
    try:
        Player(double).play(steps)
    except Difference as error:
        return error
    return None


@pytest.mark.parametrize("file", sorted(KEPT.glob("*.json")), ids=lambda file: file.stem)
def test_a_kept_sequence(double, file):
    for steps in json.loads(file.read_text()):
        Player(double).play(steps)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + EXAMPLES, CHUNK))
def test_random_sequences(double, seed, tmp_path):
    check(double, seed, tmp_path, renews=False)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + EXAMPLES // 3, CHUNK))
def test_random_sequences_across_processes(renewable, seed, tmp_path):
    check(renewable, seed, tmp_path, renews=True)


def check(double, seed, tmp_path, renews):
    for each in range(seed, min(seed + CHUNK, FIRST + (EXAMPLES // 3 if renews else EXAMPLES))):
        steps = Steps(each, renews).sequence()
        if failure(double, steps) is None:
            continue
        shortest = shrink(steps, lambda some: failure(double, some) is not None)
        error = failure(double, shortest)
        path = tmp_path / f"seed-{each}.json"
        path.write_text(json.dumps([shortest], indent=1))
        pytest.fail(f"seed {each}: {error}\nkept in {path}: {json.dumps(shortest)}", pytrace=False)
