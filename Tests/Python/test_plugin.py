"""The pytest plugin, by tests that a pytest of its own runs."""

import contextlib
import os
import re
import signal
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

import asking
from conftest import none_left
from support import BINARY, eventually

ASKING = asking.TEXT
# 200 tests of which each takes what its key has and finds nothing of the others'.
MANY = """
import pytest
from asking import ask

@pytest.mark.cloro(credits=14, concurrency=1)
@pytest.mark.parametrize("number", range(200))
def test_alone(cloro_mock, cloro_key, number):
    assert [ask()[0] for _ in range(3)] == [200, 200, 403]
    assert [entry["status"] for entry in cloro_key.journal()] == [200, 200, 403]
    assert cloro_key.balance() == 0
"""
WAITING = """
import pathlib, signal, threading
from asking import ask

def test_waits(cloro_mock, cloro_key):
    assert ask()[0] == 200
    pathlib.Path("running").write_text("x")
    threading.Event().wait(60)

def test_too(cloro_mock, cloro_key):
    assert ask()[0] == 200
    threading.Event().wait(60)
"""


def test_the_first_test(project):
    """The README's, with another client."""
    project.write(asking=ASKING, test_shop="""
from asking import ask
def test_an_answer(cloro_mock, cloro_key):
    assert ask(cloro_key, cloro_mock.url)[1]["result"]["text"]
""")  # fmt: skip
    done = project.run("-q")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "7 credits, 1 requests, none refused" in done.stdout


def test_200_tests_beside_each_other(project, doubles):
    project.write(asking=ASKING, test_many=MANY)
    done = project.run("-q", "-n", "4")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "200 passed" in done.stdout
    assert "2800 credits, 600 requests, refused: INSUFFICIENT_CREDITS 200" in done.stdout
    assert len(doubles()) == 4
    none_left(doubles(), 0.1)


def test_one_process_for_a_session(project, doubles):
    project.write(asking=ASKING, test_one="""
import pytest
from asking import ask
urls = set()

@pytest.fixture(scope="session")
def shared(cloro_mock):
    return cloro_mock.mint()

@pytest.mark.parametrize("number", range(3))
def test_one(cloro_mock, shared, number):
    urls.add(cloro_mock.url)
    assert len(urls) == 1 and ask(shared, cloro_mock.url)[0] == 200

def test_none():
    pass
""")  # fmt: skip
    done = project.run("-q")
    assert "4 passed" in done.stdout and len(doubles()) == 1
    # What was taken with other keys counts too.
    assert "21 credits, 3 requests, none refused" in done.stdout


def test_nothing_is_started_for_tests_that_don_t_ask_for_it(project, doubles):
    project.write(test_none="def test_none(): pass")
    done = project.run()
    assert done.returncode == 0 and doubles() == [] and "cloro-mock" not in done.stdout


def test_the_marker(project):
    project.write(asking=ASKING, test_marked="""
import pytest
from asking import ask
pytestmark = pytest.mark.cloro(plan="free", credits=30)

def test_of_the_module(cloro_key):
    assert (cloro_key.settings["plan"], cloro_key.settings["credits"]) == ("free", 30)

@pytest.mark.cloro(credits=20)
def test_the_nearest_decides(cloro_key):
    assert (cloro_key.settings["plan"], cloro_key.settings["credits"]) == ("free", 20)

@pytest.mark.cloro(latency="4m", clock="manual")
def test_a_clock_by_hand(cloro_mock, cloro_key):
    import threading
    answers = []
    thread = threading.Thread(target=lambda: answers.append(ask()[0]))
    thread.start()
    while not cloro_mock.organizations(key=cloro_key)[0]["slots"]["used"]: pass
    cloro_mock.advance(240)
    thread.join(20)
    assert answers == [200]

def test_the_clock_goes_again(cloro_mock, cloro_key):
    assert cloro_mock.clock()["mode"] == "real"

@pytest.mark.cloro("free")
def test_positions(cloro_key): pass

@pytest.mark.cloro(credit=1)
def test_misspelt(cloro_key): pass
""")  # fmt: skip
    done = project.run("--strict-markers")
    assert "4 passed, 2 errors" in done.stdout, done.stdout
    assert "the marker cloro takes names" in done.stdout
    assert "the marker cloro can't be used: credit: unknown member" in done.stdout
    assert "@pytest.mark.cloro(plan=…, credits=…" in project.run("--markers").stdout


