"""https on a port of its own: certificates, what is spoken, how connections end, what is left."""

import http.client
import json
import os
import random
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from support import Double, cli, eventually, path_of, question
from wire import RawConnection, request_bytes

HEALTH = request_bytes("GET", "/_mock/health")
NAMES = ["localhost", "127.0.0.1", "api.cloro.dev", "cloro.dev", "other.cloro.dev", "a.localhost"]


def openssl(*words, input=""):
    done = subprocess.run(
        ["openssl", *map(str, words)], input=input, text=True, capture_output=True, timeout=90
    )
    return done.returncode, done.stdout + done.stderr


def made(*words):
    code, shown = openssl(*words)
    assert code == 0, shown
    return shown


def trust(file, **changes):
    """A context as Python makes it, and strict about what a certificate must say."""
    context = ssl.create_default_context(cafile=file)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    for name, value in changes.items():
        setattr(context, name, value)
    return context


def blind(**changes):
    """A context that looks at no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name, value in changes.items():
        setattr(context, name, value)
    return context


def healthy(port, context, name="localhost"):
    """The TLS socket's facts after a request that was answered."""
    with RawConnection(port, tls=context, name=name) as wire:
        wire.send(HEALTH)
        assert wire.answer().json() == {"status": "ok"}
        return wire.socket.version(), wire.socket.cipher()[0], wire.socket.compression()


@pytest.fixture
def authority(shared):
    return shared.arguments[shared.arguments.index("--ca-file") + 1]


# MARK: The command line


def test_the_address_of_https_is_the_second_line(double):
    one = double("--tls-port", 0)
    assert one.url == one.stdout[0].split()[-1]
    assert one.secure_url == f"https://127.0.0.1:{one.tls_port}"
    assert len(one.key_lines) == 1 and one.tls_port != one.port
    assert one.descriptors() < 64


def test_the_port_of_https_may_be_a_variable(tmp_path):
    one = Double(env={"CLORO_MOCK_TLS_PORT": "0", "CLORO_MOCK_CA_FILE": str(tmp_path / "ca.pem")})
    eventually(lambda: len(one.stdout) > 2, "three lines")
    port = int(one.stdout[1].rsplit(":", 1)[1])
    assert healthy(port, trust(tmp_path / "ca.pem"))
    assert one.stop() == 0


def test_without_it_nothing_of_it_is_loaded(double):
    one = double()
    one.ask(one.first_key)
    loaded = Path(f"/proc/{one.process.pid}/maps").read_text()
    assert "libc.so.6" in loaded
    assert "libssl" not in loaded and "libcrypto" not in loaded
    with pytest.raises(AttributeError):
        one.tls_port  # noqa: B018
    assert len(one.stdout) == 2


def test_a_library_that_is_missing_is_named(tmp_path):
    for name in ("libssl.so.3", "libcrypto.so.3"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).touch()
        shown = cli("--port", 0, "--tls-port", 0, env={"LD_LIBRARY_PATH": str(folder)})
        assert shown.returncode == 1 and shown.stdout == ""
        assert shown.stderr.count("\n") == 1
        assert name in shown.stderr and "libssl3" in shown.stderr


def test_a_port_that_is_taken_is_named(shared):
    shown = cli("--port", 0, "--tls-port", shared.port)
    assert shown.returncode == 1 and f"port {shared.port}" in shown.stderr


@pytest.fixture(scope="session")
def own(tmp_path_factory):
    """A chain of one's own: root, one between, and leaves of both kinds of key."""
    folder = tmp_path_factory.mktemp("own")
    leaf = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-subj", "/CN=own"]
    for name, kind in (("root", []), ("between", ["-CA", "root.pem", "-CAkey", "root.key"])):
        made("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem",
             "-subj", f"/CN={name}", *[folder / w if "." in w else w for w in kind])  # fmt: skip
    for name, key in (
        ("ec", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]), ("rsa", ["rsa:2048"]),
    ):  # fmt: skip
        made("req", "-x509", "-newkey", *key, "-nodes", "-keyout", folder / f"{name}.key",
             "-out", folder / f"{name}.pem", "-CA", folder / "between.pem",
             "-CAkey", folder / "between.key", *leaf)  # fmt: skip
        chain = (folder / f"{name}.pem").read_text() + (folder / "between.pem").read_text()
        (folder / f"{name}-chain.pem").write_text(chain)
    made("pkey", "-in", folder / "ec.key", "-aes128", "-passout", "pass:x",
         "-out", folder / "locked.key")  # fmt: skip
    return folder


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_certificate_of_one_s_own_with_its_chain(double, own, kind):
    files = ["--tls-cert", own / f"{kind}-chain.pem", "--tls-key", own / f"{kind}.key"]
    one = double("--tls-port", 0, *files)
    context = ssl.create_default_context(cafile=own / "root.pem")
    version, suite, _ = healthy(one.tls_port, context)
    assert version == "TLSv1.3" and suite.startswith("TLS_")


