"""The synchronous API: every provider with all that it can be asked, and every refusal."""

from playing import BUILT_IN_KEY, value_of

PROVIDERS = [
    "chatgpt", "gemini", "grok", "google", "google/news", "copilot", "perplexity", "aimode",
]  # fmt: skip
# Each provider is asked for all of them: what it doesn't know is a refusal of its own.
INCLUDES = [
    "html", "markdown", "rawResponse", "searchQueries", "ads", "shopping", "paaAioverview",
    "expandProducts", "googleGoto",
]  # fmt: skip
UNKNOWN_KEY = "sk_live_" + "9" * 32
LINK = "https://www.google.com/search?q="


def path_of(provider):
    return f"/v1/monitor/{provider}"


def question(provider, text="What is the best laptop?", **members):
    name = "query" if provider.startswith("google") else "prompt"
    return {name: text, "country": "US", **members}


def ask(player, provider, key, note="", **members):
    return player.post(path_of(provider), question(provider, **members), key, note)


def answers(player, key):
    """Every provider with every include, place, device, depth and flag."""
    for provider in PROVIDERS:
        ask(player, provider, key)
        for name in INCLUDES:
            ask(player, provider, key, f"include {name}", include={name: True})
        ask(player, provider, key, "include html false", include={"html": False})
        ask(player, provider, key, "include nothing", include={})
        ask(player, provider, key, "overview", include={"aioverview": {}})
        ask(
            player, provider, key, "overview's markdown", include={"aioverview": {"markdown": True}}
        )
        ask(player, provider, key, "state", state="CA")
        ask(player, provider, key, "location", location="Austin, Texas")
        ask(player, provider, key, "uule", uule="w+CAIQICI")
        ask(
            player,
            provider,
            key,
            "another text",
            text="Où acheter un vélo à Genève? 🚲",
            country="CH",
        )
        for device in ("desktop", "mobile", "ios", "android"):
            ask(player, provider, key, f"device {device}", device=device)
        ask(player, provider, key, "three pages", pages=3)
        ask(player, provider, key, "language", gl="us", hl="EN")
    ask(player, "chatgpt", key, "all includes", include=dict.fromkeys(INCLUDES[:6], True))
    for name in ("legacy", "disableWebSearch"):
        for value in (True, False):
            ask(player, "chatgpt", key, f"{name} {value}", **{name: value})
    ask(player, "google", key, "ten pages, all includes", pages=10, include={
        "html": True, "aioverview": {"markdown": True}, "paaAioverview": True,
    })  # fmt: skip
    google = path_of("google")
    for note, url in (
        ("a link", LINK + "bikes&gl=de&hl=DE&num=30"),
        ("no search", "https://example.com/search?q=a"),
        ("an empty link", LINK), ("news", LINK + "bikes&tbm=nws"), ("no link", "bikes"),
        ("a long link", LINK + "a" * 10_001), ("a wide link", LINK + "bikes&num=1000"),
    ):  # fmt: skip
        player.post(google, {"url": url}, key, note)
    player.post(google, {"url": LINK + "bikes", "country": "FR"}, key, "a link with a country")
    player.post(
        google, {"url": LINK + "bikes", "query": "cars", "pages": 2}, key, "a link and more"
    )
    player.post(google, {"query": "bikes", "gl": "de"}, key, "gl alone")
    player.post(google, question("google", gl="de"), key, "gl and another country")
    player.post(google, question("google", gl="dé"), key, "a bad gl")


def results(player, key):
    """The pages that `html` leads to."""
    for provider, pages in (("chatgpt", 1), ("google", 2), ("google/news", 2), ("aimode", 1)):
        more = {"pages": pages} if pages > 1 else {}
        answer = value_of(
            ask(player, provider, key, "for its page", text="<b>&", include={"html": True}, **more)
        )
        found = answer["result"]["html"]
        for number, link in enumerate([found] if isinstance(found, str) else found, 1):
            target = link.split("double.test:8080")[1]
            player.get(target, note=f"page {number} of {provider}")
        player.get(target.replace("page-", "page-9"), note="no such page")
    player.call("HEAD", target)
    player.post(target, {}, note="another method")
    for name in ("x/page-1.html", "b0864943-5d45-4796-bc64-f052661256f0/page-1.html", "x"):
        player.get(f"/_mock/results/{name}")


