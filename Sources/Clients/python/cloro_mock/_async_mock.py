"""A double, and what a test does with it, with await. Made by make-async: change _mock.py."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, List

from ._http import Transport, members, segment
from ._process import Process
from ._types import Advance, Clock, JournalEntry, KeySettings, Ledger, Object, Prompt


class AsyncKey(str):
    """An API key: a text that a client takes as it is, with what a test asks of its organization.

    What is called here concerns this key's organization alone.
    """

    _mock: AsyncMock
    #: The settings as they were when the key was minted or changed.
    settings: KeySettings

    @classmethod
    def _of(cls, mock: AsyncMock, settings: KeySettings) -> AsyncKey:
        key = cls(settings["key"])
        key._mock, key.settings = mock, settings
        return key

    @property
    def organization(self) -> str:
        """The organization's name."""
        return self.settings["organization"]

    async def change(self, **settings: Any) -> KeySettings:
        """Changes settings from the next request on, ``addCredits`` and ``revoked`` among them."""
        self.settings = await self._mock.change(self, **settings)
        return self.settings

    async def remove(self) -> KeySettings:
        """Removes the key; its organization goes with its last one."""
        return await self._mock.remove(self)

    async def reset(self) -> None:
        """Puts the organization back as it was created."""
        await self._mock.reset(key=self)

    async def balance(self) -> int:
        """The credits that are left."""
        return await self._mock.balance(key=self)

    async def ledger(self, *, since: int | None = None, limit: int | None = None) -> Ledger:
        """The organization's credits; see :meth:`AsyncMock.ledger`."""
        return await self._mock.ledger(key=self, since=since, limit=limit)

    async def journal(self, **filters: Any) -> list[JournalEntry]:
        """The organization's requests; see :meth:`AsyncMock.journal`."""
        return await self._mock.journal(key=self, **filters)

    async def wait(self, *, count: int = 1, timeout: float = 5, **match: Any) -> list[JournalEntry]:
        """Waits for requests of this key; see :meth:`AsyncMock.wait`."""
        return await self._mock.wait(count=count, timeout=timeout, key=self, **match)

    async def fault(self, kind: str, **options: Any) -> Object:
        """Adds a fault for this key; see :meth:`AsyncMock.fault`."""
        return await self._mock.fault(kind, key=self, **options)

    async def respond(self, result: Mapping[str, Any] | None = None, **options: Any) -> Object:
        """Says what is answered to this key; see :meth:`AsyncMock.respond`."""
        return await self._mock.respond(result, key=self, **options)

    async def tasks(self, *, status: str | None = None) -> list[Object]:
        """The organization's asynchronous tasks."""
        return await self._mock.tasks(key=self, status=status)

    async def verify(
        self,
        times: int | str | Mapping[str, int] | None = None,
        *,
        timeout: float = 0,
        **match: Any,
    ) -> int:
        """Says whether exactly these requests of this key came; see :meth:`AsyncMock.verify`."""
        return await self._mock.verify(times, timeout=timeout, key=self, **match)

    async def report(self) -> Object:
        """What the organization has taken; see :meth:`AsyncMock.report`."""
        return await self._mock.report(key=self)

    async def requests(self, *, state: str | None = None) -> list[Object]:
        """The organization's requests that wait; see :meth:`AsyncMock.requests`."""
        return await self._mock.requests(key=self, state=state)

    async def release_all(self) -> int:
        """Lets the organization's held requests go on; see :meth:`AsyncMock.release_all`."""
        return await self._mock.release_all(key=self)