def test_certificate_and_key_belong_together(own, tmp_path):
    chain, key = own / "ec-chain.pem", own / "ec.key"
    nothing = tmp_path / "nothing"
    refused = [
        (["--tls-cert", chain], "--tls-cert", "--tls-key"),
        (["--tls-key", key], "--tls-key", "--tls-cert"),
        (["--tls-cert", chain, "--tls-key", own / "rsa.key"], "rsa.key", "can't be used"),
        (["--tls-cert", chain, "--tls-key", own / "root.key"], "root.key", "can't be used"),
        (["--tls-cert", nothing, "--tls-key", key], str(nothing), "No such file"),
        (["--tls-cert", chain, "--tls-key", nothing], str(nothing), "No such file"),
        (["--tls-cert", key, "--tls-key", key], "ec.key isn't a certificate", "PEM"),
        (["--tls-cert", chain, "--tls-key", chain], "ec-chain.pem isn't a key", "PEM"),
        (["--tls-cert", chain, "--tls-key", own / "locked.key"], "locked.key", "password"),
        (["--tls-cert", own, "--tls-key", key], str(own), "directory"),
        (["--tls-cert", chain, "--tls-key", key, "--ca-dir", tmp_path], "--ca-dir", "--tls-cert"),
        (["--tls-cert", chain, "--tls-key", key, "--ca-file", nothing], "--ca-file", "--tls-cert"),
    ]  # fmt: skip
    for flags, *named in refused:
        # Whether there is a port of https or not: they serve those who ask for cloro's address.
        for port in ([], ["--tls-port", 0]):
            shown = cli("--port", 0, *port, *flags)
            assert shown.returncode == 64, (flags, shown)
            assert shown.stdout == "" and shown.stderr.count("\n") == 1, shown
            assert all(name in shown.stderr for name in named), shown.stderr


# MARK: The authority


def test_every_name_of_the_double_is_certified(shared, authority):
    for name in NAMES:
        healthy(shared.tls_port, trust(authority), name)
        # In any case, as names are.
        healthy(shared.tls_port, trust(authority), name.upper())


def test_another_name_gets_a_certificate_that_is_not_its_own(shared, authority):
    for name in ("example.com", "cloro.dev.example.com", "evilcloro.dev", "10.0.0.1"):
        with pytest.raises(ssl.SSLCertVerificationError) as refused:
            healthy(shared.tls_port, trust(authority), name)
        assert refused.value.verify_code in (62, 64), refused.value  # host, address: mismatch
        # Who doesn't look goes on.
        healthy(shared.tls_port, blind(), name)


def test_a_certificate_says_what_it_should(shared, authority):
    code, shown = openssl(
        "s_client", "-connect", f"127.0.0.1:{shared.tls_port}", "-servername", "x.cloro.dev",
        "-CAfile", authority, "-verify_return_error", "-x509_strict", "-showcerts",
    )  # fmt: skip
    assert code == 0 and "Verify return code: 0 (ok)" in shown
    leaf = shown[shown.index("-----BEGIN") : shown.index("-----END CERTIFICATE-----") + 25]
    code, text = openssl("x509", "-noout", "-text", input=leaf)
    assert code == 0 and "DNS:x.cloro.dev\n" in text and "CA:FALSE" in text
    assert "TLS Web Server Authentication" in text and "prime256v1" in text
    text = made("x509", "-noout", "-text", "-in", authority)
    assert "Name Constraints: critical" in text and "CA:TRUE, pathlen:0" in text
    assert re.findall(r"(?:DNS|IP):\S+", text) == [
        "DNS:cloro.dev", "DNS:localhost", "IP:127.0.0.0/255.0.0.0",
        "IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF",
    ]  # fmt: skip
    # Valid for a week and three months, and not long before now.
    for end, seconds in ((leaf, 8), (Path(authority).read_text(), 91)):
        assert openssl("x509", "-noout", "-checkend", str(0), input=end)[0] == 0
        assert openssl("x509", "-noout", "-checkend", str(seconds * 86400), input=end)[0] == 1


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """The folder of an authority, with its key."""
    folder = tmp_path_factory.mktemp("kept") / "authority"
    one = Double("--ca-dir", folder)
    assert one.stop() == 0
    return folder


