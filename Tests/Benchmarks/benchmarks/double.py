"""The double as a process, with everything on and limits that refuse nothing."""

import http.client
import json
import re
import subprocess
from urllib.parse import urlencode

from .processes import Server, free_port

KEY = "sk_live_0000000000000000000000000000c10a"
PATH = "/v1/monitor/chatgpt"
BODY = '{"prompt":"What do you know about Acme Corp?","country":"US"}'
PRICE = 7
CREDITS = 10**12
# The limiter, the slots and the credits all count; they only never run out.
PLAN = {
    "plan": "benchmark", "extends": "hobby", "credits": CREDITS, "concurrency": 10**6,
    "rateLimit": {"requestsPerSecond": 10**9}, "queueLimit": 10**6,
    # Of tasks.
    "progression": {"mode": "immediate"},
}  # fmt: skip


def request(method, path, body, key=KEY):
    """The bytes of a request, as an ordinary client writes it."""
    body = body.encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def command(binary, folder, port, *flags):
    """How the double is started with the benchmarks' plan."""
    plan = folder / "plan.json"
    plan.write_text(json.dumps(PLAN))
    return [binary, "--fixture", plan, "--port", port, *flags]


class Double(Server):
    def __init__(self, settings, *flags, env=None):
        port = free_port()
        super().__init__(command(settings.binary, settings.folder, port, *flags), port, env)
        self.control = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def stop(self):
        self.control.close()
        return super().stop()

    def ask(self, method, path, body=None, **query):
        """A call on a kept connection; its text."""
        target = f"{path}?{urlencode(query)}" if query else path
        headers = {"Authorization": f"Bearer {query.get('key', KEY)}"}
        self.control.request(method, target, body and json.dumps(body), headers)
        response = self.control.getresponse()
        text = response.read().decode()
        if response.status >= 300:
            raise RuntimeError(f"{method} {target}: {response.status} {text[:300]}")
        return text

    def get(self, path, **query):
        return json.loads(self.ask("GET", path, **query))

    def post(self, path, body=None):
        return json.loads(self.ask("POST", path, body))

    def minted(self, **body):
        """The key of a new organization."""
        return self.post("/_mock/keys", body)["key"]

    def metrics(self):
        """Every sample by its name and labels."""
        samples = {}
        for line in self.ask("GET", "/_mock/metrics").splitlines():
            if found := re.fullmatch(r"(cloro_mock_.+) (\S+)", line):
                samples[found[1]] = float(found[2])
        return samples

    def slots(self, organization):
        return self.metrics().get(f'cloro_mock_slots_used{{organization="{organization}"}}', 0)


def verified(binary, database):
    """Fails unless the command line finds every entry of a ledger file in order."""
    checked = subprocess.run(
        [binary, "ledger", database, "--verify"], capture_output=True, text=True, timeout=120
    )
    if checked.returncode != 0:
        raise RuntimeError(f"ledger --verify: {checked.stdout[-300:]}{checked.stderr[-300:]}")
