"""Every field of every result against the description: nothing invented, nothing missing."""

import itertools

import pytest

from api import task
from results import SCHEMAS, everything, flags, forms, without_links
from rules import rule
from support import PROVIDERS, path_of

QUESTIONS = ["What is the best laptop?", "Bakery near me", "Who is Ada Lovelace?", "é \U0001f600"]


@pytest.fixture(scope="module")
def key(api):
    return api.mint(credits=10**9, requestsPerSecond=10**6)


def members(description, schema, value, path=""):
    """The paths of the members that a value has, by its schema."""
    return {each for each, _, _ in walk(description, schema, value, path) if each}


def walk(description, schema, value, path):
    schema = whole(description, schema)
    yield path, schema, value
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in schema["properties"]:
                yield from walk(description, schema["properties"][name], inner, f"{path}/{name}")
    if isinstance(value, list):
        for inner in value:
            yield from walk(description, schema.get("items", {}), inner, f"{path}[]")


def whole(description, schema):
    """A schema with its references and parts joined, and all properties of its branches."""
    joined = {"properties": {}}
    if schema is True or schema is False:
        return joined
    parts = [description.lookup(schema["$ref"])] if "$ref" in schema else []
    for name in ("allOf", "anyOf", "oneOf"):
        parts += schema.get(name, [])
    for part in [*(whole(description, each) for each in parts), schema]:
        properties = joined["properties"] | part.get("properties", {})
        joined |= part
        joined["properties"] = properties
    return joined


def declared(description, schema, path="", seen=()):
    """The paths of all members that a schema declares."""
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    if reference in seen:
        return
    seen = (*seen, reference) if reference else seen
    joined = whole(description, schema)
    for name, inner in joined["properties"].items():
        if inner is False:
            continue
        yield f"{path}/{name}"
        yield from declared(description, inner, f"{path}/{name}", seen)
    if isinstance(joined.get("items"), dict):
        yield from declared(description, joined["items"], f"{path}[]", seen)


@rule("results.complete", "results.closed", "results.envelope")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_is_missing_and_nothing_invented(api, description, key, provider):
    schema = {"$ref": f"#/components/schemas/{SCHEMAS[provider]}"}
    found, problems = set(), []
    for members_, question in itertools.product(forms(provider, api.revision), QUESTIONS):
        answer = api.ask(key, provider, question, **members_)
        assert list(answer.json()) == ["success", "result"] and answer.json()["success"] is True
        problems += description.judge("POST", path_of(provider), answer)
        found |= members(description, schema, answer.json()["result"])
    assert not problems
    assert set(declared(description, schema)) - found == set()


@rule("results.complete")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_one_question_with_all_includes_has_every_member_of_the_result(
    api, description, key, provider
):
    members_ = {"include": everything(provider, api.revision)}
    legacy = {"legacy": True} if provider == "chatgpt" and not api.is_july else {}
    result = api.result(key, provider, **members_, **legacy)
    schema = description.document["components"]["schemas"][SCHEMAS[provider]]
    assert set(whole(description, schema)["properties"]) - set(result) == set()


@rule("results.closed")
def test_every_object_of_a_result_is_closed(description, revision):
    """What stays open carries a provider's free data; the list is short and known."""
    free = {
        "rawResponse[]", "variants[]", "citations[]", "all_ids", "supporting_websites[]", "debug",
        "slots", "specifications", "userReviews[]", "relatedProducts[]",
    }  # fmt: skip

    def open_objects(schema, path, seen=()):
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if reference in seen or not isinstance(schema, dict):
            return
        seen = (*seen, reference) if reference else seen
        joined = whole(description, schema)
        if joined.get("type") == "object" and joined.get("additionalProperties") is not False:
            yield path
        for name, inner in joined["properties"].items():
            yield from open_objects(inner, f"{path}/{name}", seen)
        yield from open_objects(joined.get("items"), f"{path}[]", seen)

    for name in SCHEMAS.values():
        for path in open_objects({"$ref": f"#/components/schemas/{name}"}, name):
            assert path.rsplit("/", 1)[-1] in free, path


@rule("results.includes")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_flag_adds_its_own_members_and_changes_no_other(api, key, provider):
    for flag in set(flags(provider, api.revision)) - {"aioverview", "paaAioverview"}:
        form = {"legacy": True} if flag == "searchQueries" and not api.is_july else {}
        plain = api.result(key, provider, **form)
        off, on = (
            api.result(key, provider, include={flag: each}, **form) for each in (False, True)
        )
        added = {
            "shopping": {"shoppingCards", "inlineProducts"}, "expandProducts": {"productResults"},
            "searchQueries": {"searchQueries"} | ({"mapSearchQueries"} if form else set()),
        }.get(flag, {flag})  # fmt: skip
        assert off == plain and set(on) - set(plain) == added, flag
        assert {name: on[name] for name in plain} == plain, flag


@rule("async.result-unwrapped", "results.closed")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_task_gives_the_same_result_as_the_question(api, description, provider):
    key = api.mint(seed=1, progression="immediate", credits=10**6)
    asked = {"include": everything(provider, api.revision)}
    result = api.result(key, provider, **asked)
    payload = task(provider)["payload"] | asked
    read = api.outcome(key, api.submitted(key, provider, payload))
    assert without_links(read["response"]) == without_links(result)
    schema = {"$ref": f"#/components/schemas/{SCHEMAS[provider]}"}
    assert not description.errors(schema, read["response"])
    assert set(asked["include"]) == set(flags(provider, api.revision))
