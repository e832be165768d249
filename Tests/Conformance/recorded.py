"""The shapes of answers as they were recorded from the service.

Members in the order in which they are sent; `?` stands where some answers have none, `[flag]` where
only those have it that were asked for it. What isn't listed wasn't recorded. A path without a line
here isn't looked into.
"""

import re

PILLS = "label citationPillId url domain position redirectLink?"
MEMBERS = {
    "chatgpt": """
        model text sources entities map citationPills shoppingCards[shopping]
        inlineProducts[shopping] ads[ads] markdown[markdown] searchQueries[searchQueries]
        mapSearchQueries?[searchQueries] rawResponse[rawResponse] html[html]""",
    "chatgpt/sources[]": "position url label description footnote datePublished?",
    "chatgpt/entities[]": "type name",
    "chatgpt/map[]": """
        id provider name position address? categories rating? reviewCount? description? phone?
        websiteUrl?""",
    "chatgpt/citationPills[]": """
        url label domain datePublished? citationPillId type position?""",
    "chatgpt/shoppingCards[]": "products tags",
    "chatgpt/shoppingCards[]/products[]": """
        title id url price merchants description specs featured_tag image_urls num_reviews rating
        cite offers variants query provider providers rating_grouped_citation position""",
    "copilot": """
        text sources citationPills map? searchQueries? markdown[markdown] html[html]
        rawResponse[rawResponse]""",
    "copilot/sources[]": "position url label",
    "copilot/citationPills[]": PILLS,
    "copilot/map[]": "name position location? reviews? category?",
    "copilot/map[]/location": "address",
    "copilot/map[]/reviews[]": "count rating providerName",
    "perplexity": """
        text sources citationPills shopping_cards related_queries search_model_queries? videos?
        images? hotels? places? markdown[markdown] rawResponse[rawResponse] html[html]""",
    "perplexity/sources[]": "position url label description",
    "perplexity/citationPills[]": PILLS,
    "gemini": """
        text sources citationPills markdown[markdown] rawResponse[rawResponse] html[html]""",
    "gemini/sources[]": "position label url description?",
    "gemini/citationPills[]": PILLS,
    "grok": """
        text sources searchQueries? model? markdown[markdown] rawResponse[rawResponse]
        html[html]""",
    "aimode": """
        text sources citationPills? markdown[markdown] html[html] ads?
        productResults[expandProducts]""",
    "aimode/sources[]": "position url label description redirectLink?",
    "aimode/citationPills[]": PILLS,
    "aimode/ads/ads[]": """
        title url position price? store? rating? reviews? imageUrl redirectLink?""",
    "google": """
        organicResults peopleAlsoAsk relatedSearches localResults? localResultsMoreLink?
        aioverview?[aioverview] html[html]""",
    "google/organicResults[]": """
        position title link displayedLink snippet date? page sitelinks? redirectLink?""",
    "google/peopleAlsoAsk[]": """
        question type snippet? title? link? markdown?[paaAioverview] sources?[paaAioverview]
        redirectLink?""",
    "google/relatedSearches[]": "query link",
    "google/localResults[]/links": "website? directions? redirectLink?",
    "google/aioverview/citationPills[]": PILLS,
    "google/news": "newsResults html[html]",
    "google/news/newsResults[]": """
        position title link snippet source date page thumbnail? redirectLink?""",
}
VALUES = {
    "chatgpt/model": r"gpt-\d(-\d)?",
    "chatgpt/sources[]/datePublished": r"[A-Z][a-z]{2} \d\d, \d{4}",
    "chatgpt/citationPills[]/datePublished": r"[A-Z][a-z]{2} \d\d, \d{4}",
    "chatgpt/entities[]/type": r"turn\d[a-z]+\d",
    "chatgpt/map[]/provider": r"b\d",
    "chatgpt/shoppingCards[]/products[]/featured_tag": "",
    "google/news/newsResults[]/date": r"\d+ (minute|hour|day|week|month|year)s? ago",
    "google/news/newsResults[]/thumbnail": r"data:image/jpeg;base64,[A-Za-z0-9+/]+=*",
}
MEMBER = re.compile(r"(\w+)(\??)(?:\[(\w+)\])?")


def problems(provider, result, include):
    """What of a result wasn't recorded so."""
    return list(_problems(provider, result, {name for name, asked in include.items() if asked}))


def _problems(path, value, asked):
    if isinstance(value, list):
        for inner in value:
            yield from _problems(f"{path}[]", inner, asked)
        return
    if path in VALUES and value is not None and not re.fullmatch(VALUES[path], str(value)):
        yield f"{path}: {value}"
    if not isinstance(value, dict):
        return
    if path in MEMBERS:
        yield from _member_problems(path, list(value), asked)
    for name, inner in value.items():
        yield from _problems(f"{path}/{name}", inner, asked)


def _member_problems(path, found, asked):
    allowed, order = [], []
    for name, optional, flag in (MEMBER.fullmatch(each).groups() for each in MEMBERS[path].split()):
        order.append(name)
        if not flag or flag in asked:
            allowed.append(name)
            if not optional and name not in found:
                yield f"{path}: {name} is missing"
    yield from (f"{path}: {name} was not recorded" for name in found if name not in allowed)
    known = [name for name in found if name in order]
    if known != sorted(known, key=order.index):
        yield f"{path}: {known} is another order"
