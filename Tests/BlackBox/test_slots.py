"""Concurrent requests of an organization, at the edge."""

import asyncio

import pytest

from support import TIMESTAMP, eventually, path_of, question
from wire import Wire, run

# The refusal in "Credits & limits", heading "Handling concurrency limits".
REFUSAL = (
    '{"error":{"code":"CONCURRENT_LIMIT_EXCEEDED","message":"Concurrent limit exceeded",'
    '"details":{"limit":%d},"timestamp":"2025-01-15T12:00:00.000Z"}}'
)
BODY = question("chatgpt")


def usage(answer):
    get = answer.headers.get
    return tuple(int(get(f"x-concurrent-{name}")) for name in ("limit", "current", "remaining"))


async def send_all(double, keys):
    """One connection for each key, all requests under way."""
    wires = [await Wire.open(double.port) for _ in keys]
    for wire, key in zip(wires, keys):
        wire.send("POST", path_of("chatgpt"), key, BODY)
    return wires


async def until_running(double, key, count):
    await asyncio.to_thread(double.await_running, key, count)


async def advance(double, seconds):
    return await asyncio.to_thread(double.advance, seconds)


async def hold(double, key, count):
    """That many requests in their latency, admitted one after the other."""
    wires = []
    before = await asyncio.to_thread(double.running, key)
    for number in range(count):
        wires += await send_all(double, [key])
        await until_running(double, key, before + number + 1)
    return wires


def mint(double, **body):
    return double.mint(**{"latency": "10s", "requestsPerSecond": 10**6} | body)


@pytest.mark.parametrize("slots", [1, 10, 20])
def test_one_more_than_the_slots_is_refused_at_once(frozen, slots):
    key = mint(frozen, concurrency=slots)["key"]

    async def scene():
        wires = await send_all(frozen, [key] * (slots + 1))
        # Nobody's latency has passed, so whoever is answered now was not served.
        tasks = [asyncio.create_task(wire.answer()) for wire in wires]
        done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        await until_running(frozen, key, slots)
        assert len(done) == 1
        await advance(frozen, 10)
        return done.pop().result(), await asyncio.gather(*waiting)

    refused, served = run(scene())
    assert refused.status == 429
    assert TIMESTAMP.sub("2025-01-15T12:00:00.000Z", refused.text) == REFUSAL % slots
    assert usage(refused) == (slots, slots + 1, 0)
    assert refused.headers["x-credits-charged"] == "0"
    assert refused.headers["x-credits-remaining"] == "250000"
    assert "retry-after" not in refused.headers
    assert {a.status for a in served} == {200}
    assert sorted(usage(a) for a in served) == [
        (slots, current, slots - current) for current in range(1, slots + 1)
    ]
    assert frozen.running(key) == 0
    assert frozen.balance(key) == 250_000 - 7 * slots


def test_the_third_of_twenty_reads_as_in_the_document(frozen):
    key = mint(frozen, plan="hobby")["key"]

    async def scene():
        wires = await hold(frozen, key, 3)
        await advance(frozen, 10)
        return [usage(await wire.answer()) for wire in wires]

    assert run(scene()) == [(20, 1, 19), (20, 2, 18), (20, 3, 17)]


def test_a_served_request_gives_its_slot_back(frozen):
    key = mint(frozen, concurrency=1)["key"]

    async def scene():
        for _ in range(3):
            (wire,) = await hold(frozen, key, 1)
            await advance(frozen, 10)
            assert usage(await wire.answer()) == (1, 1, 0)

    run(scene())


def test_a_slot_is_free_when_its_answer_has_arrived(shared):
    # The next request may come over another connection, and so over another event loop.
    keys = [shared.minted(concurrency=1, requestsPerSecond=10**6) for _ in range(8)]

    async def scene(key):
        wires = [await Wire.open(shared.port) for _ in range(4)]
        for number in range(300):
            wire = wires[number % 4]
            answer = await wire.ask("POST", path_of("grok"), key, question("grok"))
            assert answer.status == 200, f"request {number}: {answer.text}"

    async def all_scenes():
        await asyncio.gather(*[scene(key) for key in keys])

    run(all_scenes())


