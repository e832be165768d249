"""Many requests at once: they wait without threads, and nothing is left behind."""

import asyncio
import resource

import pytest

from support import eventually, path_of, question
from wire import Wire, request_bytes, run

WAITING = 5000
THREADS = 24


@pytest.fixture
def wide(double):
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < WAITING + 500:
        pytest.skip("too few descriptors")
    clock = double("--clock", "manual", "--latency", "60s")
    key = clock.minted(concurrency=WAITING, credits=10**6, requestsPerSecond=10**6)
    return clock, key


async def connect(double, count):
    wires = []
    for _ in range(0, count, 250):
        wires += await asyncio.gather(*[Wire.open(double.port) for _ in range(250)])
    return wires


def test_5000_requests_wait_in_their_latency(wide):
    clock, key = wide
    raw = request_bytes("POST", path_of("chatgpt"), key, question("chatgpt"))

    async def scene():
        wires = await connect(clock, WAITING)
        for wire in wires:
            wire.writer.write(raw)
        await asyncio.to_thread(
            eventually, lambda: clock.running(key) == WAITING, "all of them waiting"
        )
        assert clock.threads() <= THREADS
        # It still answers others, at once.
        refused = await asyncio.to_thread(clock.ask, key)
        assert refused.status_code == 429
        assert refused.headers["x-concurrent-current"] == str(WAITING + 1)
        fired = (await asyncio.to_thread(clock.advance, 60))["fired"]
        assert len(fired) == len({each["id"] for each in fired}) == WAITING
        answers = await asyncio.gather(*[wire.answer() for wire in wires])
        assert {a.status for a in answers} == {200}
        currents = sorted(a.number("x-concurrent-current") for a in answers)
        assert currents == list(range(1, WAITING + 1))
        assert sorted(a.number("x-credits-remaining") for a in answers) == [
            10**6 - 7 * number for number in range(WAITING, 0, -1)
        ]
        assert clock.threads() <= THREADS
        for wire in wires:
            wire.close()

    run(scene(), 60)
    assert clock.running(key) == 0
    ledger = clock.ledger(key)
    assert (ledger["balance"], ledger["consistent"]) == (10**6 - 7 * WAITING, True)


def test_connections_are_given_back(double):
    one = double()
    key = one.minted(requestsPerSecond=10**6, credits=10**9)
    assert one.ask(key).status_code == 200
    before = one.descriptors()

    async def scene():
        for _ in range(3):
            wires = await connect(one, 500)
            answers = await asyncio.gather(
                *[wire.ask("POST", path_of("grok"), key, question("grok")) for wire in wires]
            )
            assert {a.status for a in answers} <= {200, 429}
            for wire in wires:
                wire.close()

    run(scene())
    eventually(lambda: one.descriptors() <= before, "descriptors given back")
    assert one.running(key) == 0


def test_many_keys(shared):
    minted = [shared.minted() for _ in range(300)]
    assert len(set(minted)) == 300
    for key in minted[::50]:
        assert shared.ask(key).status_code == 200
