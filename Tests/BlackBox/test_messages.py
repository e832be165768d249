"""What the program says on standard error: one prefix, the nearest name, the place of a mistake."""

import json
import os
import socket
import subprocess

import pytest

from support import BINARY, BUILT_IN_KEY, clean_environment, cli, eventually

PREFIX = "cloro-mock: "


def test_a_misspelt_command_gets_the_nearest_name():
    for word, meant in (("chek", "check"), ("srve", "serve"), ("ledgr", "ledger")):
        ended = cli(word, "x.json")
        assert (ended.returncode, ended.stdout) == (64, "")
        start = f'{PREFIX}"{word}" is no command, did you mean "{meant}"?; allowed: serve, run, '
        assert ended.stderr.startswith(start)
    assert "did you mean" not in cli("unthinkable").stderr


@pytest.mark.parametrize(
    ("flag", "variable", "wrong", "meant"),
    [
        ("--plan", "CLORO_MOCK_PLAN", "hoby", "hobby"),
        ("--contract", "CLORO_MOCK_CONTRACT", "2026-7", "2026-07"),
        ("--clock", "CLORO_MOCK_CLOCK", "manuel", "manual"),
        ("--log-level", "CLORO_MOCK_LOG_LEVEL", "debugg", "debug"),
        ("--log-format", "CLORO_MOCK_LOG_FORMAT", "jsn", "json"),
    ],
)
def test_a_misspelt_value_gets_the_nearest_name(flag, variable, wrong, meant):
    by_flag = cli("--port", "0", flag, wrong)
    by_variable = cli("--port", "0", env={variable: wrong})
    for origin, ended in ((flag, by_flag), (variable, by_variable)):
        assert (ended.returncode, ended.stdout) == (64, "")
        words = f'{PREFIX}{origin}: "{wrong}" can\'t be used, did you mean "{meant}"?; allowed: '
        assert ended.stderr.startswith(words)


@pytest.mark.parametrize("command", [["--port", "0"], ["run", "--", "true"]])
def test_a_misspelt_variable_is_refused_with_the_nearest_name(command):
    ended = cli(*command, env={"CLORO_MOCK_PLNA": "free", "CLORO_MOCK_LATANCY": "1s"})
    assert (ended.returncode, ended.stdout) == (64, "")
    slips = {"CLORO_MOCK_LATANCY": "CLORO_MOCK_LATENCY", "CLORO_MOCK_PLNA": "CLORO_MOCK_PLAN"}
    assert ended.stderr.splitlines() == [
        f'{PREFIX}{wrong}: there is no such variable, did you mean "{meant}"?'
        for wrong, meant in slips.items()
    ]


def test_variables_of_others_are_mentioned_only():
    # Kubernetes gives pods these for a service named cloro-mock.
    others = {"CLORO_MOCK_SERVICE_HOST": "10.0.0.7", "CLORO_MOCK_PORT_8080_TCP_ADDR": "10.0.0.7"}
    known = {"CLORO_MOCK_URL": "http://x", "CLORO_MOCK_BINARY": "x", "CLORO_MOCK_NOTHING": ""}
    ended = cli("run", "--", "true", env=others | known)
    assert ended.returncode == 0
    assert ended.stderr.splitlines()[:2] == [
        f"{PREFIX}{name}: nothing reads this variable" for name in sorted(others)
    ]


def test_each_option_has_a_variable_that_is_known():
    described = json.loads(cli("--experimental-dump-help").stdout)["command"]["subcommands"]
    options = {
        each["preferredName"]["name"]
        for command in described if command["commandName"] in ("serve", "run")
        for each in command["arguments"] if each["kind"] in ("option", "flag")
    } - {"help", "version"}  # fmt: skip
    assert {"plan", "port-file", "until-eof", "budget"} <= options
    for name in sorted(options):
        variable = "CLORO_MOCK_" + name.upper().replace("-", "_")
        # A port that can't be used ends it, after the variables' names were looked at.
        ended = cli("--port", "x", env={variable: "1"})
        assert ended.returncode == 64 and "no such variable" not in ended.stderr, ended.stderr