def test_a_plan_change_applies_to_the_next_request(frozen):
    key = mint(frozen, plan="free", credits=1000)["key"]

    async def scene():
        wires = await hold(frozen, key, 1)
        assert (await (await send_all(frozen, [key]))[0].answer()).status == 429
        await asyncio.to_thread(frozen.patch, key, plan="lite")
        wires += await hold(frozen, key, 9)
        (refused,) = await send_all(frozen, [key])
        assert usage(await refused.answer()) == (10, 11, 0)
        await advance(frozen, 10)
        return [usage(await wire.answer()) for wire in wires]

    # The first one was admitted under the old plan, and says so.
    assert run(scene()) == [(1, 1, 0)] + [(10, n, 10 - n) for n in range(2, 11)]


def test_after_a_downgrade_the_running_keep_their_slots(frozen):
    key = mint(frozen, concurrency=5)["key"]

    async def scene():
        wires = await hold(frozen, key, 5)
        await asyncio.to_thread(frozen.patch, key, concurrency=2)
        (wire,) = await send_all(frozen, [key])
        refused = await wire.answer()
        assert (refused.status, usage(refused)) == (429, (2, 3, 0))
        assert refused.json()["error"]["details"] == {"limit": 2}
        bad = await (await Wire.open(frozen.port)).ask("POST", path_of("chatgpt"), key, {})
        assert bad.status == 400 and usage(bad)[2] == 0
        status = await asyncio.to_thread(frozen.get, key, "/v1/async/status")
        assert status.json()["concurrency"] == {"used": 5, "max": 2}
        await advance(frozen, 10)
        answers = [await wire.answer() for wire in wires]
        assert {a.status for a in answers} == {200}
        (last,) = await hold(frozen, key, 1)
        await advance(frozen, 10)
        return usage(await last.answer())

    assert run(scene()) == (2, 1, 1)


def test_keys_of_one_organization_share_slots_and_balance(frozen):
    first = mint(frozen, concurrency=2, credits=21)
    second = frozen.minted(organization=first["organization"])

    async def scene():
        wires = await hold(frozen, first["key"], 1) + await hold(frozen, second, 1)
        for key in (first["key"], second):
            (wire,) = await send_all(frozen, [key])
            assert usage(await wire.answer()) == (2, 3, 0)
        await advance(frozen, 10)
        return [await wire.answer() for wire in wires]

    answers = run(scene())
    assert [usage(a) for a in answers] == [(2, 1, 1), (2, 2, 0)]
    assert sorted(a.headers["x-credits-remaining"] for a in answers) == ["14", "7"]
    assert frozen.ledger(first["key"]) == frozen.ledger(second)


def test_organizations_do_not_share_slots(frozen):
    first, second = (mint(frozen, concurrency=1)["key"] for _ in range(2))

    async def scene():
        wires = await hold(frozen, first, 1) + await hold(frozen, second, 1)
        await advance(frozen, 10)
        return [(await wire.answer()).status for wire in wires]

    assert run(scene()) == [200, 200]


def test_the_slots_of_all_providers_are_the_same_ones(frozen):
    key = mint(frozen, concurrency=1)["key"]

    async def scene():
        await hold(frozen, key, 1)
        wire = await Wire.open(frozen.port)
        return (await wire.ask("POST", path_of("google"), key, question("google"))).status

    assert run(scene()) == 429
    frozen.advance(10)
    eventually(lambda: frozen.running(key) == 0, "a free slot")


def test_a_plan_without_slots_refuses_everything(shared):
    refused = shared.ask(shared.minted(concurrency=0))
    assert (refused.status_code, usage(refused)) == (429, (0, 1, 0))