def test_the_environment_of_a_test(project):
    project.write(test_environment="""
import os
def test_within(cloro_mock, cloro_key):
    assert os.environ["CLORO_API_KEY"] == cloro_key
    assert os.environ["CLORO_BASE_URL"] == cloro_mock.url
def test_after():
    assert os.environ["CLORO_API_KEY"] == "mine" and "CLORO_BASE_URL" not in os.environ
""")  # fmt: skip
    done = project.run(env={"CLORO_API_KEY": "mine"})
    assert "2 passed" in done.stdout, done.stdout


def test_a_test_that_removes_its_key(project):
    project.write(test_removes="""
def test_removes(cloro_key): cloro_key.remove()
def test_resets(cloro_mock, cloro_key): cloro_mock.reset()
def test_revokes(cloro_key): cloro_key.change(revoked=True)
""")  # fmt: skip
    assert "3 passed" in project.run().stdout


@pytest.mark.parametrize("options", [[], ["-n", "1"]])
def test_a_test_that_fails_shows_its_requests(project, options):
    project.write(asking=ASKING, test_fails="""
import pytest
from asking import ask

@pytest.mark.cloro(credits=7)
def test_fails(cloro_key):
    assert [ask()[0] for _ in range(2)] == [200, 200]

def test_silent(cloro_key):
    assert not cloro_key

def test_passes(cloro_key):
    assert ask()[0] == 200
""")  # fmt: skip
    done = project.run(*options)
    assert done.returncode == 1
    sections = re.findall(r"^-+ cloro-mock: requests of (\S+) -+\n((?:.+\n)*?)(?=[-_=])",
                          done.stdout, re.MULTILINE)  # fmt: skip
    shown = [text.splitlines() for _, text in sections]
    assert len(shown) == 2, done.stdout
    [fails] = [lines for lines in shown if len(lines) == 2]
    assert fails[0].startswith("200 POST /v1/monitor/chatgpt  answered: price 7")
    assert fails[1].startswith("403 POST /v1/monitor/chatgpt  credits: ")
    assert ["no request came with this key"] in shown


def test_many_requests_of_a_failed_test(project):
    project.write(asking=ASKING, test_fails="""
from asking import ask
def test_fails(cloro_key):
    for number in range(60): ask(prompt=str(number))
    assert False
""")  # fmt: skip
    done = project.run()
    assert "(10 earlier ones left out)\n" in done.stdout
    assert done.stdout.count("200 POST /v1/monitor/chatgpt  answered") == 50


# MARK: The budget

TWO = """
from asking import ask
def test_one(cloro_key): assert ask()[0] == 200
def test_two(cloro_key): assert ask()[0] == 200
"""


@pytest.mark.parametrize("options", [[], ["-n", "2"]])
def test_the_budget(project, options):
    project.write(asking=ASKING, test_two=TWO)
    within = project.run("--cloro-budget", "14", *options)
    assert within.returncode == 0 and "over the budget" not in within.stdout
    beyond = project.run("--cloro-budget", "13", *options)
    assert beyond.returncode == 1 and "2 passed" in beyond.stdout
    assert "over the budget of 13 by 1" in beyond.stdout


def test_a_budget_that_is_none(project):
    project.write(test_none="def test_none(): pass")
    for text in ("-1", "many"):
        done = project.run("--cloro-budget", text)
        assert done.returncode == 4 and "--cloro-budget" in done.stderr