class AsyncWebhooks:
    """The attempts to deliver the reports of tasks."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send_async

    async def list(self, *, key: str | None = None) -> List[Object]:
        """All attempts by delivery, oldest first."""
        answer = await self._send("GET", "webhooks", query={"key": key})
        attempts: List[Object] = answer["webhooks"]
        return attempts

    async def wait(
        self,
        *,
        key: str | None = None,
        task_id: str | None = None,
        delivered: bool | None = None,
        status: int | None = None,
        count: int = 1,
        timeout: float = 5,
    ) -> List[Object]:
        """Waits until there are so many such attempts, and returns them.

        :param task_id: the task that they report.
        :param delivered: whether the receiver has answered with 2xx.
        :param status: the receiver's answer.
        :param timeout: in seconds of the world's time.
        :raises NotInTime: when they don't come; ``details`` has the nearest misses.
        """
        match = members(key=key, taskId=task_id, delivered=delivered, status=status)
        body = {"match": match, "count": count, "timeoutMs": round(timeout * 1000)}
        answer = await self._send("POST", "webhooks/await", body, waits=timeout)
        attempts: List[Object] = answer["webhooks"]
        return attempts

    async def redeliver(self, delivery: str) -> Object:
        """Sends a report again, beside the planned attempts."""
        path = f"webhooks/{segment(delivery)}/redeliver"
        answer: Object = await self._send("POST", path)
        return answer


class AsyncMock:
    """A double of cloro's API.

    ``AsyncMock.start()`` starts one, ``AsyncMock.connect()`` uses a running one.

    As a context manager it ends at the end of the block, if it was started here.
    """

    def __init__(self, url: str, *, token: str | None = None, process: Process | None = None):
        self._transport = Transport(url, token)
        self._send = self._transport.send_async
        self._process = process
        #: The attempts to deliver webhooks.
        self.webhooks = AsyncWebhooks(self._transport)

    # MARK: Its life

    @classmethod
    async def start(
        cls,
        *,
        plan: str | None = None,
        fixtures: Iterable[str | os.PathLike[str]] = (),
        port: int = 0,
        clock: str | None = None,
        latency: str | None = None,
        weather: str | os.PathLike[str] | None = None,
        allow_overrides: bool = False,
        seed: int | None = None,
        contract: str | None = None,
        database: str | os.PathLike[str] | None = None,
        snapshot: str | os.PathLike[str] | None = None,
        record: str | os.PathLike[str] | None = None,
        upstream: str | None = None,
        max_credits: int | None = None,
        replay: str | os.PathLike[str] | None = None,
        on_miss: str | None = None,
        admin_token: str | None = None,
        https: bool = False,
        options: Sequence[str] = (),
        program: str | None = None,
        timeout: float = 20,
    ) -> AsyncMock:
        """Starts a double on this machine. It ends with :meth:`stop`, and with this process,
        however that ends.

        What isn't given is as the ``CLORO_MOCK_…`` variables say, or else as the program's help.

        :param snapshot: a state's file to start from.
        :param record: a directory where the answers of ``upstream`` are kept. The variable
            ``CLORO_MOCK_UPSTREAM_KEY`` has the key that it is asked with.
        :param upstream: the real service, for example ``https://api.cloro.dev``.
        :param max_credits: what recording may spend; the default is 100.
        :param replay: a directory of recordings that answer.
        :param on_miss: what answers other questions: ``generate``, ``fail`` or ``record``.
        :param port: the default takes any free one.
        :param weather: how well a day goes at the engines: a name such as ``rainy``, or a file.
        :param allow_overrides: whether a request may ask for a fault or a latency by its header
            ``X-Cloro-Mock``.
        :param https: whether programs that call ``https://api.cloro.dev`` shall find it, by the
            variables of :attr:`environment`.
        :param options: more options of ``cloro-mock serve``.
        :param program: the program; the default is what ``CLORO_MOCK_BINARY`` names, or the one
            inside this package, or the one in ``PATH``.
        :param timeout: how long the start may take, in seconds.
        :raises ProgramNotFound: when there is no program.
        :raises StartFailed: when it can't start, for example because the port is taken.
        """
        given = members(
            plan=plan, clock=clock, latency=latency, weather=weather, seed=seed,
            contract=contract, database=database, snapshot=snapshot, record=record,
            upstream=upstream, max_credits=max_credits, replay=replay, on_miss=on_miss,
        )  # fmt: skip
        words = ["--port", str(port)]
        for name, value in given.items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        if allow_overrides:
            words.append("--allow-overrides")
        for fixture in fixtures:
            words += ["--fixture", os.fspath(fixture)]
        token = admin_token or os.environ.get("CLORO_MOCK_ADMIN_TOKEN") or None
        if token:
            words += ["--admin-token", token]
        process = await asyncio.to_thread(
            Process,
            [*words, *options], program=program, timeout=timeout, https=https, token=token,
        )
        return cls(process.url, token=token, process=process)

    @classmethod
    def connect(cls, url: str | None = None, *, admin_token: str | None = None) -> AsyncMock:
        """Uses a double that runs already.

        :param url: its address; the default is what ``CLORO_MOCK_URL`` says, which
            ``cloro-mock run`` sets, or else ``http://127.0.0.1:8080``.
        """
        address = url or os.environ.get("CLORO_MOCK_URL") or "http://127.0.0.1:8080"
        return cls(address, token=admin_token or os.environ.get("CLORO_MOCK_ADMIN_TOKEN"))

    @property
    def url(self) -> str:
        """Its address, which is cloro's base address for a client."""
        return self._transport.url

    @property
    def pid(self) -> int | None:
        """The number of its process, if it was started here."""
        return self._process.pid if self._process else None

    @property
    def log(self) -> list[str]:
        """The last lines of its log, if it was started here."""
        return self._process.log if self._process else []

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a program here which calls ``https://api.cloro.dev``; empty
        unless it was started with ``https``."""
        return dict(self._process.environment) if self._process else {}

    @property
    def proxy_url(self) -> str | None:
        """Its address as a proxy, if it was started with ``https``."""
        return self.environment.get("HTTPS_PROXY")

    @property
    def ca_file(self) -> str | None:
        """The file with its authority's certificate, if it was started with ``https``."""
        return self.environment.get("NODE_EXTRA_CA_CERTS")

    async def stop(self) -> None:
        """Ends a double that was started here. May be called again."""
        if self._process:
            await asyncio.to_thread(self._process.stop)

    async def __aenter__(self) -> AsyncMock:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    # MARK: Keys

    async def mint(self, **settings: Any) -> AsyncKey:
        """Makes a key with an organization of its own: a customer for one test.

        :param settings: members of ``POST /_mock/keys``, such as ``plan``, ``credits``,
            ``concurrency``, ``requestsPerSecond``, ``latency``, ``progression``, ``weather``;
            ``organization`` joins the one of that name, or makes it.
        """
        return AsyncKey._of(self, await self._send("POST", "keys", settings))

    async def keys(self) -> list[KeySettings]:
        """All keys with their settings, in the order in which they were added."""
        answer = await self._send("GET", "keys")
        keys: list[KeySettings] = answer["keys"]
        return keys

    async def key(self, text: str | None = None) -> AsyncKey:
        """A key that exists; the default is the first: of the fixtures, or the built-in one."""
        if text is None:
            return AsyncKey._of(self, (await self.keys())[0])
        return AsyncKey._of(self, await self._send("GET", f"keys/{segment(text)}"))

    async def change(self, key: str, **settings: Any) -> KeySettings:
        """Changes a key's organization from the next request on: a plan, a top-up with
        ``addCredits``, ``revoked``."""
        answer: KeySettings = await self._send("PATCH", f"keys/{segment(key)}", settings)
        return answer

    async def remove(self, key: str) -> KeySettings:
        """Removes a key; its organization goes with its last one."""
        answer: KeySettings = await self._send("DELETE", f"keys/{segment(key)}")
        return answer

    async def reset(self, *, key: str | None = None) -> None:
        """Goes back to the loaded fixtures; with a key its organization alone."""
        await self._send("POST", "reset", query={"key": key})

    # MARK: What happens

    async def fault(
        self,
        kind: str,
        *,
        key: str | None = None,
        provider: str | None = None,
        path: str | None = None,
        prompt: Prompt | None = None,
        nth: int | None = None,
        times: int | None = None,
        probability: float | None = None,
        **options: Any,
    ) -> Object:
        """Adds a fault, for example ``fault("status", status=503, retryAfter=0, times=2)``: the
        first two requests fail, later ones succeed.

        :param kind: ``status``, ``latency``, ``connection_reset``, ``task_failure``, … : the kinds
            of ``POST /_mock/faults``.
        :param prompt: a part of the prompt, or one of ``equals``, ``contains`` and ``regex``.
        :param nth: strikes only the so-many-th matching request.
        :param times: how often it strikes; the default is always.
        :param options: the kind's own members, such as ``status`` and ``retryAfter``.
        """
        match = members(
            key=key, provider=provider, path=path, prompt=_compared(prompt), nth=nth
        )
        body = members(times=times, probability=probability)
        body.update(match=match, fault={"kind": kind, **options})
        answer: Object = await self._send("POST", "faults", body)
        return answer

    async def faults(self, *, key: str | None = None) -> list[Object]:
        """The faults, with how often they have struck."""
        answer = await self._send("GET", "faults", query={"key": key})
        faults: list[Object] = answer["faults"]
        return faults

    async def remove_fault(self, id: str) -> None:
        """Removes a fault."""
        await self._send("DELETE", f"faults/{segment(id)}")

    async def remove_faults(self, *, key: str | None = None) -> None:
        """Removes all faults; with a key its organization's alone."""
        await self._send("DELETE", "faults", query={"key": key})

    async def respond(
        self,
        result: Mapping[str, Any] | None = None,
        *,
        provider: str | None = None,
        prompt: Prompt | None = None,
        country: str | None = None,
        key: str | None = None,
        include: Sequence[str] | Mapping[str, Any] | str | None = None,
        state: str | None = None,
        device: str | None = None,
        label: str | None = None,
        body: Mapping[str, Mapping[str, Any]] | None = None,
        error: Mapping[str, Any] | None = None,
        mode: str | None = None,
        mentions: Sequence[Mapping[str, Any]] | None = None,
        absent: Sequence[str] | None = None,
        sequence: Sequence[Mapping[str, Any]] | None = None,
        every: str | None = None,
        latency: str | None = None,
        times: int | None = None,
    ) -> Object:
        """Says what is answered, for example ``respond({"text": "Acme."}, prompt="laptop")``.

        :param result: laid over the provider's result; with the mode ``replace`` in its place.
        :param prompt: a part of the prompt, or one of ``equals``, ``contains`` and ``regex``.
        :param include: flags that are asked for, or by name whether they are.
        :param body: conditions on members of the question by pointers, such as
            ``{"/pages": {"equals": 2}}``.
        :param error: an error instead of a result: ``status``, and if wanted ``code`` and
            ``message``.
        :param mentions: the brands of the answer: ``name``, ``rank``, and if wanted ``url`` and
            ``sentiment``.
        :param absent: names that are found nowhere in the answer.
        :param sequence: answers one after the other, of which the last one stays.
        :param every: how long each of them lasts on the double's clock, such as ``1d``.
        :param times: how often; the default is always.
        """
        match = members(
            key=key, provider=provider, prompt=_compared(prompt), country=country,
            include=include, state=state, device=device, label=label, body=body,
        )  # fmt: skip
        answers = members(
            result=result, error=error, mode=mode, mentions=mentions, absent=absent,
            sequence=sequence, every=every, latency=latency, times=times,
        )  # fmt: skip
        answer: Object = await self._send("POST", "responses", {"match": match, **answers})
        return answer

    async def responses(self, *, key: str | None = None) -> list[Object]:
        """What :meth:`respond` has added and the fixtures have, with how often it was answered."""
        answer = await self._send("GET", "responses", query={"key": key})
        responses: list[Object] = answer["responses"]
        return responses

    async def remove_response(self, id: str) -> None:
        """Removes what :meth:`respond` has added."""
        await self._send("DELETE", f"responses/{segment(id)}")

    async def remove_responses(self, *, key: str | None = None) -> None:
        """Removes all of them; with a key its organization's alone."""
        await self._send("DELETE", "responses", query={"key": key})

    async def tasks(self, *, key: str | None = None, status: str | None = None) -> list[Object]:
        """The asynchronous tasks, by organization, oldest first."""
        answer = await self._send("GET", "tasks", query={"key": key, "status": status})
        tasks: list[Object] = answer["tasks"]
        return tasks

    async def requests(self, *, key: str | None = None, state: str | None = None) -> list[Object]:
        """The requests that wait for their latency, or to be released.

        :param state: ``running`` or ``held``.
        """
        answer = await self._send("GET", "requests", query={"key": key, "state": state})
        requests: list[Object] = answer["requests"]
        return requests

    async def release(self, id: str) -> Object:
        """Lets a held request go on, by its ``requestId``."""
        answer: Object = await self._send("POST", f"requests/{segment(id)}/release")
        return answer

    async def release_all(self, *, key: str | None = None) -> int:
        """Lets all held requests go on; with a key its organization's alone. Returns how many."""
        answer = await self._send("POST", "requests/release", query={"key": key})
        released: int = answer["released"]
        return released

    async def complete_task(self, id: str, result: Mapping[str, Any] | None = None) -> Object:
        """Ends a task well at once; a result takes the place of the provider's."""
        answer: Object = await self._send(
            "POST", f"tasks/{segment(id)}/complete", members(result=result)
        )
        return answer

    async def fail_task(
        self, id: str, code: str | None = None, message: str | None = None
    ) -> Object:
        """Ends a task with an error at once."""
        answer: Object = await self._send(
            "POST", f"tasks/{segment(id)}/fail", members(code=code, message=message)
        )
        return answer

    async def release_task(self, id: str) -> Object:
        """Lets a task go on that is held."""
        answer: Object = await self._send("POST", f"tasks/{segment(id)}/release")
        return answer

    # MARK: Time

    async def clock(self) -> Clock:
        """The double's clock."""
        answer: Clock = await self._send("GET", "clock")
        return answer

    async def set_clock(self, *, mode: str | None = None, now: str | None = None) -> Clock:
        """Switches the clock to ``real``, ``manual`` or ``xN``, or sets it forward."""
        answer: Clock = await self._send("PUT", "clock", members(mode=mode, now=now))
        return answer

    async def advance(self, seconds: float) -> Advance:
        """Moves the clock: everything that falls due happens in order, and the call returns when it
        is done."""
        answer: Advance = await self._send(
            "POST", "clock/advance", {"seconds": seconds}, waits=600
        )
        return answer

    # MARK: What has happened

    async def journal(
        self,
        *,
        key: str | None = None,
        path: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        traceparent: str | None = None,
        since: int | None = None,
        limit: int | None = None,
    ) -> list[JournalEntry]:
        """The requests with their answers and the rules that have decided, newest last.

        :param traceparent: a trace by its 32 digits, or a whole header.
        :param since: the ``sequence`` of the last entry that was seen already.
        """
        query = _filters(key, path, status, request_id, traceparent, since, limit)
        answer = await self._send("GET", "journal", query=query)
        entries: list[JournalEntry] = answer["entries"]
        return entries

    async def clear_journal(
        self,
        *,
        key: str | None = None,
        path: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        traceparent: str | None = None,
        since: int | None = None,
        limit: int | None = None,
    ) -> None:
        """Removes all entries, or those that :meth:`journal` returns for the same arguments."""
        query = _filters(key, path, status, request_id, traceparent, since, limit)
        await self._send("DELETE", "journal", query=query)

    async def wait(self, *, count: int = 1, timeout: float = 5, **match: Any) -> list[JournalEntry]:
        """Waits until there are so many such requests, and returns them.

        :param timeout: in seconds of the world's time.
        :param match: ``key``, ``method``, ``path``, ``status``, ``reason``, ``requestId``,
            ``taskId``, ``traceparent``, ``label``, ``provider``, ``prompt``, ``country``,
            ``include``, ``state``, ``device``, ``body``.
        :raises NotInTime: when they don't come; ``details`` has the nearest misses.
        """
        body = {"match": match, "count": count, "timeoutMs": round(timeout * 1000)}
        answer = await self._send("POST", "journal/await", body, waits=timeout)
        entries: list[JournalEntry] = answer["entries"]
        return entries

    async def verify(
        self,
        times: int | str | Mapping[str, int] | None = None,
        *,
        sequence: Sequence[Mapping[str, Any]] | None = None,
        timeout: float = 0,
        **match: Any,
    ) -> int:
        """Says whether exactly these requests have come; returns how many have.

        For example ``verify(3, provider="chatgpt")`` or ``verify("never", path="/v1/async/task")``.

        :param times: a number, ``"never"``, or ``exactly``, ``atLeast``, ``atMost``; the default is
            at least one.
        :param sequence: instead of conditions: requests that came in this order.
        :param timeout: how long to wait for it, in seconds of the world's time.
        :param match: the conditions of :meth:`wait`.
        :raises ControlError: 409 ``NOT_VERIFIED``, whose ``details`` have the nearest misses, or
            ``UNKNOWN``, when the journal has dropped what could match.
        """
        wanted = {"exactly": times} if isinstance(times, int) else times
        body = members(times=wanted, sequence=sequence, timeoutMs=round(timeout * 1000))
        if sequence is None:
            body["match"] = match
        answer = await self._send("POST", "verify", body, waits=timeout)
        matched: int = answer["matched"]
        return matched

    async def unused(self, *, key: str | None = None) -> list[Object]:
        """The faults and stubs that never struck."""
        answer = await self._send("GET", "unused", query={"key": key})
        unused: list[Object] = answer["unused"]
        return unused

    async def report(self, *, key: str | None = None) -> Object:
        """What was taken since the start, or by a key since its last reset, and what the client did
        wrong."""
        answer: Object = await self._send("GET", "report", query={"key": key})
        return answer

    async def wait_for_tasks(
        self, *, count: int = 1, timeout: float = 5, **match: Any
    ) -> list[Object]:
        """Waits until there are so many such tasks, and returns them.

        :param match: ``key``, ``status``, ``taskId``.
        :raises NotInTime: when they don't come; ``details`` has the nearest misses.
        """
        body = {"match": match, "count": count, "timeoutMs": round(timeout * 1000)}
        answer = await self._send("POST", "tasks/await", body, waits=timeout)
        tasks: list[Object] = answer["tasks"]
        return tasks

    async def ledger(
        self, *, key: str | None = None, since: int | None = None, limit: int | None = None
    ) -> Ledger:
        """A key's credits, or those of the first key: balance and entries, oldest first.

        :param since: the ``id`` of the last entry that was seen already.
        """
        query = {"key": key, "since": since, "limit": limit}
        answer: Ledger = await self._send("GET", "ledger", query=query)
        return answer

    async def balance(self, *, key: str | None = None) -> int:
        """The credits that a key has left, or the first key."""
        ledger = await self.ledger(key=key, limit=0)
        return ledger["balance"]

    async def organizations(self, *, key: str | None = None) -> list[Object]:
        """Slots, queues, buckets and credits as they are now."""
        answer = await self._send("GET", "organizations", query={"key": key})
        organizations: list[Object] = answer["organizations"]
        return organizations

    async def metrics(self) -> str:
        """The metrics in Prometheus' text form."""
        answer: str = await self._send("GET", "metrics")
        return answer

    # MARK: State

    async def snapshots(self, *, key: str | None = None) -> list[Object]:
        """The snapshots, by name; with a key those that hold its organization."""
        answer = await self._send("GET", "snapshots", query={"key": key})
        snapshots: list[Object] = answer["snapshots"]
        return snapshots

    async def snapshot(self, name: str, *, key: str | None = None) -> Object:
        """Saves everything, or a key's organization, under a name."""
        path = f"snapshots/{segment(name)}"
        answer: Object = await self._send("POST", path, query={"key": key})
        return answer

    async def restore(self, name: str, *, key: str | None = None) -> Object:
        """Brings a snapshot back, or a key's organization from it."""
        path = f"snapshots/{segment(name)}/restore"
        answer: Object = await self._send("POST", path, query={"key": key})
        return answer

    async def download(self, name: str, *, key: str | None = None) -> Object:
        """A snapshot as a document, keys and secrets included."""
        path = f"snapshots/{segment(name)}"
        document: Object = await self._send("GET", path, query={"key": key})
        return document

    async def upload(self, name: str, document: Mapping[str, Any]) -> Object:
        """Stores a document as a snapshot, for ``restore``."""
        answer: Object = await self._send("PUT", f"snapshots/{segment(name)}", document)
        return answer

    async def remove_snapshot(self, name: str) -> None:
        """Removes a snapshot."""
        await self._send("DELETE", f"snapshots/{segment(name)}")

    # MARK: Recordings

    async def start_recording(self, max_credits: int | None = None) -> Object:
        """Records from now on, in a double that was started with ``record``, as it does from its
        start.

        :param max_credits: what may be spent from now on; never more than is left of the start's.
        """
        body = members(maxCredits=max_credits)
        answer: Object = await self._send("POST", "recordings/start", body)
        return answer

    async def stop_recording(self) -> Object:
        """Records nothing that is asked from now on. Questions that are ``underWay`` are still
        recorded: once more says whether there are any."""
        answer: Object = await self._send("POST", "recordings/stop")
        return answer

    async def control(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: Any
    ) -> Any:
        """Any call of the control API, for what has no method here.

        :param path: below ``/_mock/``, for example ``conformance``.
        """
        return await self._send(method, path, body, query)


def _filters(
    key: str | None,
    path: str | None,
    status: int | None,
    request_id: str | None,
    traceparent: str | None,
    since: int | None,
    limit: int | None,
) -> Object:
    """The conditions on entries of the journal as the query has them."""
    return {
        "key": key, "path": path, "status": status, "requestId": request_id,
        "traceparent": traceparent, "since": since, "limit": limit,
    }  # fmt: skip


def _compared(prompt: Prompt | None) -> Object | None:
    """A prompt's condition as the control API takes it."""
    return {"contains": prompt} if isinstance(prompt, str) else prompt
