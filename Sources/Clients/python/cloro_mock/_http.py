"""Calls of the control API."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ._errors import CloroMockError, ControlError, NoAnswer, NotInTime


class Transport:
    """Sends calls, each over a connection of its own, so that it may be used by any thread. Proxies
    are not used."""

    #: How long an answer may take beyond what the call itself waits, in seconds.
    PATIENCE = 30

    def __init__(self, url: str, token: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise CloroMockError(f"a double's address is like http://127.0.0.1:8080, not {url!r}")
        self.url = url.rstrip("/")
        self._host, self._port = parts.hostname, parts.port or 80
        self._folder = parts.path.rstrip("/")
        self._token = token

    def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        waits: float = 0,
    ) -> Any:
        """Sends a call and returns the JSON of its answer; the text of one that isn't JSON.

        :param path: below ``/_mock/``.
        :param waits: how long the call itself waits, in seconds.
        :raises ControlError: when it is refused.
        :raises NoAnswer: when there is no answer.
        """
        target = f"{self._folder}/_mock/{path}"
        given = {name: value for name, value in (query or {}).items() if value is not None}
        if given:
            target += "?" + urlencode(given)
        headers = {"Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        elif method in ("POST", "PUT", "PATCH"):
            content = b""
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        connection = http.client.HTTPConnection(
            self._host, self._port, timeout=self.PATIENCE + waits
        )
        try:
            connection.request(method, target, content, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8")
        except (OSError, http.client.HTTPException) as error:
            reason = "timed out" if isinstance(error, socket.timeout) else error or type(error)
            raise NoAnswer(f"{method} {self.url}/_mock/{path}: {reason}") from error
        finally:
            connection.close()
        return _content(answer, text)

    async def send_async(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        waits: float = 0,
    ) -> Any:
        """:meth:`send`, in a thread."""
        return await asyncio.to_thread(self.send, method, path, body, query, waits)


def _content(answer: http.client.HTTPResponse, text: str) -> Any:
    is_json = (answer.getheader("Content-Type") or "").startswith("application/json")
    try:
        content = json.loads(text) if is_json and text else text
    except ValueError:
        content = text
    if answer.status < 400:
        return content
    error = content.get("error") if isinstance(content, dict) else None
    if not isinstance(error, dict):
        raise ControlError(answer.status, "UNKNOWN", text or answer.reason)
    kind = NotInTime if answer.status == 408 else ControlError
    raise kind(
        answer.status, error.get("code", "UNKNOWN"), error.get("message", ""), error.get("details")
    )


def segment(text: str) -> str:
    """A text as one segment of a path."""
    return quote(text, safe="")


def members(**values: Any) -> dict[str, Any]:
    """Those that are given."""
    return {name: value for name, value in values.items() if value is not None}
