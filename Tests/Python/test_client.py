"""`Mock` and `AsyncMock`: every call, by both."""

import asyncio
import inspect
import json
import threading
import urllib.request

import pytest

import cloro_mock
from asking import ask, submit
from cloro_mock import AsyncMock, ControlError, Mock, NoAnswer, NotInTime

BUILT_IN_KEY = "sk_live_0000000000000000000000000000c10a"


class Face:
    """One of the two classes, with calls that are made the same way."""

    def __init__(self, kind, **options):
        self.kind, self.options = kind, options

    def play(self, scene):
        async def played():
            mock = await done(self.kind.start(**self.options))
            try:
                await scene(mock)
            finally:
                await done(mock.stop())

        asyncio.run(played())


async def done(value):
    return await value if inspect.isawaitable(value) else value


async def refused(make):
    """The error with which a call is refused."""
    with pytest.raises(ControlError) as caught:
        await done(make())
    return caught.value


@pytest.fixture(params=[Mock, AsyncMock])
def face(request):
    return Face(request.param, clock="manual")


def test_keys(face):
    async def scene(mock):
        first = await done(mock.key())
        assert first == BUILT_IN_KEY and first.organization == "demo"
        key = await done(mock.mint(plan="free", credits=20))
        assert isinstance(key, str) and key.startswith("sk_live_")
        assert key.settings["plan"] == "free" and key.settings["credits"] == 20
        assert ask(key, mock.url)[0] == 200
        assert await done(key.balance()) == 13 and await done(first.balance()) == 250_000
        assert (await done(key.change(addCredits=7, concurrency=3)))["credits"] == 20
        assert key.settings["concurrency"] == 3
        assert [each["key"] for each in await done(mock.keys())] == [first, key]
        assert await done(mock.key(key)) == key
        await done(key.reset())
        assert await done(key.balance()) == 20
        await done(key.remove())
        assert (await refused(lambda: mock.key(key))).status == 404
        assert ask(key, mock.url)[0] == 401

    face.play(scene)


@pytest.mark.parametrize("kind", [Mock, AsyncMock])
def test_a_state_goes_from_one_double_to_another(kind, tmp_path):
    file = tmp_path / "state.json"
    kept = {}

    async def save(mock):
        key = await done(mock.mint(credits=20))
        other = await done(mock.mint(credits=5))
        ask(key, mock.url)
        assert (await done(mock.snapshot("a b/c")))["id"] == "a b/c"
        document = await done(mock.download("a b/c"))
        assert document["schemaVersion"] == 1 and len(document["organizations"]) == 3
        (alone,) = (await done(mock.download("a b/c", key=key)))["organizations"]
        assert [each["key"] for each in alone["keys"]] == [key] and alone["balance"] == 13
        file.write_text(json.dumps(document))
        kept.update(key=key, other=other, alone=await done(mock.download("a b/c", key=key)))
        assert (await refused(lambda: mock.download("b"))).status == 404

    async def load(mock):
        assert await done((await done(mock.key(kept["key"]))).balance()) == 13
        assert await done((await done(mock.key(kept["other"]))).balance()) == 5

    async def upload(mock):
        assert (await done(mock.upload("x", kept["alone"])))["id"] == "x"
        await done(mock.restore("x"))
        assert await done((await done(mock.key(kept["key"]))).balance()) == 13
        broken = {**kept["alone"], "at": "yesterday"}
        error = await refused(lambda: mock.upload("y", broken))
        assert error.status == 400 and error.details[0]["field"] == "at"
        assert [each["id"] for each in await done(mock.snapshots())] == ["x"]

    Face(kind, clock="manual").play(save)
    Face(kind, snapshot=file).play(load)
    Face(kind, clock="manual").play(upload)


