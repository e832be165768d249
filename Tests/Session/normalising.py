"""What is made alike before answers are compared: only what depends on the world outside.

- Ports of the double and of receivers become names of the same length: the system chooses them.
- `X-Cloro-Timestamp` of a webhook becomes how far it lies in the past, in 10,000 s: receivers
  refuse old ones, so it is the world's time on a manual clock too.
- `X-Cloro-Signature` of a webhook becomes whether it is right for timestamp and body, or the
  complement of that: it signs the world's time.
- `cloro_mock_ledger_commit_seconds_sum` becomes `<measured>`, and so do the number of commits and
  the most entries that one wrote: which charges share a commit depends on which of them are there
  when it begins. How many entries all of them wrote is compared.
- The time at the beginning of a log line becomes `<time>`: logs have the world's time.
- Bounds of chunks in a stream of events are left out (by `EventStream.read`): how many events
  share a chunk depends on which thread is faster.

Nothing else is: the clock is manual, and set to a fixed day before the first call that is compared;
and the seed decides all identifiers.
"""

import hashlib
import hmac
import json
import re
import time

SECRET = "whsec_session"
HEADERS = re.compile(rb"X-Cloro-Timestamp: (\d+)\r\nX-Cloro-Signature: v1=([0-9a-f]{64})\r\n")
METRICS = re.compile(
    rb"(?m)^(cloro_mock_ledger_commit_(?:entries_count|entries_max|seconds_sum|seconds_count))"
    rb" [\d.]+$"
)
ROW = re.compile(rb'"X-Cloro-Timestamp":"(\d+)","X-Cloro-Signature":"v1=([0-9a-f]{64})"')


class Normaliser:
    """Knows the ports of one double's session."""

    def __init__(self):
        self.names = {}

    def name_port(self, port, name):
        assert port > 9999, "a port of five digits, so that lengths stay"
        self.names[str(port).encode()] = (name.encode() + b"-----")[:5]

    def normalise(self, got):
        return self.with_names(
            self._without_world(self._with_checked_rows(self._with_checked_webhook(got)))
        )

    def with_names(self, got):
        """With names for ports."""
        for port, name in self.names.items():
            got = re.sub(rb"(127\.0\.0\.1(?::| port ))" + port + rb"\b", rb"\1" + name, got)
        return got

    def _without_world(self, got):
        before, got = got, METRICS.sub(rb"\1 <measured>", got)
        # The length follows: these numbers may have more digits in one of the sessions.
        grown = len(got) - len(before)
        if grown:
            length = re.search(rb"Content-Length: (\d+)", got)
            got = got.replace(length[0], b"Content-Length: %d" % (int(length[1]) + grown), 1)
        moment = rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
        got = re.sub(rb'(?m)^\{"time":"' + moment, b'{"time":"<time>', got)
        return re.sub(rb"(?m)^" + moment + rb" ", b"<time> ", got)

    def _with_checked_webhook(self, got):
        """A webhook as a receiver got it."""
        head, separator, body = got.partition(b"\r\n\r\n")
        if not got.startswith(b"POST "):
            return got
        return (
            HEADERS.sub(
                lambda found: (
                    b"X-Cloro-Timestamp: %s\r\nX-Cloro-Signature: %s\r\n"
                    % judged(found[1], found[2], body)
                ),
                head + b"\r\n",
            )[:-2]
            + separator
            + body
        )

    def _with_checked_rows(self, got):
        """Attempts as `GET /_mock/webhooks` lists them."""
        if not ROW.search(got):
            return got
        rows = json.loads(got.split(b"\r\n\r\n", 1)[1])["webhooks"]
        bodies = iter([row["body"].encode() for row in rows if len(row["headers"]) > 1])
        return ROW.sub(
            lambda found: (
                b'"X-Cloro-Timestamp":"%s","X-Cloro-Signature":"%s"'
                % judged(found[1], found[2], next(bodies))
            ),
            got,
        )


def judged(timestamp, signature, body):
    """Timestamp and signature as they are compared."""
    age = round((time.time() - int(timestamp)) / 10_000) * 10_000
    right = hmac.new(SECRET.encode(), timestamp + b"." + body, hashlib.sha256).hexdigest()
    spoilt = "".join("%x" % (15 - int(digit, 16)) for digit in right)
    verdicts = {right: b"<right>", spoilt: b"<every digit's complement>"}
    return b"<%d s ago>" % age, verdicts.get(signature.decode(), signature)
