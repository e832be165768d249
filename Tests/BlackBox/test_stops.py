"""How a double ends: always with 0, whatever it did before and whoever listens to it."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from signal import SIGINT, SIGTERM

import pytest

from support import BINARY, BUILT_IN_KEY, READY, Double, clean_environment, eventually
from wire import RawConnection, request_bytes

ROUNDS = 40


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_every_stop_ends_with_0(tmp_path, number):
    # Threads may still run while the process takes itself apart.
    def one(index):
        double = Double("--database", tmp_path / f"{index}.db")
        assert double.ask(BUILT_IN_KEY).status_code == 200
        return double.stop(number), double.stderr

    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(one, range(ROUNDS)))
    assert [end for end in ends if end[0] != 0 or end[1]] == []


def test_a_stop_at_once(tmp_path):
    for _ in range(10):
        assert Double().stop() == 0


def test_a_second_signal_does_no_harm(double):
    one = double()
    one.signal(SIGTERM)
    one.signal(SIGTERM)
    assert one.wait() in (0, -SIGTERM)


def test_a_reader_of_the_output_that_goes_is_no_reason_to_die(fixture_file):
    # cloro-mock --watch … 2>&1 | head -2
    fixture = fixture_file(concurrency=1)
    output, end = os.pipe()
    process = subprocess.Popen(
        [str(BINARY), "--port", "0", "--fixture", str(fixture), "--watch"],
        env=clean_environment(), stdin=subprocess.DEVNULL, stdout=end, stderr=end,
    )  # fmt: skip
    try:
        os.close(end)
        with os.fdopen(output) as lines:
            port = int(READY.match(lines.readline())[3])
            assert lines.readline().startswith("key ")
        with RawConnection(port) as connection:
            for slots in (2, 3, 4):
                # Each reload is logged, to nobody.
                fixture.write_text('{"plan":"team","concurrency":%d}' % slots)

                def limit():
                    connection.send(request_bytes("GET", "/v1/async/status", BUILT_IN_KEY))
                    return connection.answer().json()["concurrency"]["max"]

                eventually(lambda: limit() == slots, "the reload", seconds=5)
    finally:
        process.terminate()
        assert process.wait(10) == 0
