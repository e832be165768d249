"""Bodies are as JavaScript would write them: `JSON.stringify(JSON.parse(body))` gives them back."""

import itertools
import json
import random
import subprocess

import pytest

from api import body
from results import STYLES, combinations, everything
from rules import rule
from support import PROVIDERS, path_of

# Reads bodies, one a line, and prints the numbers of those that come out otherwise.
SCRIPT = """
const lines = require("fs").readFileSync(0, "utf8").split("\\n").slice(0, -1);
lines.forEach((line, number) => {
  if (JSON.stringify(JSON.parse(line)) !== line) console.log(number);
});
console.log(lines.length);
"""
TEXTS = [
    "plain", "caf\u00e9 \u65e5\u672c", "\U0001f469\u200d\U0001f469", '"quoted" \\ back/slash',
    "</script>", "tab\tline\nreturn\rfeed\f back\b", "\x00\x01\x1f", "\x7f delete",
    "\u2028 and \u2029", "\ufeff mark", "\ud800 alone", "\udc00 too", "\ud83d", "a\u0301", "\uffff",
    "{{brand1}} $1 %s", "1e21 4.0 -0",
]  # fmt: skip
NUMBERS = """
    1e21 1E5 -0 -0.0 1.50 4.0 51.4180 0.000001 1e-7 123456789012345678901 9007199254740993
    -9007199254740993 9223372036854775807 18446744073709551615 5e-324 1.7976931348623157e308 1e-400
    0.1 100 1e20 0.30000000000000004 12345678901234567 1e16 4.35 123e-20 2.5e+3""".split()


def differing(bodies):
    """What JavaScript would write otherwise."""
    assert bodies and not any("\n" in each for each in bodies)
    done = subprocess.run(
        ["node", "-e", SCRIPT], input="".join(each + "\n" for each in bodies).encode(),
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    *numbers, count = map(int, done.stdout.split())
    assert count == len(bodies)
    return [bodies[number] for number in numbers]


def javascript(text):
    """What JavaScript makes of a JSON text."""
    done = subprocess.run(
        ["node", "-e", 'console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(0))))'],
        input=text.encode(), capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout.decode().rstrip("\n")


def questions(count):
    draw = random.Random(19)
    for number in range(count):
        words = draw.sample(TEXTS, 3)
        yield f"{number} " + " ".join(words) + chr(draw.choice([*range(0x20), 0x7F, 0xE9, 0x20AC]))


def asked(api, key, provider, text, **members):
    # Lone surrogates can be sent in ASCII only.
    return api.double.http.post(
        path_of(provider), content=json.dumps(body(provider, text, **members)),
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip


@rule("results.javascript")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_answers_are_what_javascript_would_write(api, provider):
    keys = itertools.cycle(
        api.mint(shapes=shapes, variety=variety, credits=10**9, requestsPerSecond=10**6)
        for shapes, variety in STYLES
    )
    includes = itertools.cycle(combinations(provider, api.revision))
    bodies = []
    for text in questions(500):
        answer = asked(api, next(keys), provider, text, include=next(includes))
        assert answer.status_code == 200, answer.text
        bodies.append(answer.text)
    assert len({*bodies}) > 100 and not differing(bodies)


@rule("results.javascript")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_tasks_and_webhooks_are_what_javascript_would_write(api, provider):
    key = api.mint(
        progression="immediate", webhookMode="collect", variety="typical", shapes="live",
        credits=10**9, requestsPerSecond=10**6,
    )  # fmt: skip
    include = everything(provider, api.revision)
    hook = {"webhook": {"url": "http://127.0.0.1:9/"}}
    texts = (text.encode("utf8", "replace").decode() for text in questions(60))
    ids = [
        api.submitted(key, provider, body(provider, text, include=include), **hook)
        for text in texts
    ]
    api.settled(key)
    bodies = [api.get(key, f"/v1/async/task/{id}").text for id in ids]
    sent = api.double.control("GET", "webhooks", status=200, key=key).json()["webhooks"]
    assert len(sent) == len(ids) and not differing(bodies)
    assert not differing([each["body"] for each in sent])


@rule("results.javascript")
def test_refusals_are_what_javascript_would_write(api):
    key = api.mint(credits=1)
    bodies = [asked(api, key, "chatgpt", text, country=text).text for text in TEXTS]
    bodies += [asked(api, key, "chatgpt", "x").text, api.get(key, "/v1/x").text]
    bodies += [api.get(key, "/v1/countries").text, api.get(key, "/v1/credits").text]
    assert not differing(bodies)


@rule("results.javascript-stubs")
@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_a_stub_s_result_is_what_javascript_reads(api, mode):
    key = api.mint(credits=10**6, progression="hold")
    given = '{"b":{"x":1,"10":2,"9":3,"x":4},"numbers":[%s],"1":1,"0":2,"a":1,"__proto__":2,"a":3}'
    given %= ",".join(NUMBERS)
    stub = '{"match":{"key":"%s"},"mode":"%s","result":%s}' % (key, mode, given)
    made = api.double.http.post("/_mock/responses", content=stub)
    assert made.status_code == 201, made.text
    answer = api.ask(key, "grok")
    assert not differing([answer.text])
    if mode == "replace":
        assert answer.text == '{"success":true,"result":%s}' % javascript(given)
    id = api.submitted(key, "grok")
    api.double.http.post(f"/_mock/tasks/{id}/complete", content='{"result":%s}' % given)
    read = api.get(key, f"/v1/async/task/{id}").text
    assert not differing([read]) and javascript(given) in read
