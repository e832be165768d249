"""The same seed gives the same bytes, whatever else runs."""

import json
import threading

from api import body, task
from results import everything, without_links
from rules import rule
from support import PROVIDERS, TIMESTAMP, path_of

NOW = "2031-01-01T00:00:00.000Z"
KEY = "sk_live_00000000000000000000000000005eed"


def scene(api):
    """Everything that one key sees: each answer's status, headers and body."""
    key = api.mint(key=KEY, credits=10**6, concurrency=5)
    answers = []
    for number, provider in enumerate(PROVIDERS):
        include = everything(provider, api.revision)
        answers.append(api.ask(key, provider, f"Question {number}", include=include))
        answers.append(api.post(key, path_of(provider), {}))
    answers += [api.submit(key, each, priority=3) for each in PROVIDERS]
    answers.append(api.batch(key, [task(), task("grok", {}), task("google")]))
    ids = [each.json()["task"]["id"] for each in answers[-9:-1]]
    ids += [each["task"]["id"] for each in answers[-1].json()["results"] if each["success"]]
    api.settled(key)
    answers += [api.get(key, f"/v1/async/task/{id}") for id in ids]
    for path in ("/v1/async/status", "/v1/credits", "/v1/countries", "/v1/nothing"):
        answers.append(api.get(key, path))
    api.double.control("DELETE", f"keys/{key}", status=200)
    return [seen(each, api) for each in answers]


def seen(answer, api):
    """All bytes of an answer; its port, which is any free one, made equal."""
    text = answer.text.replace(f"127.0.0.1:{api.double.port}", "double")
    headers = [
        pair for pair in answer.headers.multi_items() if pair[0] not in ("date", "content-length")
    ]
    return answer.status_code, headers, text


class Busy:
    """Other keys that ask and submit beside the scene."""

    def __init__(self, api):
        self.api, self.over, self.count = api, threading.Event(), 0
        self.threads = [threading.Thread(target=self.work, args=(each,)) for each in range(3)]

    def work(self, number):
        key = self.api.double.minted(
            credits=10**9, requestsPerSecond=10**6, contract=self.api.revision
        )
        while not self.over.is_set():
            provider = PROVIDERS[(number + self.count) % len(PROVIDERS)]
            assert self.api.ask(key, provider).status_code == 200
            assert self.api.submit(key, provider).status_code == 200
            self.count += 1

    def __enter__(self):
        for each in self.threads:
            each.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for each in self.threads:
            each.join()


def run(start, seed, busy=False):
    api = start("--seed", str(seed))
    api.double.control("PUT", "clock", {"now": NOW}, status=200)
    if not busy:
        return scene(api)
    with Busy(api) as others:
        found = scene(api)
    assert others.count > 3
    return found


@rule("results.same-bytes", "identifiers.own-sequence")
def test_two_runs_with_the_same_seed_are_byte_identical(start):
    quiet, beside_others = run(start, 7), run(start, 7, busy=True)
    assert len(quiet) > 30
    for first, second in zip(quiet, beside_others, strict=True):
        assert first == second
    other = run(start, 8)
    assert other != quiet
    # Another seed changes the answers, not what was refused.
    assert [each[0] for each in other] == [each[0] for each in quiet]


@rule("results.same-bytes", "identifiers.own-sequence")
def test_one_key_s_question_and_another(api):
    key, twin, other = (api.mint(seed=each) for each in (3, 3, 4))
    unseeded = api.mint()
    for provider in PROVIDERS:
        asked = [api.ask(key, provider) for _ in range(2)]
        assert asked[0].content == asked[1].content
        assert api.ask(key, provider, "Another question").content != asked[0].content
        assert api.ask(other, provider).content != asked[0].content
        assert api.ask(unseeded, provider).content != asked[0].content
        assert api.ask(key, provider, country="DE").content != asked[0].content
    ids = [api.submitted(key) for _ in range(3)]
    assert len({*ids}) == 3 and api.submitted(twin) not in ids


@rule("results.own-links", "results.same-bytes")
def test_each_answer_has_links_of_its_own(start):
    """The rest is the same; and so are the links of another run, asked in the same order."""
    runs = []
    for _ in range(2):
        api = start("--seed", "5")
        key = api.mint(key=KEY)
        runs.append([])
        for provider in PROVIDERS:
            asked = {"include": everything(provider, api.revision), "country": "US"}
            results = [api.result(key, provider, **asked) for _ in range(3)]
            links = [str(each["html"]) for each in results]
            inline = provider == "gemini" and api.is_july
            assert len(set(links)) == (1 if inline else 3)
            assert without_links(results[0]) == without_links(results[1])
            id = api.submitted(key, provider, body(provider, **asked))
            api.settled(key)
            task_links = str(api.read(key, id)["response"]["html"])
            assert inline or task_links not in links
            runs[-1] += [*links, task_links]
        runs[-1] = [each.replace(str(api.double.port), "") for each in runs[-1]]
    assert runs[0] == runs[1]


@rule("results.repeat")
def test_asked_again_a_question_may_answer_differently(start):
    runs = []
    for _ in range(2):
        api = start("--seed", "5")
        key = api.mint(key=KEY, repeat="vary", credits=10**6)
        plain = api.mint(seed=5, repeat="same")
        texts = []
        for provider in PROVIDERS:
            first, other, second, third = (
                api.ask(key, provider, text).text for text in ("A?", "B?", "A?", "A?")
            )
            assert len({first, other, second, third}) == 4
            texts += [first, other, second, third]
            assert api.ask(plain, provider).content == api.ask(plain, provider).content
        id = api.submitted(key, "grok", body("grok", "A?"))
        api.settled(key)
        fourth = json.dumps(api.read(key, id)["response"], separators=(",", ":"))
        assert fourth not in "".join(texts)
        assert api.double.patch(key, repeat="same")["repeat"] == "same"
        assert api.ask(key, "grok", "A?").content == api.ask(key, "grok", "A?").content
        runs.append([*texts, fourth])
    assert runs[0] == runs[1], "by the seed and how often it was asked"


@rule("results.same-bytes")
def test_reading_a_task_again_gives_the_same_bytes(api):
    key = api.mint(progression="immediate")
    id = api.submitted(key, "google", body("google", include={"html": True}))
    api.settled(key)
    reads = [api.get(key, f"/v1/async/task/{id}").content for _ in range(3)]
    assert len(set(reads)) == 1
    assert TIMESTAMP.search(json.dumps(api.read(key, id)))
