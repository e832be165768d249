"""Requests and what becomes of them: one row each, for `test_live_table.py`.

A row has a provider, the members that its body has beside the smallest one (`...` takes a member
away), and the outcome in 2026-07 and in 2026-10: the price of a synchronous answer, or the failing
fields with their texts, in their order.
"""

from dataclasses import dataclass, field

NO_PROMPT = ("prompt", "Prompt cannot be empty")
NO_QUERY = ("query", "Query cannot be empty")
LONG_PROMPT = ("prompt", "Prompt is too long (max 10,000 characters)")
LONG_QUERY = ("query", "Query is too long (max 10,000 characters)")
NO_COUNTRY = ("country", "Invalid input: expected string, received undefined")
SUPPORT = (
    "We currently do not support this country code. If you'd like us to add support, please reach "
    "out to our support team and we will implement it."
)
UNKNOWN = ("country", SUPPORT)
UNKNOWN_GL = ("gl", SUPPORT)
ELSEWHERE = "This model is not available in this country. Please select a different country."
BLOCKED = ("country", ELSEWHERE)
NO_GL = ("gl", "Provide gl (or country, which is deprecated)")
NO_GL_BESIDE_URL = ("gl", "Provide gl, or include gl= in the url so it can be derived")
BOTH_PLACES = ("uule", "Cannot set both location and uule; provide only one")
NEITHER = ("query", "Provide either query or url")
BAD_STATE = ("state", "Invalid `state` for US. Use a code from `GET /v1/states?country=US`.")
NO_FORM = ("include.aioverview", "Invalid input")
MALFORMED = ("url", "url must be a valid absolute http(s) URL")
HOST = ("url", "url must be a Google web search host, e.g. www.google.com or google.co.uk")
PATH = ("url", "url path must be /search")
TBM = (
    "url",
    "url must not set tbm; use the vertical-specific endpoint instead "
    "(POST /v1/monitor/google/news for tbm=nws)",
)
NO_Q = ("url", "url must include a non-empty q parameter")


def no_states(country):
    return ("state", f"`state` is not supported for country {country}.")


def differ(country, gl):
    return (
        "gl",
        f'Cannot set both country and gl to different values (country: "{country}", gl: "{gl}"); '
        "country is deprecated — send gl alone",
    )


def owned(name):
    return (name, f"Cannot set both url and {name}; the URL owns this value")


def derived(code):
    return (
        "gl",
        f"Derived country \"{code}\" from the url's gl is not supported; "
        "pass a supported gl explicitly",
    )


def wrong(name, expected, received):
    """A wrong type in the words of each revision's validator: a pair."""
    old = f"Expected {expected}, received {received}"
    return (name, old), (name, f"Invalid input: expected {expected}, received {received}")


@dataclass
class Row:
    provider: str
    members: dict = field(default_factory=dict)
    july: object = None
    october: object = None


def both(provider, outcome, **members):
    return Row(provider, members, outcome, outcome)


def each(provider, july, october, **members):
    return Row(provider, members, july, october)


def october(outcome, *, provider="google", **members):
    """A row of 2026-10 alone."""
    return Row(provider, members, None, outcome)


def by_address(outcome, url, **members):
    """A Google search by its address, without query and country unless the row has them."""
    return october(outcome, **{"query": ..., "country": ..., "url": url, **members})


def typed(provider, name, expected, value, received, **members):
    path, last = name.split("."), value
    for part in reversed(path[1:]):
        last = {part: last}
    july, new = wrong(name, expected, received)
    return Row(provider, {path[0]: last, **members}, [july], [new])


PROMPTS = {"chatgpt": (7, 7), "gemini": (6, 6), "grok": (6, 6), "copilot": (7, 7),
           "perplexity": (5, 6)}  # fmt: skip
SEARCH = "https://www.google.com/search?q=best+laptop&gl=de"
LONG = "x" * 10_001

