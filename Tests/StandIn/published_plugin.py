"""Lets somebody else's tests reach `api.cloro.dev` at the stand-in, and nothing else: a pytest
plugin for a process of their own."""

import os
import socket

HOST = "api.cloro.dev"
PORT = int(os.environ["STAND_IN_PORT"])
resolve = socket.getaddrinfo


def lookup(host, port, *arguments, **options):
    if (host, port) != (HOST, 443):
        raise OSError(f"the client asks for {host}:{port}")
    return resolve("127.0.0.1", PORT, *arguments, **options)


socket.getaddrinfo = lookup