@pytest.mark.parametrize("kind", [Mock, AsyncMock])
def test_weather_and_overrides(kind, tmp_path):
    rain = {"about": "made up", "errors": {"default": [{"status": 503, "probability": 1}]}}
    file = tmp_path / "storm.json"
    file.write_text(json.dumps(rain))

    async def scene(mock):
        first = await done(mock.key())
        assert first.settings["weather"] == rain and ask(first, mock.url)[0] == 503
        key = await done(mock.mint(weather=None))
        assert key.settings["weather"] is None and ask(key, mock.url)[0] == 200
        settings = await done(key.change(weather="perplexity-down"))
        assert settings["weather"] == "perplexity-down"
        error = await refused(lambda: key.change(weather="rain"))
        assert error.details[0]["field"] == "weather" and "rainy" in error.details[0]["message"]
        other = await done(mock.mint(weather=None))
        assert ask(other, mock.url, field="fault=status; status=418")[0] == 418
        assert ask(other, mock.url)[0] == 200

    Face(kind, clock="manual", weather=file, allow_overrides=True).play(scene)


def test_faults(face):
    async def scene(mock):
        key, other = await done(mock.mint()), await done(mock.mint())
        fault = await done(key.fault("status", status=503, retryAfter=0, times=2))
        assert [ask(key, mock.url)[0] for _ in range(3)] == [503, 503, 200]
        assert ask(other, mock.url)[0] == 200
        assert (await done(mock.faults(key=key)))[0]["id"] == fault["id"]
        await done(mock.remove_fault(fault["id"]))
        assert await done(mock.faults()) == []
        await done(mock.fault("status", status=500, provider="grok", prompt="needle", nth=2))
        status = [ask(other, mock.url, "grok", f"a {word}")[0]
                  for word in ("needle", "straw", "needle")]  # fmt: skip
        assert status == [200, 200, 500]
        await done(mock.remove_faults())
        assert await done(mock.faults()) == []

    face.play(scene)


def test_responses(face):
    async def scene(mock):
        key, other = await done(mock.mint()), await done(mock.mint())
        await done(key.respond({"text": "Acme."}, prompt="laptop"))
        assert ask(key, mock.url)[1]["result"]["text"] == "Acme."
        assert ask(other, mock.url)[1]["result"]["text"] != "Acme."
        stub = await done(mock.respond(error={"status": 502}, country="US", times=1))
        assert [ask(other, mock.url)[0] for _ in range(2)] == [502, 200]
        await done(mock.remove_response(stub["id"]))
        assert len(await done(mock.responses(key=key))) == 1
        await done(mock.remove_responses(key=key))
        assert await done(mock.responses()) == []
        await done(mock.respond({"text": "x"}, mode="replace", prompt={"regex": "^Which"}))
        assert ask(key, mock.url)[1]["result"] == {"text": "x"}

    face.play(scene)


def test_brands_and_sequences(face):
    async def scene(mock):
        key = await done(mock.mint())
        acme = {"name": "Acme", "rank": 2, "url": "https://acme.test", "sentiment": "positive"}
        days = [{"mentions": [acme]}, {"absent": ["Acme"]}]
        await done(key.respond(sequence=days, every="1d", body={"/device": {"equals": "desktop"}}))
        assert ask(key, mock.url)[1]["result"]["sources"][1]["url"] == "https://acme.test"
        await done(mock.advance(86_400))
        assert "Acme" not in str(ask(key, mock.url)[1]["result"])
        stub = await done(key.respond(mentions=[acme], absent=["Globex"], include=["html"]))
        assert (stub["mentions"], stub["match"]["include"]) == ([acme], ["html"])
        assert "Acme" not in ask(key, mock.url)[1]["result"]["text"]
        with pytest.raises(ControlError):
            await done(key.respond(mentions=[acme, acme]))

    face.play(scene)


def test_time(face):
    async def scene(mock):
        key = await done(mock.mint(latency="90s"))
        before = await done(mock.clock())
        assert before["mode"] == "manual" and before["factor"] == 0
        answers = []
        asking = threading.Thread(target=lambda: answers.append(ask(key, mock.url)[0]))
        asking.start()
        while not (await done(mock.organizations(key=key)))[0]["slots"]["used"]:
            pass
        moved = await done(mock.advance(90))
        asking.join(20)
        assert answers == [200] and moved["now"] > before["now"] and len(moved["fired"]) == 1
        assert (await done(mock.set_clock(mode="x60")))["factor"] == 60

    face.play(scene)


