"""Every rule that the double publishes has a proof, and no proof is of an unknown rule."""

import importlib
from pathlib import Path

import pytest

from rules import CLAIMS, PROOFS, REVISIONS

EVIDENCE = {"seed", "live", "source", "spec", "docs", "client", "chosen"}


@pytest.fixture(scope="module")
def published(doubles):
    lists = [
        double.control("GET", "conformance", status=200).json()["rules"]
        for double in doubles.values()
    ]
    assert lists[0] == lists[1], "the rules don't depend on the running revision"
    return lists[0]


@pytest.fixture(scope="module", autouse=True)
def all_claims():
    """Also those of the files that this run leaves out."""
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(file.stem)


def test_every_rule_is_named_by_a_test_in_each_of_its_revisions(published):
    unproven = [
        (each["id"], revision)
        for each in published
        for revision in each["revision"]
        if revision not in CLAIMS.get(each["id"], ())
    ]
    assert published and not unproven


def test_no_test_names_a_rule_that_is_not_published(published):
    revisions = {each["id"]: set(each["revision"]) for each in published}
    strange = {
        (rule, tuple(sorted(claimed - revisions.get(rule, set()))), tuple(PROOFS[rule]))
        for rule, claimed in CLAIMS.items()
        if not claimed <= revisions.get(rule, set())
    }
    assert not strange


def test_every_rule_is_complete(published):
    ids = [each["id"] for each in published]
    assert len(ids) == len(set(ids))
    for each in published:
        assert each["text"].endswith(".") and each["evidence"] in EVIDENCE, each
        assert each["revision"] and set(each["revision"]) <= set(REVISIONS), each
        # What nobody has said could be otherwise, and the rule says how.
        assert bool(each.get("alternatives")) == (each["evidence"] == "chosen"), each
