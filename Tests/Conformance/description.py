"""The double's own OpenAPI description, and answers judged by it."""

import functools
import json
import re
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

METHODS = ("get", "put", "post", "patch", "delete")
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[\w.~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
FORMATS = FormatChecker(formats=())
# Fields of HTTP that no description needs to name.
PLAIN = {"content-type", "content-length", "date", "connection", "allow", "keep-alive"}


@FORMATS.checks("uri")
def is_address(value):
    return not isinstance(value, str) or bool(
        ADDRESS.fullmatch(value) and value.isascii() and urlsplit(value).netloc
    )


@FORMATS.checks("uuid")
def is_uuid(value):
    pattern = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    return not isinstance(value, str) or bool(re.fullmatch(pattern, value))


@FORMATS.checks("date-time")
def is_time(value):
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
    return not isinstance(value, str) or bool(re.fullmatch(pattern, value))


class Description:
    def __init__(self, document):
        self.document = document
        resource = Resource(contents=document, specification=DRAFT202012)
        self.registry = Registry().with_resource("urn:description", resource)
        self.validators = {}

    @classmethod
    @functools.cache
    def of(cls, double, revision):
        answer = double.control("GET", "openapi.json", status=200, contract=revision)
        return cls(json.loads(answer.text))

    def resolved(self, value):
        while "$ref" in value and set(value) <= {"$ref", "description", "summary"}:
            value = self.lookup(value["$ref"])
        return value

    def lookup(self, reference):
        value = self.document
        for part in reference.removeprefix("#/").split("/"):
            value = value[part.replace("~1", "/").replace("~0", "~")]
        return value

    def operations(self, prefix="/"):
        """Method, path template and operation."""
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item and path.startswith(prefix):
                    yield method.upper(), path, item[method]

    def operation(self, method, path):
        return self.document["paths"][path][method.lower()]

    def statuses(self, method, path):
        return sorted(int(status) for status in self.operation(method, path)["responses"])

    def response(self, method, path, status):
        responses = self.operation(method, path)["responses"]
        assert str(status) in responses, f"{method} {path}: {status} is not described"
        return self.resolved(responses[str(status)])

    def errors(self, schema, value):
        """What of a value breaks a schema."""
        text = json.dumps(schema).replace('"#/components/', '"urn:description#/components/')
        if text not in self.validators:
            self.validators[text] = Draft202012Validator(
                json.loads(text), registry=self.registry, format_checker=FORMATS
            )
        found = list(self.validators[text].iter_errors(value))
        return [
            f"{'/'.join(map(str, each.absolute_path))}: {each.message[:300]}"
            + "".join(f" [{inner.message[:200]}]" for inner in (each.context or [])[:4])
            for each in found[:8]
        ]

    def judge(self, method, path, answer):
        """What of an answer is not as described: status, media type, headers, body."""
        where = f"{method} {path} {answer.status_code}: "
        response = self.response(method, path, answer.status_code)
        problems = self.header_problems(response.get("headers", {}), answer.headers)
        media = answer.headers.get("content-type", "").split(";")[0]
        contents = response.get("content", {})
        if not contents:
            problems += ["a body that is not described"] if answer.content else []
        elif media not in contents:
            problems.append(f"media type {media!r}")
        elif media.endswith("json"):
            problems += self.errors(contents[media].get("schema", {}), answer.json())
        return [where + each for each in problems]

    def header_problems(self, described, sent):
        problems = []
        for name, header in described.items():
            header = self.resolved(header)
            value = sent.get(name)
            if value is None:
                problems += [f"{name} is missing"] if header.get("required") else []
                continue
            schema = self.resolved(header["schema"])
            if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value):
                value = int(value)
            problems += [f"{name} {each}" for each in self.errors(schema, value)]
        names = {name.lower() for name in described} | PLAIN
        return problems + [f"{name} is not described" for name in sent if name.lower() not in names]