def refusals(player, key):
    """Authentication, routes, methods and bodies that are refused."""
    chatgpt = path_of("chatgpt")
    for note, fields in (
        ("no key", []), ("another scheme", [("Authorization", "Basic a2V5")]),
        ("no token", [("Authorization", "Bearer")]), ("a token", [("Authorization", "Bearer abc")]),
        ("a lower-case scheme", [("Authorization", f"bearer {key}")]),
        ("a key and more", [("Authorization", f"Bearer {key} x")]),
        ("two keys", [("Authorization", f"Bearer {key}"), ("Authorization", f"Bearer {key}")]),
        ("capitals", [("Authorization", f"Bearer sk_live_{'A' * 32}")]),
        ("a short key", [("Authorization", f"Bearer {key[:-1]}")]),
        ("an unknown key", [("Authorization", f"Bearer {UNKNOWN_KEY}")]),
        ("another field", [("X-API-Key", key)]),
    ):  # fmt: skip
        player.post(chatgpt, question("chatgpt"), note=note, fields=fields)
        player.get("/v1/countries", note=note, fields=fields)
    for target in ("states", "credits", "async/status", "async/task/x"):
        player.get(f"/v1/{target}", note="no key")
    for target in [path_of(each) for each in [*PROVIDERS, "google/goto"]]:
        player.post(target, {}, note="no key")
    for target in ("task", "task/batch"):
        player.post(f"/v1/async/{target}", b"{", note="no key")
    player.call("DELETE", "/v1/async/queue", note="no key")
    player.get(f"/v1/credits?api_key={key}", note="a key in the query")
    for target in (
        "/v1", "/v1/", "/", "/v2/countries", "/v1/unknown", "/v1/monitor", "/v1/monitor/",
        "/v1/monitor/bing", "/v1/monitor/chatgpt/", "/v1/Countries", "/v1/%63redits",
        "/v1//credits",
        "/v1/async", "/v1/async/task/a/b", "/mock", "/_mockery", f"/v1/{key}",
    ):  # fmt: skip
        player.get(target, key, "no such route")
    player.get("/v1/unknown", note="no such route, no key")
    routes = [path_of(provider) for provider in PROVIDERS]
    routes += [
        path_of("google/goto"), "/v1/countries", "/v1/states", "/v1/credits", "/v1/async/task",
        "/v1/async/task/batch", "/v1/async/task/x", "/v1/async/status", "/v1/async/queue",
    ]  # fmt: skip
    for route in routes:
        player.call("PUT", route, {}, key, "another method")
    for route in (routes[0], "/v1/countries", "/v1/async/queue", "/v1/async/task/x"):
        for method in ("GET", "HEAD", "OPTIONS", "DELETE", "PATCH"):
            player.call(method, route, None, key)
    for note, body in (
        ("no body", None), ("an empty body", b""), ("no JSON", b"{"), ("an array", []),
        ("a text", "x"), ("null", b"null"), ("two values", b"{} {}"),
        ("a comma", b'{"prompt":"a",}'),
        ("no UTF-8", b'{"prompt":"\xff","country":"US"}'), ("depth", b"[" * 2000 + b"]" * 2000),
        ("nothing", {}), ("no country", {"prompt": "a"}), ("no prompt", {"country": "US"}),
        ("an empty prompt", question("chatgpt", "")),
        ("a long prompt", question("chatgpt", "a" * 10_001)),
        ("the longest prompt", question("chatgpt", "é" * 10_000)),
        ("a member twice", b'{"prompt":"a","prompt":"b","country":"US"}'),
        ("wrong types", {"prompt": 1, "country": [], "state": True, "include": "html"}),
        ("wrong types of flags", question("chatgpt", include={"html": 1, "ads": "yes", "x": None})),
        ("unknown members", question("chatgpt", a=1, promt="b", Country="US")),
        ("a bad country", question("chatgpt", country="usa")),
        ("no such country", question("chatgpt", country="XX")),
        ("Kosovo", question("chatgpt", country="XK")),
        ("a state elsewhere", question("chatgpt", country="DE", state="CA")),
        ("a bad state", question("chatgpt", state="ca")),
        ("no such state", question("chatgpt", state="ZZ")),
        ("null members", {"prompt": None, "country": None}),
        ("everything wrong", {
            "prompt": "", "country": 5, "state": "x", "include": {"y": 1, "html": []}, "z": {},
        }),
    ):  # fmt: skip
        player.post(chatgpt, body, key, note)
    for note, body in (
        ("wrong types",
         {"query": 1, "country": 2, "location": 3, "uule": 4, "device": 5, "pages": "6"}),
        ("no such device", question("google", device="tv")),
        ("no page", question("google", pages=0)),
        ("eleven pages", question("google", pages=11)),
        ("half a page", question("google", pages=1.5)),
        ("many pages", question("google", pages=1e30)),
        ("a whole decimal", question("google", pages=2.0)),
        ("both places", question("google", location="a", uule="b")),
        ("a bad overview", question("google", include={"aioverview": True})),
        ("an overview's flags",
         question("google", include={"aioverview": {"markdown": 1, "x": 1}})),
    ):  # fmt: skip
        player.post(path_of("google"), body, key, note)
        player.post(path_of("google/news"), body, key, note)
        player.post(path_of("aimode"), body, key, note)
    player.post(chatgpt, b"prompt=a&country=US", key, "a form", fields=[("Accept", "text/html")])


