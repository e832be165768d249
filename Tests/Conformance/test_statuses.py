"""Every documented status of every operation, judged by the double's own description."""

import pytest

from operations import OPERATIONS, provoke
from rules import OCTOBER


@pytest.mark.parametrize("operation", OPERATIONS[OCTOBER], ids=" ".join)
def test_every_documented_status_of_an_operation(api, description, operation):
    if operation not in OPERATIONS[api.revision]:
        assert operation not in {(method, path) for method, path, _ in description.operations()}
        return
    problems = []
    for status in description.statuses(*operation):
        answers = list(provoke(api, operation, status))
        assert answers, f"no way to provoke {status}"
        for answer in answers:
            assert answer.status_code == status, answer.text
            problems += description.judge(*operation, answer)
    assert not problems
