"""Request bodies as bytes: what is JSON, and what is an object."""

import json

import pytest

from support import PROVIDERS, path_of, question
from wire import RawConnection, request_bytes

VALID = json.dumps(question("chatgpt")).encode()


@pytest.fixture
def key(shared):
    return shared.minted()


def send(double, key, content, content_type="application/json", provider="chatgpt"):
    headers = {"Authorization": f"Bearer {key}"}
    if content_type is not None:
        headers["Content-Type"] = content_type
    return double.http.post(path_of(provider), content=content, headers=headers)


@pytest.mark.parametrize(
    "content",
    [
        b"", b" ", b"{", b"}", b"nonsense", b"{'prompt':'x'}", b'{"prompt":"x",}', b"{prompt:1}",
        VALID[:-1], VALID + b"x", VALID + VALID, b"\xff\xfe", b'{"prompt":"\xff"}', b"NaN",
        b'{"prompt":"a\nb","country":"US"}', b'{"pages":01}', b'{"pages":+1}', b'{"a":"\\x"}',
        b'[]', b"null", b"true", b"1", b'"text"', b"prompt=x&country=US", b"[" * 100_000,
        b'{"a":' * 5_000, b"\x00", VALID.decode().encode("utf-16"),
    ],
)  # fmt: skip
def test_what_is_no_json_object_fails_as_a_whole(shared, key, content):
    refused = send(shared, key, content)
    assert refused.status_code == 400
    refusal = refused.json()
    assert list(refusal) == ["success", "error", "details"]
    assert (refusal["success"], refusal["error"]) == (False, "Request validation failed")
    (detail,) = refusal["details"]
    assert list(detail) == ["field", "message"]
    assert detail["field"] == "" and detail["message"]
    assert shared.balance(key) == 250_000


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_absent_body_fails_as_a_whole(shared, key, provider):
    for fields in ([], [("Content-Length", "0")]):
        with RawConnection(shared.port) as connection:
            connection.send(request_bytes("POST", path_of(provider), key, fields=fields))
            refused = connection.answer()
        assert refused.status == 400
        assert [detail["field"] for detail in refused.json()["details"]] == [""]


@pytest.mark.parametrize(
    "content",
    [
        b" \r\n\t" + VALID + b"\n", b'{"country":"US","prompt":"x"}',
        b'{"prompt":"\\u00e9\\ud83d\\ude00","country":"US"}',
        '{"prompt":"é😀","country":"US"}'.encode(), b'{"prompt":"a\\nb","country":"US"}',
        b'{"prompt":"\\u0000\\"\\\\\\/","country":"US"}',
    ],
)  # fmt: skip
def test_json_in_other_clothes(shared, key, content):
    assert send(shared, key, content).status_code == 200


def test_answers_quote_the_question_as_json(shared, key):
    text = 'Quote " backslash \\ newline \n tab \t null \0 smile \U0001f600 </script> {{question}}'
    for provider in PROVIDERS:
        answer = shared.ask(key, provider, text)
        assert answer.status_code == 200, answer.text
        assert answer.json()["success"] is True
        if "text" in answer.json()["result"]:
            assert answer.headers["content-length"] == str(len(answer.content))


def test_escaped_and_plain_questions_are_one_question(shared, key):
    plain = send(shared, key, '{"prompt":"é😀","country":"US"}'.encode())
    escaped = send(shared, key, b'{"prompt":"\\u00e9\\ud83d\\ude00","country":"US"}')
    assert plain.content == escaped.content


def test_unknown_names_are_quoted_as_json(shared):
    name = 'a"b\\c\n\U0001f600'
    key = shared.minted(unknownMembers="refuse")
    refused = send(shared, key, json.dumps(question("chatgpt") | {name: 1}).encode())
    assert [detail["field"] for detail in refused.json()["details"]] == [name]


@pytest.mark.parametrize("path", [path_of("chatgpt"), "/v1/async/task"])
def test_many_megabytes_are_refused_by_the_prompt_alone(shared, key, path):
    asked = question("chatgpt", "x" * 8_000_000)
    is_task = path.endswith("task")
    sent = {"taskType": "CHATGPT", "payload": asked} if is_task else asked
    refused = shared.post(key, path, sent)
    name = "payload.prompt" if is_task else "prompt"
    assert [detail["field"] for detail in refused.json()["details"]] == [name]


def test_a_member_that_stands_twice_is_not_a_crash(shared, key):
    body = b'{"prompt":"a","prompt":"b","country":"US"}'
    assert send(shared, key, body).status_code in (200, 400)