FOREIGN = ["DNS:api.example.com", "DNS:dev", "DNS:xcloro.dev", "IP:10.0.0.1", "IP:0:0:0:0:0:0:0:2"]


@pytest.mark.parametrize("name", [*FOREIGN, "DNS:api.cloro.dev", "DNS:localhost", "IP:127.9.9.9"])
def test_the_authority_can_certify_no_other_name(kept, tmp_path, name):
    pem = kept / "authority.pem"
    leaf = tmp_path / "leaf.pem"
    made("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", leaf, "-out", tmp_path / "certificate.pem", "-CA", pem, "-CAkey", pem,
         "-subj", "/O=x", "-days", 1, "-addext", f"subjectAltName={name}",
         "-addext", "basicConstraints=critical,CA:FALSE")  # fmt: skip
    leaf.write_text(leaf.read_text() + (tmp_path / "certificate.pem").read_text())
    code, shown = openssl("verify", "-CAfile", pem, tmp_path / "certificate.pem")
    assert (code != 0 and "permitted subtree violation" in shown) == (name in FOREIGN), shown
    # The same by Python's ssl, against a server with that certificate.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve():
            connection, _ = listener.accept()
            connection.settimeout(10)
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                pass

        server = threading.Thread(target=serve)
        server.start()
        host = name.split(":", 1)[1]
        try:
            with socket.create_connection(listener.getsockname(), 10) as plain:
                with trust(pem, verify_flags=ssl.VERIFY_DEFAULT).wrap_socket(
                    plain, server_hostname=host
                ):
                    assert name not in FOREIGN
        except ssl.SSLCertVerificationError as refused:
            assert name in FOREIGN and refused.verify_code == 47  # permitted subtree violation
        server.join(10)


def mode(path):
    return path.stat().st_mode & 0o777


def test_an_authority_is_kept_in_its_folder(double, kept, tmp_path):
    assert mode(kept) == 0o700
    [file] = kept.iterdir()
    assert mode(file) == 0o600
    before = file.read_bytes()
    certificate = tmp_path / "ca.pem"
    one = double("--ca-dir", kept, "--ca-file", certificate, "--tls-port", 0)
    healthy(one.tls_port, trust(certificate))
    assert certificate.read_bytes() in before and file.read_bytes() == before
    assert "PRIVATE KEY" not in certificate.read_text()


def test_a_folder_of_an_authority_is_its_owner_s_alone(double, kept, tmp_path):
    # An empty one is closed to others.
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    double("--ca-dir", folder)
    assert mode(folder) == 0o700
    # One with other things is left as it is.
    other = tmp_path / "other"
    other.mkdir(mode=0o755)
    (other / "notes").touch()
    file = tmp_path / "file"
    file.touch()
    loose = tmp_path / "loose"
    shutil.copytree(kept, loose)
    (loose / "authority.pem").chmod(0o644)
    broken = tmp_path / "broken"
    shutil.copytree(kept, broken)
    (broken / "authority.pem").write_text("x")
    for folder, reason in (
        (other, "chmod 700"), (file, "it is a file"), (loose, "chmod 600"),
        (broken, "isn't an authority"), (tmp_path / "not" / "there", "No such file"),
    ):  # fmt: skip
        shown = cli("--port", 0, "--ca-dir", folder)
        assert shown.returncode == 64 and shown.stderr.count("\n") == 1, shown
        assert "--ca-dir" in shown.stderr and reason in shown.stderr, shown.stderr
    assert mode(other) == 0o755