def test_every_message_has_the_prefix(double, tmp_path):
    taken = double()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        calls = [
            (64, ["--prot", "1"]), (64, ["--port"]), (64, ["serve", "more"]), (64, ["check"]),
            (64, ["ledger"]), (64, ["ledger", "x", "--verify", "--key", "y"]), (64, ["run"]),
            (64, ["run", "--budget", "x", "--", "true"]), (64, ["healthcheck", "--url", "x"]),
            (64, ["env", "--url", "x"]), (64, ["check", "x", "--format", "xml"]),
            (1, ["ledger", tmp_path / "absent"]), (1, ["--port", taken.port]),
            (1, ["healthcheck", "--url", nobody]), (1, ["env", "--url", nobody]),
            (127, ["run", "--", "nonsense-that-is-not-there"]),
        ]  # fmt: skip
        for code, arguments in calls:
            ended = cli(*arguments)
            assert (ended.returncode, ended.stdout) == (code, ""), arguments
            assert ended.stderr.startswith(PREFIX), (arguments, ended.stderr)
            assert not ended.stderr.startswith(f"{PREFIX}Error"), ended.stderr
    # Problems of fixtures begin with the file, as a compiler's do.
    ended = cli("check", tmp_path / "absent")
    assert ended.stderr == f"{tmp_path / 'absent'}: can't be read: No such file or directory\n"


def test_why_a_file_can_t_be_read(tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path, reason in (
        (tmp_path, "Is a directory"), (tmp_path / "a" / "b", "No such file"),
        (loop, "Too many levels of symbolic links"), ("/dev/null", ""),
    ):  # fmt: skip
        for arguments in (["check", path], ["--port", "0", "--fixture", path]):
            ended = cli(*arguments)
            assert ended.returncode == 65
            words = f"{path}: can't be read: {reason}" if reason else f"{path}: not JSON: "
            assert ended.stderr.startswith(words)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"), ('{"plan": }', "line 1, column 10"),
        ('{\n  "plan": "x",\n}', "line 3, column 1"), ('{"plan": "x"}\n\n]', "line 3, column 1"),
        ('{"plan": "äöü",,}', "line 1, column 16"), ('{\r\n"plan" 1}', "line 2, column 8"),
    ],
)  # fmt: skip
def test_a_syntax_error_has_line_and_column(double, tmp_path, text, place):
    file = tmp_path / "team.json"
    file.write_bytes(text.encode())
    ended = cli("check", file)
    assert ended.returncode == 65
    assert ended.stderr.startswith(f"{file}: not JSON: ") and ended.stderr.endswith(f"{place}\n")
    if text:
        answer = double().http.post("/_mock/keys", content=text.encode())
        assert answer.status_code == 400
        message = answer.json()["error"]["message"]
        assert message.startswith("The body is not JSON: ") and message.endswith(f"{place}.")


# MARK: check


def checked_input(text, *options):
    return subprocess.run(
        [BINARY, "check", *options], input=text, capture_output=True, text=True, timeout=90,
        env=clean_environment(),
    )  # fmt: skip


def test_check_reads_standard_input(fixture_file):
    ended = checked_input('{"plan": "team"}', "-")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "1 ok: plan team\n", "")
    ended = checked_input('{"plan": "team", "credits": -1}', fixture_file(), "-")
    assert ended.returncode == 65 and ended.stderr.startswith("-: credits: expected")


def test_check_writes_json(fixture_file, tmp_path):
    bad = fixture_file(concurency=1, keys=[{"key": "x", "organization": "y"}])
    absent = tmp_path / "absent.json"
    ended = cli("check", "--format", "json", bad, absent)
    assert ended.returncode == 65 and ended.stderr == ""
    problems = json.loads(ended.stdout)
    assert all(set(each) == {"file", "path", "message"} for each in problems)
    assert [(each["file"], each["path"]) for each in problems] == [
        (str(absent), ""), (str(bad), "keys[0].key"), (str(bad), "concurency"),
    ]  # fmt: skip
    assert problems[0]["message"] == "can't be read: No such file or directory"
    good = cli("check", "--format=json", fixture_file())
    assert (good.returncode, json.loads(good.stdout)) == (0, [])


KEYS = [f"sk_test_{digit * 32}" for digit in "abc"]


def with_credits(*credits):
    return [
        {"key": key, "organization": "acme"} | ({} if each is None else {"credits": each})
        for key, each in zip(KEYS, credits)
    ]


