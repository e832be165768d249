"""Webhooks to `https` receivers: certificates count, and one that misbehaves harms nobody."""

import ssl
import subprocess
import time

import pytest

from async_support import hooked, settled, submit, submit_batch
from receiver import Receiver, never, verify
from test_webhooks_hostile import ANSWERS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody else has signed, with its key."""
    file = tmp_path_factory.mktemp("tls") / "receiver.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=receiver", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", file, "-out", f"{file}.crt"], check=True, capture_output=True, timeout=90,
    )  # fmt: skip
    file.write_text(file.read_text() + (file.parent / "receiver.pem.crt").read_text())
    return file


@pytest.fixture(scope="module")
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting(double, certificate):
    """A double that trusts the certificate, with a clock that stands still."""
    return double("--clock", "manual", env={"SSL_CERT_FILE": str(certificate)})


def test_a_signed_webhook_arrives(trusting, tls):
    key = trusting.minted(webhookSecret="s3cret")
    with Receiver(201, tls=tls) as receiver:
        task = submit(trusting, key, hooked(receiver))
        (hit,) = receiver.wait(1)
        assert (hit.path, hit.task) == ("/hook", task)
        assert hit.headers["content-type"] == "application/json"
        assert hit.headers["host"] == f"127.0.0.1:{receiver.port}"
        assert verify("s3cret", hit, tolerance=10**10)
        assert [row["status"] for row in settled(trusting, key, 1)] == [201]


def test_an_unknown_certificate_is_refused(double, tls):
    one = double("--clock", "manual")
    key = one.minted()
    with Receiver(tls=tls) as receiver:
        submit(one, key, hooked(receiver))
        (row,) = settled(one, key, 1)
        assert row["status"] is None and "certificate" in row["error"].lower(), row
        assert receiver.hits == []


def test_a_certificate_for_another_host_is_refused(trusting, tls):
    key = trusting.minted()
    with Receiver(tls=tls) as receiver:
        submit(trusting, key, hooked(receiver.url.replace("127.0.0.1", "localhost")))
        (row,) = settled(trusting, key, 1)
        assert row["status"] is None and row["error"], row
        assert receiver.hits == []


def test_a_receiver_without_tls_is_no_https_receiver(trusting):
    key = trusting.minted()
    with Receiver() as receiver:
        submit(trusting, key, hooked(receiver.url.replace("http:", "https:")))
        (row,) = settled(trusting, key, 1)
        assert row["status"] is None and row["error"], row


def test_many_arrive_at_once(trusting, tls):
    key = trusting.minted(concurrency=100)
    with Receiver(tls=tls) as receiver:
        submit_batch(trusting, key, [hooked(receiver)] * 100)
        assert len({hit.task for hit in receiver.wait(100)}) == 100
        assert {row["status"] for row in settled(trusting, key, 100)} == {200}


def test_one_that_never_answers_holds_up_no_other_and_no_stop(trusting, tls):
    key = trusting.minted()
    with Receiver(default=never, tls=tls) as silent, Receiver(tls=tls) as good:
        submit(trusting, key, hooked(silent))
        silent.wait(1)
        submit(trusting, key, hooked(good))
        good.wait(1, seconds=5)
        started = time.monotonic()
        assert trusting.stop() == 0
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("name", ANSWERS)
def test_a_bad_answer_harms_nobody(trusting, tls, name):
    answer, statuses = ANSWERS[name]
    key = trusting.minted()
    with Receiver(answer, tls=tls) as bad, Receiver(tls=tls) as good:
        submit(trusting, key, hooked(bad))
        submit(trusting, key, hooked(good))
        good.wait(1, seconds=5)
        rows = settled(trusting, key, 2, seconds=5)
        (row,) = [row for row in rows if row["url"] == bad.url]
        assert row["status"] in statuses, row["error"]
        assert (row["status"] is None) == (row["error"] is not None)
