"""Slots when everybody asks at once, and when the next one asks over another connection."""

import asyncio

import pytest

from support import TIMESTAMP, path_of, question
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


def mint(double, **body):
    return double.mint(**{"latency": "10s", "requestsPerSecond": 10**6} | body)


@pytest.mark.parametrize("slots", [1, 20])
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
