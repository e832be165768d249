"""Which addresses a webhook may have."""

import pytest

from async_support import HOLD, hooked, post, settled, submit
from receiver import Receiver

GOOD = [
    "http://h", "https://h", "http://h/", "HTTP://H/Path", "http://h?x=1", "http://h#f",
    "http://127.0.0.1:1", "http://127.0.0.1:65535/a", "http://[::1]", "http://[::1]:80/x",
    "https://user:pass@h.example:8443/a?b=c#d", "http://user@h", "http://h:0/", "http://a-b.c_d/",
    "http://h/%C3%BC?q=%20", "http://xn--bcher-kva.example/", "http://h./",
]  # fmt: skip
BAD = [
    "", " ", "h", "/hook", "//h/hook", "http:", "http:/h", "http://", "http:///hook", "http://?x",
    "http://#x", "http://:80/", "http://user@/", "http://user:pass@:80/", "ftp://h/", "file:///etc",
    "ws://h/", "javascript:alert(1)", "mailto:a@b.c", "data:,x", "httpx://h", " http://h",
    "http://h ", "http://h/a b", "http://h h/", "http://h/\n", "http://h\r\nX: y/", "http://h/\0",
    "http://h:65536/", "http://h:-1/", "http://h:+1/", "http://h:x/", "http://h:80:80/",
    "http://[::1", "http://::1/", "http://[]/", "http://[::1]x/", "http://[::1]:x/", "http://[x]/",
    "http://b\u00fccher.example/", "http://h/\u00fc", "http://h/<x>", "http://h/\"x\"",
    "http://h\\@evil/", "http://h/{x}", "http://h/%", "http://h/%zz", "http://a@b@h/",
    "http://h%20h/", "http://[::1%25eth0]x/", "http://[[[]:80/",
]  # fmt: skip
# Known to be taken although RFC 3986 knows better; whoever sends there learns it from the log.
LENIENT = {"http://h/%", "http://h/%zz", "http://a@b@h/", "http://h%20h/", "http://[x]/"}


@pytest.fixture(scope="module")
def key(shared):
    return shared.minted(progression=HOLD, concurrency=0, requestsPerSecond=10**6)


@pytest.mark.parametrize("url", GOOD)
def test_a_good_address(shared, key, url):
    assert post(shared, key, hooked(url)).status_code == 200


@pytest.mark.parametrize("url", [url for url in BAD if url not in LENIENT])
def test_a_bad_address(shared, key, url):
    refused = post(shared, key, hooked(url))
    assert refused.status_code == 422, refused.text
    assert [each["field"] for each in refused.json()["details"]] == ["webhook.url"]


@pytest.mark.parametrize(
    "url",
    [*sorted(LENIENT), "http://h:0/", "http://[::1]:0/", "http://:@127.0.0.1:1/", "http://0:1/",
     "http://127.0.0.1:/", "http://[::ffff:127.0.0.1]:1/", "http://%31%32%37.0.0.1:1/",
     "http://127.0.0.1:1/" + "a" * 20_000, "http://" + "a" * 300 + "/", "http://.../",
     "https://127.0.0.1:1/", "http://999.999.999.999/", "http://[fe80::1%25lo]:1/",
     "http://[::1%25]:1/", "http://user:p%00w@127.0.0.1:1/", "http://127.0.0.1:1/%00"],
    ids=lambda url: url[:28],
)  # fmt: skip
def test_an_odd_address_does_no_harm(frozen, url):
    key = frozen.minted()
    answer = post(frozen, key, hooked(url))
    if answer.status_code == 200:
        (row,) = settled(frozen, key, 1)
        assert row["status"] is None and row["error"]
    else:
        assert answer.status_code == 422
    # The next delivery is none the worse.
    with Receiver() as receiver:
        submit(frozen, key, hooked(receiver))
        receiver.wait(1)


@pytest.mark.parametrize(
    "form",
    ["http://127.0.0.1:{port}", "http://127.0.0.1:{port}?a=b", "http://127.0.0.1:{port}/a/b?c=%20d",
     "HTTP://127.0.0.1:{port}/x#fragment", "http://localhost:{port}/x", "http://127.1:{port}/x",
     "http://127.0.0.1:{port}/a//b/../c", "http://127.0.0.1:{port}/%C3%BC;p=1,2"],
)  # fmt: skip
def test_an_address_reaches_its_receiver(frozen, form):
    with Receiver() as receiver:
        url = form.format(port=receiver.port)
        submit(frozen, frozen.minted(), hooked(url))
        (hit,) = receiver.wait(1, seconds=3)
    rest = url.split("#")[0].split(str(receiver.port), 1)[1]
    wanted = rest if rest.startswith("/") else "/" + rest
    assert hit.path in (wanted, wanted.replace("/b/../c", "/c"))


def test_an_ipv6_receiver(frozen):
    try:
        receiver = Receiver(host="::1")
    except OSError:
        pytest.skip("no IPv6 loopback")
    with receiver:
        submit(frozen, frozen.minted(), hooked(receiver))
        receiver.wait(1, seconds=3)


def test_credentials_in_the_address(frozen):
    with Receiver() as receiver:
        submit(frozen, frozen.minted(), hooked(f"http://user:pass@127.0.0.1:{receiver.port}/x"))
        (hit,) = receiver.wait(1)
    assert hit.headers.get("authorization") in (None, "Basic dXNlcjpwYXNz")


def test_a_proxy_of_the_environment_is_not_asked(double):
    # A receiver on this machine is none of its business.
    with Receiver() as proxy, Receiver() as receiver:
        address = f"http://127.0.0.1:{proxy.port}"
        env = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"), address)
        one = double(env=env | {"no_proxy": "", "NO_PROXY": ""})
        submit(one, one.first_key, hooked(receiver))
        settled(one, one.first_key, 1)
        assert (len(receiver.hits), len(proxy.hits)) == (1, 0)


def test_the_double_may_be_its_own_receiver(double):
    one = double()
    key = one.first_key
    for path in ("/v1/async/task", "/_mock/clock/advance", "/_mock/nothing"):
        submit(one, key, hooked(one.url + path))
    assert sorted(row["status"] for row in settled(one, key, 3)) == [400, 401, 404]
