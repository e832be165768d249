"""Every provider's answer with all that can be asked for."""

from rules import JULY

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