def test_under_run(project, doubles):
    project.write(asking=ASKING, test_two=TWO)
    for budget, code in (("14", 0), ("13", 3)):
        before = [str(BINARY), "run", "--budget", budget, "--"]
        done = project.run("-n", "2", before=before)
        assert done.returncode == code, done.stdout + done.stderr
        assert "14 credits, 2 requests, 0 of them refused" in done.stderr
        assert "14 credits, 2 requests, none refused" in done.stdout
    assert doubles() == []


def test_a_clock_by_hand_needs_a_double_of_its_own(project):
    project.write(test_clock="""
import pytest
@pytest.mark.cloro(clock="manual")
def test_clock(cloro_mock, cloro_key): cloro_mock.advance(5)
""")  # fmt: skip
    before = [str(BINARY), "run", "--"]
    assert "1 passed" in project.run(before=before).stdout
    beside = project.run("-n", "1", before=before)
    assert beside.returncode == 1 and "all workers share one double" in beside.stdout
    assert "1 passed" in project.run("-n", "1").stdout


# MARK: Summaries


def test_the_summary_of_github_s_step(project, tmp_path):
    project.write(asking=ASKING, test_many=MANY.replace("200)", "2)"))
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    for options in ([], ["-n", "2"]):
        done = project.run(*options, env={"GITHUB_STEP_SUMMARY": str(summary)})
        assert done.returncode == 0
    part = ("### cloro-mock\n\n| | |\n|---|--:|\n| credits | 28 |\n| requests | 6 |\n"
            "| refused: INSUFFICIENT_CREDITS | 2 |\n\n")  # fmt: skip
    assert summary.read_text() == "before\n" + 2 * part


def test_the_junit_report_has_each_test_s_credits(project):
    project.write(asking=ASKING, test_two=TWO)
    project.run("--junit-xml", "report.xml", "-n", "2")
    cases = ElementTree.parse(project.folder / "report.xml").iter("testcase")
    found = [{each.get("name"): each.get("value") for each in case.iter("property")}
             for case in cases]  # fmt: skip
    assert found == 2 * [{"cloro_credits": "7", "cloro_requests": "1", "cloro_refusals": ""}]


def test_the_label_is_the_test(project):
    """Its end, when it is longer than a label may be."""
    long = "test_" + "x" * 300
    project.write(test_label=f"""
def test_label(cloro_key):
    assert cloro_key.settings["label"] == "test_label.py::test_label"

def {long}(cloro_key):
    assert cloro_key.settings["label"] == "x" * 200

def test_label_again(cloro_key):
    assert cloro_key.settings["label"] == "test_label.py::test_label_again"
""")  # fmt: skip
    assert "3 passed" in project.run().stdout


# MARK: Interrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("options", [[], ["-n", "2"]])
def test_nothing_is_left_of_an_interrupted_run(project, doubles, number, options):
    project.write(asking=ASKING, test_waiting=WAITING)
    running = subprocess.Popen(
        project.command(*options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, **project.options(),
    )  # fmt: skip
    try:
        count = 2 if options else 1
        eventually((project.folder / "running").exists, "a test that runs")
        eventually(lambda: len(doubles()) == count, "the doubles")
        running.send_signal(number)
        none_left(doubles(), 5)
    finally:
        # Workers are given some seconds by execnet to finish their tests.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait(20)


def test_a_double_that_dies_is_said(project):
    project.write(asking=ASKING, test_dies="""
import os, signal
def test_dies(cloro_mock, cloro_key):
    os.kill(cloro_mock.pid, signal.SIGKILL)
    cloro_key.balance()
""")  # fmt: skip
    done = project.run()
    assert done.returncode == 1 and "NoAnswer: GET http://127.0.0.1:" in done.stdout
    assert "its journal can't be read" in done.stdout


def test_a_program_that_isn_t_there_is_an_error_of_the_test(project):
    project.write(test_one="def test_one(cloro_mock): pass")
    done = project.run(env={"CLORO_MOCK_BINARY": "/absent"})
    assert done.returncode == 1 and "CLORO_MOCK_BINARY is no program" in done.stdout