def test_three_different_credits_of_one_organization(fixture_file):
    file = fixture_file(keys=with_credits(5, 6, 7))
    ended = cli("check", file)
    assert ended.returncode == 65
    assert ended.stderr.splitlines() == [
        f'{file}: keys[{index}].credits: {credits}, but organization "acme" has 5 by keys[0] of '
        f"{file}; its keys share one balance"
        for index, credits in ((1, 6), (2, 7))
    ]
    second = fixture_file("second.json", plan="second", keys=with_credits(None, None, 9)[2:])
    ended = cli("check", fixture_file(keys=with_credits(5)), second)
    assert ended.returncode == 65
    assert ended.stderr.startswith(f"{second}: keys[0].credits: 9, but organization")


def test_any_key_of_an_organization_gives_its_balance(double, fixture_file):
    one = double("--fixture", fixture_file(keys=with_credits(None, 5, 5)))
    assert [key["credits"] for key in one.control("GET", "keys").json()["keys"]] == [5, 5, 5]


def test_a_rule_s_key_that_can_match_nothing(fixture_file):
    def rules(key):
        return {"faults": [{"match": {"key": key}, "fault": {"kind": "empty_response"}}],
                "responses": [{"result": {}}, {"match": {"key": key}, "result": {}}]}  # fmt: skip

    own = with_credits(5)
    assert cli("check", fixture_file(keys=own, **rules(KEYS[0]))).stderr == ""
    file = fixture_file(keys=own, **rules(KEYS[0][:-1] + "0"))
    ended = cli("check", file)
    assert ended.returncode == 65
    assert ended.stderr.splitlines() == [
        f'{file}: {place}.match.key: can match nothing: no key of this file, did you mean '
        f'"{KEYS[0]}"?; allowed: {KEYS[0]}'
        for place in ("responses[1]", "faults[0]")
    ]
    other = fixture_file("other.json", plan="other", **rules(KEYS[0]))
    ended = cli("check", fixture_file(keys=own), other)
    assert ended.returncode == 65 and "it is a key of" in ended.stderr
    # A file without keys may wait for one that a test mints.
    ended = cli("check", other)
    assert ended.returncode == 0 and ended.stderr.startswith(f"{PREFIX}warning: {other}: ")
    assert cli("check", fixture_file(**rules(BUILT_IN_KEY))).stderr == ""


def test_an_empty_secret(fixture_file, double):
    file = fixture_file(webhooks={"secret": ""})
    ended = cli("check", file)
    assert ended.returncode == 65 and ended.stderr.startswith(f"{file}: webhooks.secret: ")
    assert cli("check", fixture_file(webhooks={"secret": None})).returncode == 0
    answer = double().control("POST", "keys", {"webhookSecret": ""})
    assert answer.status_code == 400 and "webhookSecret" in answer.text


# MARK: What runs


def test_watch_says_that_a_file_is_gone(double, fixture_file):
    file = fixture_file(concurrency=3)
    one = double("--fixture", file, "--watch")
    text = file.read_text()
    file.unlink()
    eventually(lambda: any("can't be read any more" in line for line in one.stderr), "the word")
    [line] = [line for line in one.stderr if "any more" in line]
    assert str(file) in line and "No such file" in line
    assert one.ask(one.first_key).headers["x-concurrent-limit"] == "3"
    other = file.with_suffix(".new")
    other.write_text(text.replace('"concurrency": 3', '"concurrency": 4'))
    os.replace(other, file)
    eventually(lambda: one.ask(one.first_key).headers["x-concurrent-limit"] == "4", "the new one")
    eventually(lambda: any("there again" in line for line in one.stderr), "the word of it")


def test_whoever_listens_for_other_machines_says_where_the_page_is(double):
    """The log is what `docker logs` shows."""
    one = double("--host", "0.0.0.0")
    eventually(lambda: any(" ready " in line for line in one.stderr), "the line")
    [line] = [line for line in one.stderr if " ready " in line]
    number = cli("--version").stdout.split()[0]
    assert f"page=http://127.0.0.1:{one.port}/_mock/" in line and f"version={number}" in line


def test_a_browser_at_the_root_is_led_to_the_page(double):
    one = double()
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for method in ("GET", "HEAD"):
        led = one.http.request(method, "/", headers={"Accept": browser}, follow_redirects=False)
        assert led.status_code == 307 and led.headers["location"] == "/_mock/"
    for accept in ("*/*", "application/json", "text/html;q=0", "text/*"):
        assert one.http.get("/", headers={"Accept": accept}).status_code == 404
    for method, path in (("POST", "/"), ("GET", "/x")):
        answer = one.http.request(method, path, headers={"Accept": browser})
        assert answer.status_code == 404