def test_requests_are_held_verified_and_reported(face):
    async def scene(mock):
        key = await done(mock.mint(holdSync=True, label="held", budget=6))
        answers = []
        asking = threading.Thread(target=lambda: answers.append(ask(key, mock.url)[0]))
        asking.start()
        while not (held := await done(key.requests(state="held"))):
            pass
        assert (await done(mock.release(held[0]["requestId"])))["state"] == "running"
        asking.join(20)
        assert answers == [200] and await done(key.release_all()) == 0
        assert await done(mock.requests(key=key)) == []
        assert await done(key.verify(1, provider="chatgpt")) == 1
        assert await done(mock.verify("never", key=key, status=429)) == 0
        assert await done(mock.verify(sequence=[{"key": key}])) == 1
        with pytest.raises(ControlError) as caught:
            await done(key.verify({"atLeast": 2}, timeout=0.01))
        assert caught.value.code == "NOT_VERIFIED"
        await done(key.fault("hold"))
        assert [each["kind"] for each in await done(mock.unused(key=key))] == ["fault"]
        report = await done(key.report())
        assert report["byLabel"][0]["label"] == "held" and report["budget"]["exceeded"]
        assert (await done(mock.report()))["credits"] >= 7

    face.play(scene)


def test_journal_and_ledger(face):
    async def scene(mock):
        key = await done(mock.mint(credits=7))
        assert [ask(key, mock.url)[0] for _ in range(2)] == [200, 403]
        answered, refused_ = await done(key.journal())
        assert answered["creditsCharged"] == 7 and "price 7" in answered["reason"]
        assert refused_["status"] == 403 and refused_["organization"] == key.organization
        assert await done(key.journal(status=403)) == [refused_]
        assert await done(mock.journal(key=key, since=answered["sequence"])) == [refused_]
        ledger = await done(key.ledger())
        assert ledger["balance"] == 0 and ledger["consistent"]
        assert [each["kind"] for each in ledger["entries"]] == ["grant", "charge"]
        assert (await done(mock.ledger(key=key, since=1)))["entries"] == ledger["entries"][1:]
        assert len(await done(key.wait(count=2))) == 2
        with pytest.raises(NotInTime) as caught:
            await done(key.wait(count=3, timeout=0.01))
        assert caught.value.status == 408 and "2 of 3" in str(caught.value)
        request = urllib.request.Request(mock.url + "/v1/countries")
        request.add_header("Authorization", f"Bearer {key}")
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        request.add_header("traceparent", f"00-{trace}-00f067aa0ba902b7-01")
        urllib.request.urlopen(request, timeout=90).close()
        (traced,) = await done(key.journal(traceparent=trace))
        assert traced["traceparent"] == f"00-{trace}-00f067aa0ba902b7-01"
        assert await done(mock.wait(traceparent=trace)) == [traced]
        assert await done(mock.verify(1, traceparent=traced["traceparent"])) == 1
        await done(mock.clear_journal(traceparent=trace))
        assert len(await done(key.journal())) == 2
        await done(mock.clear_journal(key=key))
        assert await done(key.journal()) == []
        assert 'cloro_mock_credits{organization="' in await done(mock.metrics())

    face.play(scene)


def test_tasks_and_webhooks(face):
    async def scene(mock):
        key = await done(mock.mint(progression={"mode": "hold"}, webhookMode="collect"))
        hook = {"webhook": {"url": "http://127.0.0.1:9/hook"}}
        first, second, third = (submit(key, mock.url, **hook) for _ in range(3))
        assert len(await done(key.tasks())) == 3
        await done(mock.complete_task(first, {"text": "Acme."}))
        await done(mock.fail_task(second, "EXTERNAL_SERVICE_ERROR"))
        assert (await done(mock.release_task(third)))["id"] == third
        [failed] = await done(key.tasks(status="FAILED"))
        assert failed["id"] == second
        [waited] = await done(mock.wait_for_tasks(key=key, status="FAILED"))
        assert waited["id"] == second
        [attempt] = await done(mock.webhooks.wait(task_id=first))
        assert "Acme." in attempt["body"]
        assert len(await done(mock.webhooks.wait(key=key, count=2))) >= 2
        with pytest.raises(NotInTime) as caught:
            await done(mock.webhooks.wait(key=key, delivered=True, timeout=0.01))
        nearest = caught.value.details["nearest"]
        assert nearest and "delivered: " in nearest[0]["misses"][0]
        await done(mock.webhooks.redeliver(attempt["id"]))
        assert len(await done(mock.webhooks.wait(task_id=first, count=2))) == 2

    face.play(scene)