def reference(player, key):
    """Countries, states, credits and the resolving of links."""
    for query in (
        "",
        "?model=chatgpt",
        "?model=google",
        "?model=news",
        "?model=",
        "?model=bing",
        "?x=1",
    ):
        player.get(f"/v1/countries{query}", key)
    for query in (
        "",
        "?country=US",
        "?country=DE",
        "?country=us",
        "?country=",
        "?country=USA",
        "?country=%55S",
    ):
        player.get(f"/v1/states{query}", key)
    player.call("HEAD", "/v1/countries", None, key)
    player.get("/v1/credits", key)
    player.call("HEAD", "/v1/credits", None, key)
    goto = path_of("google/goto")
    for note, body in (
        ("goto", {"url": "https://www.google.com/goto?url=https%3A%2F%2Fexample.com%2Fa%3Fb%3Dc"}),
        ("url", {"url": "https://www.google.com/url?q=http://example.com/&sa=U"}),
        ("a plus", {"url": "https://google.com/url?q=https://example.com/a+b%2Bc"}),
        ("nowhere", {"url": "https://www.google.com/goto"}),
        ("no address", {"url": "https://www.google.com/goto?url=nowhere"}),
        ("elsewhere", {"url": "https://example.com/goto?url=https://example.com"}),
        ("no link", {"url": "goto"}), ("a number", {"url": 1}), ("nothing", {}), ("an array", []),
        ("no JSON", b"{"), ("unknown members", {"url": 1, "a": 2, "b": 3}),
    ):  # fmt: skip
        player.post(goto, body, key, note)


