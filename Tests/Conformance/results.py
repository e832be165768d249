"""Every provider's answer with all that can be asked for, and in every style."""

import itertools

from rules import JULY

SHAPES, VARIETIES = ("documented", "live"), ("full", "typical", "sparse")
STYLES = list(itertools.product(SHAPES, VARIETIES))

FLAGS = {
    "chatgpt": ["html", "markdown", "rawResponse", "searchQueries", "ads", "shopping"],
    "gemini": ["html", "markdown", "rawResponse"],
    "grok": ["html", "markdown", "rawResponse"],
    "copilot": ["html", "markdown", "rawResponse"],
    "perplexity": ["html", "markdown", "rawResponse"],
    "aimode": ["html", "markdown", "expandProducts"],
    "google": ["html", "aioverview", "paaAioverview"],
    "google/news": ["html"],
}
SCHEMAS = {
    "chatgpt": "ChatGptResult", "gemini": "GeminiResult", "grok": "GrokResult",
    "copilot": "CopilotResult", "perplexity": "PerplexityResult", "aimode": "AiModeResult",
    "google": "GoogleResult", "google/news": "GoogleNewsResult",
}  # fmt: skip


def flags(provider, revision):
    """The include flags that a revision knows."""
    return [each for each in FLAGS[provider] if revision != JULY or each != "expandProducts"]


def everything(provider, revision):
    """`include` with every flag."""
    whole = {each: True for each in flags(provider, revision)}
    if "aioverview" in whole:
        whole["aioverview"] = {"markdown": True}
    return whole


def forms(provider, revision):
    """Members beside the question: each form in which a provider answers."""
    whole = {"include": everything(provider, revision)}
    yield whole
    yield {}
    if provider == "chatgpt" and revision != JULY:
        yield whole | {"legacy": True}
        yield whole | {"disableWebSearch": True}
    if provider.startswith("google"):
        yield whole | {"pages": 3}
        yield whole | {"device": "mobile"}


def combinations(provider, revision):
    """`include` with each set of flags."""
    known = flags(provider, revision)
    for chosen in itertools.product([False, True], repeat=len(known)):
        include = dict(zip(known, chosen, strict=True))
        if include.get("aioverview"):
            include["aioverview"] = {"markdown": True}
        elif "aioverview" in include:
            del include["aioverview"]
        yield include


def objects(value, path=""):
    """Every object of a value with its path; an array's elements have the path `name[]`."""
    if isinstance(value, dict):
        yield path, value
        for name, inner in value.items():
            yield from objects(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner, path + "[]")


def without_links(result):
    """A result without what differs each time."""
    return {name: value for name, value in result.items() if name != "html"}