def test_state(face):
    async def scene(mock):
        key = await done(mock.mint(credits=20))
        await done(mock.snapshot("before", key=key))
        assert [each["id"] for each in await done(mock.snapshots(key=key))] == ["before"]
        ask(key, mock.url)
        assert await done(key.balance()) == 13
        await done(mock.restore("before", key=key))
        assert await done(key.balance()) == 20
        await done(mock.remove_snapshot("before"))
        assert (await refused(lambda: mock.restore("before"))).status == 404
        await done(mock.reset())
        assert len(await done(mock.keys())) == 1

    face.play(scene)


@pytest.mark.parametrize("kind", [Mock, AsyncMock])
def test_recordings(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("CLORO_MOCK_UPSTREAM_KEY", "sk_live_" + "5" * 32)
    folder = tmp_path / "recordings"

    async def scene(mock):
        assert (await done(mock.stop_recording()))["recording"] is False
        assert ask((await done(mock.key())), mock.url)[0] == 200
        started = await done(mock.start_recording(max_credits=5))
        assert started == {
            "recording": True, "directory": str(folder), "recorded": 0, "creditsSpent": 0,
            "creditsRemaining": 5, "underWay": 0,
        }  # fmt: skip
        assert (await done(mock.start_recording()))["creditsRemaining"] == 20
        # Nobody is there.
        assert ask((await done(mock.key())), mock.url)[0] == 502

    Face(kind, record=folder, upstream="http://127.0.0.1:9", max_credits=20).play(scene)

    async def replayed(mock):
        assert ask((await done(mock.key())), mock.url)[0] == 503
        assert (await refused(mock.start_recording)).status == 409

    Face(kind, replay=folder, on_miss="fail").play(replayed)


def test_any_other_call(face):
    async def scene(mock):
        assert await done(mock.control("GET", "health")) == {"status": "ok"}
        page = await done(mock.control("GET", "openapi.json", contract="2026-10"))
        assert page["openapi"].startswith("3.1")

    face.play(scene)


def test_a_refusal_says_what_is_wrong(face):
    async def scene(mock):
        error = await refused(lambda: mock.mint(plan="hoby", credits=-1))
        assert (error.status, error.code) == (400, "INVALID_REQUEST")
        assert "hobby" in str(error)
        assert {each["field"] for each in error.details} == {"plan", "credits"}

    face.play(scene)


@pytest.mark.parametrize("kind", [Mock, AsyncMock])
def test_a_running_double(kind, monkeypatch):
    with Mock.start(admin_token="secret") as running:

        async def use():
            for connected in (
                kind.connect(running.url + "/", admin_token="secret"), kind.connect(running.url),
            ):  # fmt: skip
                assert await done(connected.key()) == BUILT_IN_KEY
                await done(connected.stop())  # it isn't this one's to end

        with pytest.raises(ControlError, match="401"):
            asyncio.run(use())
        monkeypatch.setenv("CLORO_MOCK_ADMIN_TOKEN", "secret")
        asyncio.run(use())
        monkeypatch.setenv("CLORO_MOCK_URL", running.url)
        assert kind.connect().url == running.url
        assert running.key() == BUILT_IN_KEY
    with pytest.raises(NoAnswer, match=running.url):
        asyncio.run(use())


def test_proxies_are_not_used(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Mock.start() as mock:
        assert mock.key() == BUILT_IN_KEY


def test_what_is_no_address():
    for url in ("127.0.0.1:8080", "https://127.0.0.1", "http://"):
        with pytest.raises(cloro_mock.CloroMockError, match="address"):
            Mock.connect(url)
