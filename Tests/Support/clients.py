"""Connections for an HTTP client that threads share."""

import ssl
import threading

import httpx

# For clients that don't speak TLS. Reading the system's authorities takes 20 ms for each.
TRUSTING_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class OwnConnections(httpx.BaseTransport):
    """Gives each thread connections of its own, without TLS.

    In httpx's common pool a thread may close the connection that another one has just taken: it
    holds the first bytes of the answer for the end of a connection that nobody uses.
    """

    def __init__(self):
        self._of_thread = threading.local()
        self._transports = []

    def handle_request(self, request):
        if not hasattr(self._of_thread, "transport"):
            self._of_thread.transport = httpx.HTTPTransport(verify=TRUSTING_NOBODY)
            self._transports.append(self._of_thread.transport)
        return self._of_thread.transport.handle_request(request)

    def close(self):
        for each in self._transports:
            each.close()