def limits(player):
    """Rate, credits and slots, with requests in flight."""
    key = player.mint(requestsPerSecond=3)
    for number in range(5):
        player.get("/v1/credits", key, f"rate {number + 1} of 3")
    single = player.mint(requestsPerSecond=1, progression="hold")
    for target in ("countries", "states?country=US", "async/status", "async/task/x"):
        for number in range(2):
            player.get(f"/v1/{target}", single, f"rate {number + 1} of 1")
    for target in [path_of(each) for each in [*PROVIDERS, "google/goto"]] + ["/v1/async/task"]:
        for number in range(2):
            player.post(target, {}, single, f"rate {number + 1} of 1")
    for number in range(2):
        player.post("/v1/async/task/batch", [], single, f"rate {number + 1} of 1")
        player.call("DELETE", "/v1/async/queue", None, single, f"rate {number + 1} of 1")
    ask(player, "grok", key, "a bucket of its own")
    for provider in ("chatgpt", "chatgpt", "chatgpt", "chatgpt"):
        ask(player, provider, key, "rate of a monitor")
    player.get("/v1/unknown/a", key, "unknown routes share a bucket")
    for target in ("/v1/unknown/b", "/v1/unknown/c", "/v1/monitor/d"):
        player.get(target, key, "unknown routes share a bucket")
    player.advance(0.5)
    player.get("/v1/credits", key, "the same second")
    player.advance(0.5)
    player.get("/v1/credits", key, "the next second")
    key = player.mint(credits=9)
    ask(player, "chatgpt", key, "nine credits")
    ask(player, "chatgpt", key, "too few credits")
    ask(player, "chatgpt", key, "too few credits, and wrong", country=1)
    ask(player, "google", player.mint(credits=5), "the last credits")
    ask(player, "google", player.mint(credits=4), "one too few")
    ask(player, "gemini", player.mint(concurrency=0), "no slot at all")
    none, poor = player.mint(concurrency=0), player.mint(credits=0)
    for provider in PROVIDERS:
        ask(player, provider, none, "no slot at all")
        ask(player, provider, poor, "no credits at all")
    key = player.mint(concurrency=2, latency="3s", plan="starter")
    chatgpt = path_of("chatgpt")
    first = player.begin("POST", chatgpt, question("chatgpt"), key, "first", slots=1)
    player.advance(1)
    second = player.begin("POST", path_of("gemini"), question("gemini"), key, "second", slots=2)
    ask(player, "chatgpt", key, "no slot")
    ask(player, "chatgpt", key, "no slot, and wrong", country=1)
    player.get("/v1/async/status", key)
    player.control("GET", f"organizations?key={key}")
    player.advance(2.5)
    first.end()
    third = player.begin("POST", chatgpt, question("chatgpt", "Third?"), key, "third", slots=2)
    player.control("PATCH", f"keys/{key}", {"concurrency": 1}, "fewer slots than are used")
    ask(player, "copilot", key, "fewer slots than are used")
    player.advance(10)
    second.end()
    third.end()
    left = player.begin("POST", chatgpt, question("chatgpt", "Left?"), key, "left", slots=1)
    left.hang_up()
    player.advance(3, note="nobody waits")
    player.control("GET", f"journal?key={key}&status=499")
    for spec in ("uniform(1s,3s)", "lognormal(2s,0.4)", "250ms"):
        key = player.mint(latency=spec)
        slow = player.begin("POST", chatgpt, question("chatgpt"), key, spec, slots=1)
        player.advance(60)
        slow.end()
    revoked = player.mint()
    player.control("PATCH", f"keys/{revoked}", {"revoked": True})
    ask(player, "chatgpt", revoked, "a revoked key")
    player.get("/v1/credits", revoked, "a revoked key")
    player.control("PATCH", f"keys/{revoked}", {"revoked": False})
    player.get("/v1/credits", revoked, "no longer revoked")
    player.control("DELETE", f"keys/{revoked}")
    player.get("/v1/credits", revoked, "a removed key")


def revision(player, other):
    """All of it in the double's own revision, and a part by a key of the other one."""
    player.get("/v1/credits", BUILT_IN_KEY)
    key = player.mint(credits=1_000_000)
    answers(player, key)
    results(player, key)
    refusals(player, key)
    reference(player, key)
    limits(player)
    key = player.mint(contract=other, credits=1000)
    for provider in PROVIDERS:
        ask(player, provider, key, "of the other revision", include={"html": True})
        ask(player, provider, key, "of the other revision", state="x", include={"googleGoto": 1})
    reference(player, key)
    player.get("/v1/credits", UNKNOWN_KEY)
    player.control(
        "PATCH", f"keys/{key}", {"contract": "2026-07" if other != "2026-07" else "2026-10"}
    )
    ask(player, "chatgpt", key, "in the double's revision again")
    for status in (400, 401, 403, 404, 429, 499, 502):
        player.control("GET", f"journal?status={status}")
    player.control("GET", "metrics", note="after all")
