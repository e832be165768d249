"""Synchronous questions: what they hold while they last, and how they end."""

import json
import select

from judge import Difference, Judge, same
from organization import DELAYING, REPLACING
from requests_model import (
    JULY, invalid, is_off, issues, no_credits, no_slot, price, switched_off,
)  # fmt: skip
from support import eventually
from wire import Answer, RawConnection, parse_head, request_bytes


class Questions(Judge):
    def ask(self, org, key, provider, body, leaves=False):
        key = self.key_of(org, key)
        if not key:
            return
        path, one = f"/v1/monitor/{provider}", self.world.of(key)
        content = body["raw"].encode() if isinstance(body, dict) and "raw" in body else body
        failing = (
            {""} if content is not body else issues(one.contract if one else JULY, provider, body)
        )
        off = one is not None and is_off(one.contract, provider)
        if one is None or off or failing or not self.would_pass(one, key, f"POST {path}"):
            got = self.begin(key, f"POST {path}", "POST", path, content)
            if got:
                one, remaining, answer = got
                refusal = switched_off(provider) if off else invalid(one.contract, failing, False)
                self.refused(answer, one.contract, self.headers(one, remaining, path), refusal)
            return
        _, remaining = one.draw(key, f"POST {path}", self.world.now)
        fault = one.strike(REPLACING, key, path, provider)
        # What strikes the connection does so at once; an error comes when the answer would have.
        latency = one.latency if not fault or fault["kind"] == "status" else 0
        if fault:
            latency += self.delay(one, key, path, provider)
        connection = RawConnection(self.double.port)
        self.handles += 1
        self.open[self.handles] = connection
        connection.send(request_bytes("POST", path, key, content))
        early = self.headers(one, remaining, path, "valid")
        if fault and latency == 0:
            return self.judge_replaced(one, self.handles, fault, early)
        cost = price(one.contract, provider, body, True)
        if not fault and one.balance < cost:
            return self.refused(self.taken(self.handles), one.contract, early, no_credits())
        if one.used >= one.concurrency:
            headers = early | self.slots(one, one.concurrency + 1)
            refusal = no_slot(one.contract, one.concurrency)
            return self.refused(self.taken(self.handles), one.contract, headers, refusal)
        stub = None if fault else one.stub(key, provider)
        if stub and "latency" in stub:
            latency = int(stub["latency"].removesuffix("ms"))
        if not fault:
            latency += self.delay(one, key, path, provider)
        headers = {k: v for k, v in early.items() if not k.startswith("x-credits-")}
        headers |= self.slots(one, one.used + 1)
        flight = self.world.fly(
            one, key, cost, latency, headers, self.handles, provider, stub, fault
        )
        if latency == 0:
            self.world.end_flight(one, flight)
            self.world.schedule(one)
            return self.land()
        self.await_slots(one, connection)
        if leaves:
            flight.gone = True
            self.open.pop(flight.handle).socket.close()

    def delay(self, one, key, path, provider):
        """What a fault adds to a latency."""
        fault = one.strike(DELAYING, key, path, provider)
        return int(fault["latency"].removesuffix("ms")) if fault else 0

    def would_pass(self, one, key, endpoint):
        return one.remaining(key, endpoint, self.world.now) > 0

    def taken(self, handle):
        connection = self.open.pop(handle)
        try:
            return connection.answer()
        except (AssertionError, OSError) as error:
            raise Difference(f"no answer: {error}") from None
        finally:
            connection.socket.close()

    def judge_replaced(self, one, handle, fault, headers):
        if fault["kind"] == "status":
            return self.judge_fault(one, self.taken(handle), fault, headers)
        connection = self.open.pop(handle)
        try:
            data = connection.rest()
        except ConnectionResetError:
            data = b""
        connection.socket.close()
        same(data, b"", f"what came instead of an answer under {fault['kind']}")

    def await_slots(self, one, connection):
        """The double has let the question in: it holds a slot, and isn't answered."""

        def is_in():
            if select.select([connection.socket], [], [], 0)[0]:
                raise Difference(f"answered at once: {connection.answer().head}")
            return self.rows()[one.name]["slots"]["used"] == one.used

        eventually(is_in, f"{one.used} slots used")

    def land(self):
        """Judges the answers of the questions that have ended."""
        ended, self.world.ended = self.world.ended, []
        for flight, outcome, balance in ended:
            if flight.gone:
                continue
            latency = flight.ends - flight.began
            headers = dict(flight.headers)
            if outcome == "orphan":
                answer = self.taken(flight.handle)
                same(answer.status, 401, "status of a question whose organization is gone")
                code = json.loads(answer.body)["error"]["code"]
                same(code, "INVALID_OR_EXPIRED_API_KEY", "its code")
                continue
            if outcome == "charged" or flight.revision == JULY:
                headers["x-credits-remaining"] = str(balance)
                charged = flight.price if outcome == "charged" else 0
                headers["x-credits-charged"] = str(charged)
            if flight.spoilt == "truncate_body" and outcome == "charged":
                self.judge_cut(flight, headers, latency)
                continue
            if outcome == "fault" and flight.fault["kind"] != "status":
                self.judge_replaced(None, flight.handle, flight.fault, headers)
                continue
            answer = self.taken(flight.handle)
            if outcome == "fault":
                headers["retry-after"] = str(flight.fault["retryAfter"])
                self.judge(
                    answer, flight.revision, flight.fault["status"], headers, latency=latency
                )
            elif outcome == "poor":
                self.refused(answer, flight.revision, headers, no_credits(), flight.ends, latency)
            elif outcome == "error":
                error = flight.stub["error"]
                headers["retry-after"] = str(error["retryAfter"])
                self.judge(answer, flight.revision, error["status"], headers, latency=latency)
            else:
                self.judge(answer, flight.revision, 200, headers, latency=latency)
                self.judge_result(answer, flight)

    def judge_result(self, answer, flight):
        try:
            body = json.loads(answer.body)
        except ValueError:
            return same(flight.spoilt, "malformed_response", "fault of an answer that is no JSON")
        same(flight.spoilt, None, "fault of a good answer")
        same((list(body), body["success"]), (["success", "result"], True), "envelope")
        if flight.stub:
            same(body["result"].get("text"), flight.stub["result"]["text"], "stubbed text")

    def judge_cut(self, flight, headers, latency):
        connection = self.open.pop(flight.handle)
        head = connection.until(b"\r\n\r\n")
        status, fields = parse_head(head[:-4])
        self.judge(
            Answer(status, fields, b"", head), flight.revision, 200, headers, latency=latency
        )
        same(len(connection.rest()), 5, "bytes of a cut body")
        connection.socket.close()

    def leave(self, flight):
        waiting = [
            each
            for one in self.world.organizations.values()
            for each in one.flights
            if not each.gone
        ]
        if waiting:
            one = waiting[flight % len(waiting)]
            one.gone = True
            self.open.pop(one.handle).socket.close()
