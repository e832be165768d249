"""What is written with the packages once they are installed."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent

# A question, with the standard library alone.
PYTHON = """
import urllib.request
def test_an_answer(cloro_mock, cloro_key):
    body = b'{"prompt": "Which laptop?", "country": "US"}'
    ask = urllib.request.Request(f"{cloro_mock.url}/v1/monitor/gemini", body)
    ask.add_header("Authorization", f"Bearer {cloro_key}")
    assert urllib.request.urlopen(ask).status == 200 and cloro_key.balance() < 250_000
"""


def node():
    """The first test of the package's README."""
    readme = (REPOSITORY / "Sources/Clients/node/README.md").read_text()
    return readme.split("```js shop.test.mjs\n")[1].split("```")[0]