def test_an_authority_that_ends_soon_is_made_anew(double, kept, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(kept, old)
    file = old / "authority.pem"
    made("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "c.pem", "-subj", "/CN=old",
         "-days", 2)  # fmt: skip
    file.write_text((tmp_path / "c.pem").read_text() + (tmp_path / "key.pem").read_text())
    certificate = tmp_path / "ca.pem"
    one = double("--ca-dir", old, "--ca-file", certificate, "--tls-port", 0)
    assert "CN = cloro-mock authority" in made("x509", "-noout", "-subject", "-in", certificate)
    healthy(one.tls_port, trust(certificate))
    assert mode(file) == 0o600


def test_the_bundle_is_the_system_s_and_the_double_s(double, tmp_path):
    system = tmp_path / "system.pem"
    made("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", tmp_path / "key.pem", "-out", system, "-subj", "/CN=system")  # fmt: skip
    bundle, certificate = tmp_path / "bundle.pem", tmp_path / "ca.pem"
    files = ["--ca-bundle", bundle, "--ca-file", certificate]
    one = double(*files, "--tls-port", 0, env={"SSL_CERT_FILE": str(system)})
    assert bundle.read_text() == system.read_text() + certificate.read_text()
    healthy(one.tls_port, trust(bundle))
    # Its own bundle isn't the system's: else it would grow with each start.
    other = double(*files, "--tls-port", 0, env={"SSL_CERT_FILE": str(bundle)})
    text = bundle.read_text()
    assert text.endswith(certificate.read_text()) and system.read_text() not in text
    healthy(other.tls_port, trust(bundle))
    places = [Path("/etc/ssl/certs/ca-certificates.crt"), Path("/etc/pki/tls/certs/ca-bundle.crt")]
    for place in filter(Path.exists, places):
        assert text == place.read_text() + certificate.read_text()
        break


# MARK: What is spoken


def test_versions(shared):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = blind(minimum_version=version, maximum_version=version)
        spoken, _, compression = healthy(shared.tls_port, context)
        assert spoken == version.name.replace("_", ".") and compression is None
    for version in ("-tls1", "-tls1_1"):
        _, shown = openssl(
            "s_client", version, "-cipher", "ALL:@SECLEVEL=0",
            "-connect", f"127.0.0.1:{shared.tls_port}",
        )  # fmt: skip
        assert "alert protocol version" in shown


@pytest.mark.parametrize("kind", ["ECDSA", "RSA"])
def test_suites(double, own, kind):
    name = "ec" if kind == "ECDSA" else "rsa"
    files = ["--tls-cert", own / f"{name}-chain.pem", "--tls-key", own / f"{name}.key"]
    one = double("--tls-port", 0, *files)
    every = blind()
    every.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    spoken = set()
    for suite in every.get_ciphers():
        if suite["protocol"] == "TLSv1.3":
            continue
        context = blind(maximum_version=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers(f"{suite['name']}:@SECLEVEL=0")
        try:
            spoken.add(healthy(one.tls_port, context)[1])
        except ssl.SSLError as refused:
            # Some a client doesn't offer without a password or a key that both know.
            assert refused.reason in ("SSLV3_ALERT_HANDSHAKE_FAILURE", "NO_CIPHERS_AVAILABLE")
    ends = ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"]
    assert spoken == {f"ECDHE-{kind}-{end}" for end in ends}
    for end in ["AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"]:
        suite = f"TLS_{end}"
        _, shown = openssl(
            "s_client", "-tls1_3", "-ciphersuites", suite,
            "-connect", f"127.0.0.1:{one.tls_port}",
        )  # fmt: skip
        assert f"Cipher is {suite}" in shown


def test_a_scanner_finds_only_what_is_meant(shared, authority, tmp_path):
    report = tmp_path / "scan.json"
    subprocess.run(
        [
            sys.executable, "-m", "sslyze", f"--json_out={report}", "--certinfo",
            f"--certinfo_ca_file={authority}", "--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1",
            "--tlsv1_2", "--tlsv1_3", "--compression", "--reneg", "--heartbleed", "--openssl_ccs",
            "--robot", "--fallback", "--early_data", f"localhost:{shared.tls_port}",
        ],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    (scanned,) = json.loads(report.read_text())["server_scan_results"]
    found = {name: each["result"] for name, each in scanned["scan_result"].items()}
    accepted = {
        version: {
            suite["cipher_suite"]["name"]
            for suite in found[f"{version}_cipher_suites"]["accepted_cipher_suites"]
        }
        for version in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1", "tls_1_2", "tls_1_3")
    }
    suites = ["CHACHA20_POLY1305_SHA256", "AES_256_GCM_SHA384", "AES_128_GCM_SHA256"]
    assert accepted == {
        "ssl_2_0": set(), "ssl_3_0": set(), "tls_1_0": set(), "tls_1_1": set(),
        "tls_1_2": {f"TLS_ECDHE_ECDSA_WITH_{each}" for each in suites},
        "tls_1_3": {f"TLS_{each}" for each in suites},
    }  # fmt: skip
    (deployment,) = found["certificate_info"]["certificate_deployments"]
    paths = {each["trust_store"]["name"]: each["was_validation_successful"]
             for each in deployment["path_validation_results"]}  # fmt: skip
    assert [name for name, is_valid in paths.items() if is_valid] == ["Supplied CA file"]
    assert found["tls_compression"]["supports_compression"] is False
    assert found["tls_1_3_early_data"]["supports_early_data"] is False
    assert found["session_renegotiation"]["supports_secure_renegotiation"] is True
    assert found["session_renegotiation"]["client_renegotiations_success_count"] == 0
    assert found["heartbleed"]["is_vulnerable_to_heartbleed"] is False
    assert found["openssl_ccs_injection"]["is_vulnerable_to_ccs_injection"] is False
    assert found["robot"]["robot_result"] == "NOT_VULNERABLE_RSA_NOT_SUPPORTED"
    assert found["tls_fallback_scsv"]["supports_fallback_scsv"] is True



def test_the_protocol_is_agreed_upon(shared):
    ours = "http/1.1"
    for offered, chosen in ((["h2", ours], ours), ([ours], ours), ([], None)):
        context = blind()
        if offered:
            context.set_alpn_protocols(offered)
        with RawConnection(shared.tls_port, tls=context) as wire:
            assert wire.socket.selected_alpn_protocol() == chosen
    context = blind()
    context.set_alpn_protocols(["h2", "http/1.0"])
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        RawConnection(shared.tls_port, tls=context)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_is_resumed(shared, trusting, authority, version):
    context = trust(authority, minimum_version=version, maximum_version=version)

    def visit(session):
        plain = socket.create_connection(("127.0.0.1", shared.tls_port), 5)
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as secure:
            secure.sendall(HEALTH)
            assert secure.recv(65536).startswith(b"HTTP/1.1 200")
            return secure.session_reused, secure.session

    reused, session = visit(None)
    assert not reused and session.has_ticket
    assert visit(session)[0]


def test_no_renegotiation(shared):
    _, shown = openssl(
        "s_client", "-tls1_2", "-connect", f"127.0.0.1:{shared.tls_port}", input="R\n"
    )
    assert "RENEGOTIATING" in shown and "no renegotiation" in shown


def test_plain_http_is_told_so(shared):
    with RawConnection(shared.tls_port) as wire:
        wire.send(HEALTH)
        answer = wire.answer()
        assert answer.status == 400 and "https" in answer.json()["error"]["message"]
        assert wire.rest() == b""


def test_what_is_no_tls_gets_an_alert(shared):
    for garbage in (b"\x16\x03\x01\x00\x05hello", b"\0" * 100, b"\x80\x2e\x01", os.urandom(20000)):
        with RawConnection(shared.tls_port) as wire:
            wire.send(garbage if not 65 <= garbage[0] <= 90 else b"\0" + garbage)
            wire.half_close()
            rest = wire.rest()
            assert rest == b"" or rest[0] == 21, rest


# MARK: How connections end


class Slow:
    """A client whose records are made by hand, so that it can stop anywhere."""

    def __init__(self, port, context=None, name="localhost"):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = (context or blind()).wrap_bio(self.into, self.out, server_hostname=name)

    def go_on(self, call, *arguments):
        """Calls until nothing more is missing."""
        while True:
            try:
                return call(*arguments)
            except ssl.SSLWantReadError:
                self.flush()
                data = self.socket.recv(65536)
                if data:
                    self.into.write(data)
                else:
                    self.into.write_eof()

    def flush(self):
        if self.out.pending:
            self.socket.sendall(self.out.read())

    def shake_hands(self):
        self.go_on(self.tls.do_handshake)
        self.flush()

    def send(self, data):
        self.tls.write(data)
        self.flush()

    def finish(self):
        """Says that it sends no more, and can still receive."""
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            self.flush()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("how", ["close_notify", "fin", "both"])
def test_a_client_that_has_finished_sending_is_answered(shared, version, how):
    key = shared.minted(latency="100ms")
    client = Slow(shared.tls_port, blind(minimum_version=version, maximum_version=version))
    client.shake_hands()
    client.send(request_bytes("POST", path_of("chatgpt"), key, question("chatgpt")))
    if how != "fin":
        client.finish()
    if how != "close_notify":
        client.socket.shutdown(socket.SHUT_WR)
    received = b""
    while data := client.socket.recv(65536):
        received += data
    client.socket.close()
    # The client's end of TLS may read no more once it has said its own end, so the records are
    # looked at: application data, and an alert at the end.
    kinds, place = [], 0
    while place < len(received):
        kinds.append(received[place])
        place += 5 + int.from_bytes(received[place + 3 : place + 5], "big")
    assert place == len(received) and kinds, kinds
    # In TLS 1.3 an encrypted alert looks like data.
    assert kinds[-1] == (21 if version == ssl.TLSVersion.TLSv1_2 else 23)
    [entry] = shared.control("GET", "journal", key=key, status=200).json()["entries"]
    assert entry["status"] in (200, 499) and entry["creditsCharged"] > 0


def test_a_reset_in_the_middle_ends_the_connection(double, tmp_path):
    one = double("--tls-port", 0)
    key = one.minted(latency="5s")
    before = one.descriptors()
    for _ in range(20):
        client = Slow(one.tls_port)
        client.shake_hands()
        client.send(request_bytes("POST", path_of("chatgpt"), key, question("chatgpt")))
        client.reset()
    eventually(lambda: one.descriptors() <= before, "descriptors given back")


def test_an_answer_that_ends_the_connection_says_so(shared, trusting):
    with RawConnection(shared.tls_port, tls=trusting) as wire:
        wire.send(request_bytes("GET", "/_mock/health", fields=[("Connection", "close")]))
        assert wire.answer().status == 200
        # Without a close_notify this would be an error.
        assert wire.rest() == b""


def resident(one):
    status = Path(f"/proc/{one.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def stop_anywhere(port, chance):
    """A handshake that is broken off, spoilt, or followed by silence."""
    version = chance.choice([ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    client = Slow(port, blind(minimum_version=version, maximum_version=version))
    steps = chance.randrange(4)
    try:
        for step in range(steps + 1):
            try:
                client.tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            sent = bytearray(client.out.read())
            if step == steps:
                cut = chance.randrange(len(sent) + 1)
                if sent and chance.random() < 0.3:
                    sent[chance.randrange(len(sent))] ^= 1 << chance.randrange(8)
                    cut = len(sent)
                client.socket.sendall(sent[:cut])
                break
            client.socket.sendall(sent)
            if not sent:
                break
            data = client.socket.recv(65536)
            if not data:
                break
            client.into.write(data)
    except (ssl.SSLError, OSError):
        pass
    how = chance.randrange(3)
    if how == 0:
        client.reset()
    elif how == 1:
        try:
            client.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        client.socket.close()
    else:
        client.socket.close()


def test_handshakes_that_stop_anywhere_leave_nothing(double):
    one = double("--tls-port", 0, "--journal-entries", 0)
    chance = random.Random(22)
    for _ in range(300):
        stop_anywhere(one.tls_port, chance)
    before, memory = one.descriptors(), resident(one)
    for _ in range(2000):
        stop_anywhere(one.tls_port, chance)
    eventually(lambda: one.descriptors() <= before, "descriptors given back")
    more = resident(one) - memory
    assert more < 8, f"{more:.1f} MiB more"
    healthy(one.tls_port, blind())


# MARK: What follows the scheme


def test_links_lead_back_by_https(shared, trusting):
    key = shared.minted()
    client = http.client.HTTPSConnection("localhost", shared.tls_port, context=trusting)
    body = b'{"prompt": "x", "country": "US", "include": {"html": true}}'

    def link(**fields):
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **fields}
        client.request("POST", path_of("chatgpt"), body, headers)
        answer = client.getresponse().read().decode()
        return re.search(r"https?://[^\"]*/_mock/results/[^\"]*", answer)[0]

    found = link()
    assert found.startswith(f"https://localhost:{shared.tls_port}/")
    client.request("GET", found.split(str(shared.tls_port), 1)[1])
    assert client.getresponse().read().startswith(b"<!")
    assert link(**{"X-Forwarded-Proto": "http"}).startswith("http://")
    client.request("GET", "/_mock/openapi.json")
    shown = client.getresponse().read().decode()
    assert f'"url":"https://localhost:{shared.tls_port}"' in shown
    client.close()
