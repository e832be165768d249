"""Cases that schemathesis generates from the double's own description, good and bad ones."""

import copy
import time

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from description import METHODS
from operations import BATCH, CONTROL, GOTO, NOBODY, OPERATIONS, READ, WAITING
from rules import OCTOBER, REVISIONS
from support import Double

EXAMPLES = 30
# The most time for one operation and mode; what comes later isn't sent any more.
SECONDS = 8
ALWAYS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance, response_headers_conformance,
]  # fmt: skip
ACCEPTANCE = {
    GenerationMode.POSITIVE: positive_data_acceptance,
    GenerationMode.NEGATIVE: negative_data_rejection,
}


@pytest.fixture(scope="module")
def generated(all_available):
    """For each revision a double, a key that meets no limit, and schemathesis's reading."""
    running = {}
    for revision in REVISIONS:
        flags = ("--clock", "manual", "--fixture", all_available)
        double = Double(*flags, "--contract", revision)
        key = double.minted(
            credits=10**15, concurrency=10**6, requestsPerSecond=10**9, queueLimit=10**7,
            progression="hold", webhookMode="collect", contract=revision,
        )  # fmt: skip
        document = double.control("GET", "openapi.json", contract=revision).json()
        # Every case is sent with the key: whoever lacks one has tests of its own.
        del document["security"]
        described = schemathesis.openapi.from_dict(document)
        running[revision] = double, key, described, loose(document)
    yield running
    for double, *_ in running.values():
        assert double.stop() == 0, double.stderr


def loose(document):
    """schemathesis's reading without what a task's payload obeys: for some draws it can't spell
    what an array of such tasks is not, and gives up. A batch with bad tasks is no bad batch
    anyway."""
    document = copy.deepcopy(document)
    document["components"]["schemas"]["TaskRequest"].pop("anyOf")
    return schemathesis.openapi.from_dict(document)


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS[OCTOBER], ids=" ".join)
def test_generated_cases_are_answered_as_described(generated, revision, operation, mode):
    if operation not in OPERATIONS[revision]:
        return
    double, key, schema, loose_schema = generated[revision]
    if operation == BATCH and mode is GenerationMode.NEGATIVE:
        schema = loose_schema
    method, path = operation
    authorization = {"Authorization": f"Bearer {key}"}
    generate(double, schema[path][method], mode, checks_of(operation, mode), authorization)


def generate(double, described, mode, checks, headers):
    """Sends generated cases of an operation, and judges the answers."""
    if mode is GenerationMode.NEGATIVE and not can_be_wrong(described):
        return
    end = time.monotonic() + SECONDS
    is_goto = (described.method.upper(), described.path) == GOTO

    @seed(20261010)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=described.as_strategy(generation_mode=mode))
    def run(case):
        if time.monotonic() > end:
            return
        answer = case.call(base_url=double.url, headers=headers)
        assert answer.status_code < 500 or (is_goto and answer.status_code == 502)
        case.validate_response(answer, checks=checks, headers=headers)

    run()


def can_be_wrong(described):
    """Whether a case can break the description: a path that is any text can't."""
    return described.body or described.query or described.path == READ[1]


def checks_of(operation, mode):
    """The checks that an operation's description can be held to."""
    if operation == GOTO:
        # A link that leads nowhere is well formed, and its 502 is described.
        return [each for each in ALWAYS if each is not not_a_server_error]
    # A task's id is any text; that no task has it is no fault of the text. A batch takes what is
    # an array, and its bad tasks fail alone.
    if operation == READ or (operation == BATCH and mode is GenerationMode.NEGATIVE):
        return ALWAYS
    return [*ALWAYS, ACCEPTANCE[mode]]


@pytest.fixture(scope="module")
def steered():
    """A double whose control API nobody else needs."""
    double = Double("--clock", "manual")
    document = double.control("GET", "openapi.json").json()
    del document["security"]
    yield double, schemathesis.openapi.from_dict(document)
    assert double.stop() == 0, double.stderr


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", CONTROL, ids=" ".join)
def test_generated_cases_of_the_control_api(steered, operation, mode):
    if operation in WAITING and mode is GenerationMode.POSITIVE:
        return
    double, schema = steered
    method, path = operation
    # Which plans, codes and times there are now, no schema can say: what fits it may be refused.
    checks = [*ALWAYS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else ALWAYS
    generate(double, schema[path][method], mode, checks, {})


def test_the_control_operations_are_those_of_the_description(steered):
    paths = steered[0].control("GET", "openapi.json").json()["paths"]
    described = {
        (method.upper(), path)
        for path, item in paths.items()
        for method in item
        if path.startswith("/_mock/") and method in METHODS
    }
    assert described == set(CONTROL)


def test_the_checks_notice_a_wrong_answer(generated, revision):
    """The suite's own proof that the checks look: an answer of another operation."""
    double, key, schema, _ = generated[revision]
    case = schema["/v1/credits"]["GET"].Case()
    answer = double.http.get(f"/v1/async/task/{NOBODY}", headers={"Authorization": f"Bearer {key}"})
    with pytest.raises(FailureGroup):
        case.validate_response(answer, checks=[status_code_conformance])