ROWS = [
    # The questions.
    *(each(name, *price) for name, price in PROMPTS.items()),
    both("aimode", 6), both("google", 5), both("google/news", 5),
    *(both(name, [NO_PROMPT], prompt="") for name in [*PROMPTS, "aimode"]),
    *(both(name, [NO_PROMPT], prompt=...) for name in [*PROMPTS, "aimode"]),
    *(both("chatgpt", [NO_PROMPT], prompt=value) for value in (None, 7, True, [], {})),
    both("gemini", [LONG_PROMPT], prompt=LONG), both("aimode", [LONG_PROMPT], prompt=LONG),
    both("google", [LONG_QUERY], query=LONG), both("google/news", [LONG_QUERY], query=LONG),
    both("chatgpt", 7, prompt="x" * 10_000), both("google", 5, query="x" * 10_000),
    both("google", [NO_QUERY], query=""), both("google/news", [NO_QUERY], query=""),
    both("google/news", [NO_QUERY], query=...), both("google/news", [NO_QUERY], query=5),
    each("google", [NO_QUERY], [NEITHER], query=...),
    # A search without words and without an address has neither.
    each("google", 5, [NEITHER], query="  "),
    # Countries.
    *(both(name, [NO_COUNTRY], country=...) for name in PROMPTS),
    each("aimode", [NO_COUNTRY], [NO_GL], country=...),
    each("google", [NO_COUNTRY], [NO_GL], country=...),
    each("google/news", [NO_COUNTRY], [NO_GL], country=...),
    *(both(name, [UNKNOWN], country="us") for name in [*PROMPTS, "aimode", "google"]),
    *(both("google/news", [UNKNOWN], country=code) for code in ("UK", "XX", "USA")),
    each("google", [UNKNOWN], [UNKNOWN, NO_GL], country=""),
    both("chatgpt", 7, country="XK"), both("google", 5, country="CN"),
    both("google/news", 5, country="KP"),
    *(both("chatgpt", [BLOCKED], country=code) for code in "CN HK IR MO RU VE".split()),
    each("chatgpt", [BLOCKED], 7, country="CZ"),
    *(both("gemini", [BLOCKED], country=code) for code in "BY CN RU".split()),
    *(both("copilot", [BLOCKED], country=code) for code in "BY CN RU SY VE".split()),
    each("copilot", 7, [BLOCKED], country="IR"),
    *(both("grok", [BLOCKED], country=code) for code in "BY CN HK RU VE".split()),
    both("perplexity", [BLOCKED], country="CN"), each("perplexity", 5, 6, country="RU"),
    *(both("aimode", [BLOCKED], country=code) for code in "CN CU IR KP".split()),
    # The countries without an overview filter the list only.
    each("google", 7, 7, country="FR", include={"aioverview": True}),
    both("google", 7, country="CN", include={"aioverview": {}}),
    typed("chatgpt", "country", "string", None, "null"),
    typed("google", "country", "string", 5, "number"),
    # gl.
    *(october(5, country=..., gl=code) for code in ("US", "us", "De", " gb ")),
    october(6, provider="aimode", country=..., gl="fr"),
    october(5, provider="google/news", country="GB", gl="gb"),
    *(october([UNKNOWN_GL], country=..., gl=code) for code in ("xx", "usa")),
    october([UNKNOWN_GL], provider="google/news", country=..., gl=""),
    *(october([differ("US", "de")], provider=name, country="US", gl="de")
      for name in ("google", "google/news", "aimode")),
    october([differ("DE", "At")], country="DE", gl="At"),
    # An unknown code is told once, however many rules it breaks.
    october([UNKNOWN_GL], country="US", gl="zz"),
    # States.
    each("chatgpt", 9, 9, state="ca"), each("perplexity", 7, 8, state="NY"),
    both("gemini", 8, state="Dc"), both("copilot", 9, state="WY"), both("grok", 8, state="tX"),
    *(both("chatgpt", [BAD_STATE], state=code) for code in ("ZZ", "PR", "", "C", "CAL")),
    *(both("grok", [no_states("GB")], country="GB", state=code) for code in ("CA", "zz")),
    both("gemini", [UNKNOWN, no_states("(none)")], country="", state="CA"),
    both("copilot", [UNKNOWN], country="us", state="CA"),
    both("perplexity", [UNKNOWN, no_states("XX")], country="xx", state="CA"),
    # What is missing or of a wrong type keeps the rules between members away.
    both("chatgpt", [NO_PROMPT], prompt=..., country="GB", state="CA"),
    both("chatgpt", [NO_COUNTRY], country=..., state="CA"),
    both("chatgpt", [NO_PROMPT, no_states("GB")], prompt="", country="GB", state="CA"),
    both("chatgpt", [LONG_PROMPT, BLOCKED, no_states("CN")], prompt=LONG, country="CN",
         state="CA"),
    each("aimode", [NO_PROMPT, NO_COUNTRY], [NO_PROMPT], prompt=..., country=...),
    each("aimode", [NO_PROMPT, NO_COUNTRY], [NO_PROMPT, NO_GL], prompt="", country=...),
    each("google", [NO_QUERY, NO_COUNTRY], [NEITHER], query=..., country=...),
    each("google/news", [NO_QUERY, NO_COUNTRY], [NO_QUERY], query=..., country=...),
    both("gemini", [NO_PROMPT, NO_COUNTRY], prompt=..., country=...),
    typed("chatgpt", "state", "string", 5, "number", country="GB"),
    typed("gemini", "include", "object", [], "array", country="GB", state="CA"),
    typed("google", "location", "string", [], "array", uule="w+CAIQICI"),
    # Places.
    both("google", 5, location="Austin,Texas,United States"), both("aimode", 6, uule="w+CAIQICI"),
    both("google", [BOTH_PLACES], location="Austin", uule="w+CAIQICI"),
    both("aimode", [BOTH_PLACES], location="Austin", uule="w+CAIQICI"),
    both("google", 5, location=" ", uule="w+CAIQICI"),
    october([BOTH_PLACES, differ("US", "de")], location="a", uule="b", gl="de"),
    october([differ("US", "de"), BOTH_PLACES], provider="aimode", location="a", uule="b", gl="de"),
    # Pages.
    *(both("google", price, pages=count)
      for count, price in ((1, 5), (2, 7), (10, 23), (0.1, 5), (1.5, 7), (2.0, 7), (9.01, 23))),
    both("google/news", 9, pages=2.5),
    *(each("google", [("pages", "Number must be greater than 0")],
           [("pages", "Too small: expected number to be >0")], pages=count)
      for count in (0, -1, -0.5)),
    *(each("google/news", [("pages", "Number must be less than or equal to 10")],
           [("pages", "Too big: expected number to be <=10")], pages=count)
      for count in (11, 10.5)),
    typed("google", "pages", "number", "2", "string"),
    typed("google/news", "pages", "number", None, "null"),
    # Includes.
    both("google", 7, include={"aioverview": True}),
    both("google", 7, include={"aioverview": {"markdown": True}}),
    both("google", 7, include={"aioverview": {}}),
    both("google", 5, include={"aioverview": False}),
    each("google", 9, 7, include={"aioverview": True, "paaAioverview": True}),
    each("google", 9, 7, include={"aioverview": {"markdown": False}, "paaAioverview": True}),
    both("google", 7, include={"aioverview": False, "paaAioverview": True}),
    *(both("google", [NO_FORM], include={"aioverview": value})
      for value in (None, "yes", 1, [], {"markdown": 1}, {"markdown": None})),
    typed("chatgpt", "include.html", "boolean", "yes", "string"),
    typed("google", "include.paaAioverview", "boolean", None, "null"),
    both("chatgpt", 9, include={"shopping": True, "ads": True, "html": True}),
    # Unknown members.
    both("google", 7, include={"aioverview": True, "markdown": True}),
    both("google", 7, include={"aioverview": {"deep": True}}),
    *(each(name, *PROMPTS[name], include={"searchQueries": True})
      for name in ("copilot", "gemini", "perplexity", "grok")),
    both("chatgpt", 7, query="x", zip=1, model="gpt"),
    both("google", 5, state="CA", prompt=5), both("chatgpt", 7, gl=7, pages="many"),
    both("chatgpt", 7, legacy=True),
    each("chatgpt", 7, [wrong("legacy", "boolean", "string")[1]], legacy="yes"),
    both("gemini", 6, device="tv", location=1, uule=2),
    both("aimode", 6, include={"rawResponse": True, "aioverview": 5}),
    both("chatgpt", [NO_PROMPT], prompt="", color="red", include={"pdf": True}),
    # Addresses.
    by_address(5, SEARCH), by_address(5, SEARCH, country="DE"), by_address(5, SEARCH, gl="De"),
    by_address(5, "http://GOOGLE.co.uk/search?gl=gb&q=x"),
    by_address(5, "  https://google.com/search?q=best laptop&gl=us  "),
    by_address(5, "https://google.com/search?q=x", gl="us", device="ios"),
    by_address(7, SEARCH, include={"aioverview": True}),
    *(by_address(price, f"{SEARCH}&num={text}")
      for text, price in (("10", 5), ("11", 7), ("30abc", 9), ("junk", 5), ("-5", 5), ("0", 5),
                          ("100", 23), ("5000", 23))),
    by_address(5, "", query="x", country="US"),
    by_address([NEITHER], ""),
    *(by_address([MALFORMED], url)
      for url in ("google.com/search?q=x&gl=us", "/search?q=x", "ftp://google.com/search?q=x")),
    *(by_address([HOST], url)
      for url in ("https://news.google.com/maps?tbm=nws", "https://example.com/search?q=x",
                  "https://google/search?q=x", "https://www.google.example.com/search?q=x")),
    by_address([PATH], "https://www.google.com/maps?tbm=nws"),
    by_address([PATH], "https://www.google.com/search/?q=x"),
    by_address([TBM], "https://www.google.com/search?tbm=nws"),
    by_address([NO_Q], "https://www.google.com/search?gl=us"),
    by_address([NO_Q], "https://www.google.com/search?q=%20&gl=us"),
    by_address([owned("location")], SEARCH, location="Berlin"),
    by_address([owned("query")], SEARCH, query="worst laptop"),
    by_address(5, SEARCH, query="best laptop", pages=1),
    by_address([owned("pages")], SEARCH, pages=2), by_address(7, SEARCH + "&num=20", pages=2),
    by_address([owned("uule")], SEARCH, uule="w+X"),
    by_address(5, SEARCH + "&uule=w+X", uule="w+X"),
    by_address([owned("uule")], SEARCH + "&uule=w+X", uule="w X"),
    by_address([owned("hl")], SEARCH + "&hl=de", hl="en"),
    by_address(5, SEARCH + "&hl=de", hl="DE"),
    by_address([owned("gl")], SEARCH, gl="fr"),
    by_address([owned("country")], SEARCH, country="FR"),
    by_address([differ("FR", "de")], SEARCH, country="FR", gl="de"),
    by_address([NO_GL_BESIDE_URL], "https://www.google.com/search?q=x"),
    by_address([derived("ZZ")], "https://www.google.com/search?q=x&gl=zz"),
    by_address([owned("query"), owned("location"), owned("pages"), PATH],
               "https://www.google.com/maps?q=x", query="x", location="y", pages=1),
]  # fmt: skip
