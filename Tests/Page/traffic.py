"""Requests at a steady rate, from threads of this process."""

import http.client
import json
import threading
import time

from support import path_of, question


class Traffic:
    """Asks in turn for each of the keys until it is left; `sent` counts the answers."""

    def __init__(self, double, keys, rate, threads=4):
        self.sent, self.over = 0, threading.Event()
        self.counted = threading.Condition()
        self.threads = [
            threading.Thread(
                target=self._run, args=(double.port, keys[i::threads], rate / threads), daemon=True
            )
            for i in range(threads)
        ]

    def _run(self, port, keys, rate):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
        body = json.dumps(question("grok", "Which laptop is light and quiet?"))
        began, count = time.monotonic(), 0
        while not self.over.is_set():
            key = keys[count % len(keys)]
            connection.request("POST", path_of("grok"), body, {"Authorization": f"Bearer {key}"})
            connection.getresponse().read()
            count += 1
            with self.counted:
                self.sent += 1
                self.counted.notify_all()
            # Behind its time it asks at once, ahead of it it waits.
            self.over.wait(max(0, began + count / rate - time.monotonic()))
        connection.close()

    def __enter__(self):
        self.began = time.monotonic()
        for each in self.threads:
            each.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for each in self.threads:
            each.join(20)

    def rate(self):
        return self.sent / (time.monotonic() - self.began)


def fill(double, keys, count):
    """Sends that many requests as fast as they are answered, within a minute."""
    with Traffic(double, keys, 10**6) as traffic:
        with traffic.counted:
            assert traffic.counted.wait_for(lambda: traffic.sent >= count, 60)
