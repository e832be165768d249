"""The magic keys, and what requests ask for by their own header."""

import pytest

from control_support import entries
from support import BUILT_IN_KEY, cli, path_of, question

REVISIONS = ["2026-07", "2026-10"]
# By the key's digits: the status, and the error's code, message and details in each revision.
REFUSED = {
    "0401": (401, '"INVALID_OR_EXPIRED_API_KEY","message":"Invalid or expired API key"'),
    "0403": (403, '"INSUFFICIENT_CREDITS","message":"Insufficient credits"'),
    "0429": (429, '"CONCURRENT_LIMIT_EXCEEDED","message":"Concurrent limit exceeded",'
             '"details":{"limit":20}',
             '"CONCURRENCY_LIMIT_EXCEEDED","message":"Concurrency limit exceeded",'
             '"details":{"limit":20}'),
    "1429": (429, '"RATE_LIMIT_EXCEEDED","message":"API key rate limit exceeded"'),
    "0500": (500, '"INTERNAL_SERVER_ERROR","message":"Internal server error"'),
    "0502": (502, '"EXTERNAL_SERVICE_ERROR","message":"External service error: upstream",'
             '"details":{"service":"upstream"}'),
    "0503": (503, '"SERVICE_UNAVAILABLE","message":"Service unavailable"'),
}  # fmt: skip
OTHERS = ["0001", "0504", "0202"]


def magic(digits):
    return f"sk_test_{'0' * 28}{digits}"


@pytest.fixture(params=REVISIONS)
def one(request, double):
    return double("--fixture", "magic", "--contract", request.param, "--clock", "manual")


def body(one, texts):
    """The documented body, byte for byte, at the time of a clock that stands still."""
    october = "2026-10" in one.arguments
    now = one.control("GET", "clock", status=200).json()["now"]
    success = '"success":false,' if october else ""
    text = texts[-1] if october else texts[0]
    return f'{{{success}"error":{{"code":{text},"timestamp":"{now}"}}}}'


@pytest.mark.parametrize("digits", REFUSED)
def test_a_magic_key_gives_its_documented_body(one, digits):
    status, *texts = REFUSED[digits]
    for _ in range(2):
        answer = one.post(magic(digits), path_of("chatgpt"), question("chatgpt"))
        assert (answer.status_code, answer.text) == (status, body(one, texts))
    third = one.post(magic(digits), path_of("chatgpt"), question("chatgpt"))
    assert third.status_code == (200 if digits == "0503" else status)
    # A reset goes back to what the fixture says, a revoked key included.
    one.control("POST", "reset", status=None)
    again = one.post(magic(digits), path_of("chatgpt"), question("chatgpt"))
    assert again.status_code == status


def test_the_others_answer_now_or_later_or_never(one):
    assert one.post(magic("0001"), path_of("gemini"),
                    question("gemini")).status_code == 200  # fmt: skip
    task = {"taskType": "CHATGPT", "payload": question("chatgpt")}
    ids = {digits: one.post(magic(digits), "/v1/async/task", task).json()["task"]["id"]
           for digits in OTHERS}  # fmt: skip

    def statuses():
        return [one.get(magic(digits), f"/v1/async/task/{ids[digits]}").json()["task"]["status"]
                for digits in OTHERS]  # fmt: skip

    assert statuses() == ["COMPLETED", "PROCESSING", "QUEUED"]
    one.control("POST", "clock/advance", {"seconds": 119}, status=200)
    assert statuses() == ["COMPLETED", "PROCESSING", "QUEUED"]
    one.control("POST", "clock/advance", {"seconds": 1}, status=200)
    assert statuses() == ["COMPLETED", "COMPLETED", "QUEUED"]


def test_the_program_lists_them_and_checks_their_fixture(one):
    listed = [line.split("  ")[0] for line in cli("keys").stdout.splitlines()]
    assert set(listed) == {magic(digits) for digits in [*REFUSED, *OTHERS]}
    assert [line.split()[1] for line in one.stdout[1:]] == listed
    assert cli("check", "magic").stdout == "1 ok: plan magic\n"


def asked(one, header, key=BUILT_IN_KEY):
    headers = {"Authorization": f"Bearer {key}", "X-Cloro-Mock": header}
    return one.http.post(path_of("chatgpt"), json=question("chatgpt"), headers=headers)


def test_a_header_asks_for_a_fault_where_that_is_allowed(double):
    one = double("--allow-overrides", "--clock", "manual")
    answer = asked(one, "fault=status; status=503; retryAfter=7")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert answer.json()["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert entries(one)[-1]["reason"] == "fault: X-Cloro-Mock (status)"
    assert asked(one, "fault=malformed_response").status_code == 200
    assert one.balance(BUILT_IN_KEY) == 250_000 - 7
    assert one.post(BUILT_IN_KEY, path_of("chatgpt"), question("chatgpt")).status_code == 200


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("bla", "expected fault=KIND"), ("", "expected fault=KIND"),
        ("status=503", "expected fault=KIND"), ("fault=storm", '"storm" is unknown'),
        ("fault=status", "status: is missing"), ("latency=soon", "latency: expected a latency"),
        ("fault=status; status=503; status=500", "expected fault=KIND"),
        ("fault=status; status=503; retry=7", "retry: unknown member"),
        ("fault=task_failure", "strikes no request"),
    ],
)  # fmt: skip
def test_a_header_that_can_t_be_used_is_refused(double, header, problem):
    answer = asked(double("--allow-overrides"), header)
    assert answer.status_code == 400 and answer.json()["details"][0]["field"] == "X-Cloro-Mock"
    message = answer.json()["details"][0]["message"]
    assert problem in message and "fault=status; status=503; retryAfter=7" in message


def test_without_the_flag_the_header_changes_nothing_and_is_noted(double):
    one = double()
    plain = one.post(BUILT_IN_KEY, path_of("chatgpt"), question("chatgpt"))
    with_header = asked(one, "fault=status; status=503")
    assert (with_header.status_code, with_header.content) == (200, plain.content)
    first, second = entries(one)
    assert "notes" not in first or first["notes"] == []
    assert second["notes"] == ["ignored: header X-Cloro-Mock, which needs --allow-overrides"]
