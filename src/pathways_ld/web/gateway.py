"""The gateway: granian's RSGI in front of Flask, so that no client can hold a thread.

Under WSGI a client that reads or sends slowly holds a thread, four of them a whole web process, and nobody
learns that a client has left. Here the event loop waits for clients: it reads the body before Flask is called
and sends the answer after Flask is done. Quick requests are answered on the loop itself, which is faster than
any thread; those that may take long get a thread each from a bounded pool, and the news when their client
leaves. The bridges from WSGI to asynchronous servers that there are (a2wsgi, asgiref) speak ASGI, call every
request in a thread, and do not tell of a client that has left; so this one is ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from pathways_ld.errors import Overloaded, PayloadTooLarge, RequestTimeout
from pathways_ld.store.base import Cancellation
from pathways_ld.store.embedded import Load
from pathways_ld.web import problems
from pathways_ld.web.access_log import AccessLog, loggable
from pathways_ld.web.arrivals import Bodies, check_head, environ_of
from pathways_ld.web.clients import ClientNames
from pathways_ld.web.listening import drop_idle_clients
from pathways_ld.web.metrics import metrics_of
from pathways_ld.web.record import CANCELLATION_KEY, RECORD_KEY, Record, new_record
from pathways_ld.web.replies import Reply, SlowReader, call, send
from pathways_ld.web.responses import EXTENSION_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask
    from granian.rsgi import Scope

    from pathways_ld.web.rsgi import Exchange

log = logging.getLogger(__name__)

SLOW: Final = frozenset(
    {
        "account", "changes", "contributions", "graphs", "lookup", "propose", "reconcile", "review",
        "sign-in", "sign-out", "sparql", "update", "validate",
    }
)  # fmt: skip
"""First path segments whose requests get a thread, as do all that are no GET, HEAD or OPTIONS."""
_SLOW_ENDS: Final = (
    "/edit", "/edit/", "/map", "/map.html", "/map.json", "/map.svg", ".csv", ".csv-metadata.json", "/module",
    "/module.html", "/module.jsonld", "/module.nq", "/module.nt", "/module.owl", "/module.rdf",
    "/module.trig", "/module.ttl", "/narrowerTransitive", "/topConcepts", "/voc/concepts", "/voc/top",
)  # fmt: skip
"""Ends of the addresses of forms, maps, modules and long lists, which look many things up."""
LONG_ANSWERS: Final = 64
"""Answers too long for memory that one process sends at a time; each has a temporary file."""
_QUICK_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CLOSABLE: Final = frozenset({"1", "1.1"})
_QUICK: Final = 0.05
"""Seconds of work on the loop after which, the second time, an address gets a thread for a while."""
_SLOW_FOR: Final = 60.0
_ALWAYS_QUICK: Final = frozenset({"healthz", "metrics", "readyz"})
_REMEMBERED: Final = 1_000
_SAMPLE_EVERY: Final = 1.0


class Gateway:
    """An RSGI application around a Flask application."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._state = app.extensions[EXTENSION_KEY]
        settings = self._state.settings
        self._metrics = metrics_of(app)
        self._log = AccessLog(settings)
        self._names = ClientNames.from_settings(settings)
        self._bodies = Bodies(settings.request_size, settings.body_deadline)
        self._threads = settings.threads
        self._places = settings.threads + settings.request_queue
        self._pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="request")
        self._under_way: set[Cancellation] = set()
        self._write_deadline = settings.write_deadline
        self._long_answers = 0
        self._found_slow: OrderedDict[str, float] = OrderedDict()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Set the listening socket up, and begin to take samples for the metrics."""
        loop.call_soon(drop_idle_clients, self._write_deadline)
        self._sample(loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop what is still under way."""
        for each in list(self._under_way):
            each.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._state.current.close()
        self._state.validation.close()
        self._log.close()

    def _sample(self, loop: asyncio.AbstractEventLoop) -> None:
        self._metrics.sample(self._state.current, self._state.cache, self.load())
        loop.call_later(_SAMPLE_EVERY, self._sample, loop)

    def load(self) -> Load:
        """Tell how many requests have a thread, and how many wait for one."""
        busy = min(len(self._under_way), self._threads)
        return Load(busy, len(self._under_way) - busy)

    async def __rsgi__(self, scope: Scope, proto: Exchange) -> None:
        """Answer one request."""
        started = time.perf_counter()
        environ = environ_of(scope)
        record = new_record(environ.get("HTTP_X_REQUEST_ID"))
        environ[RECORD_KEY] = record
        status = sent = 0
        try:
            with contextlib.ExitStack() as held:
                reply = await self._reply(scope, proto, environ, held)
                if reply is not None:
                    status = reply.status
                    sent = await self._send(proto, reply)
        except Exception:
            log.exception("request %s could not be answered", record.request_id)
            proto.response_empty(500, [])  # of no effect where an answer has begun
        finally:
            self._note(environ, record, status, sent, time.perf_counter() - started)

    async def _reply(
        self, scope: Scope, proto: Exchange, environ: dict[str, Any], held: contextlib.ExitStack
    ) -> Reply | None:
        """Get the answer; None where the client has left."""
        try:
            check_head(environ)
            if scope.method not in _QUICK_METHODS:
                body = held.enter_context(self._bodies.new())
                await self._bodies.read(scope, proto, body)
                environ["wsgi.input"] = body.file
                environ["CONTENT_LENGTH"] = str(body.length)
            if self._is_slow(environ):
                return await self._reply_in_thread(proto, environ)
            return self._reply_here(environ)
        except Exception as error:
            reply = self._problem(environ, error)
            unread = isinstance(error, RequestTimeout | PayloadTooLarge | Overloaded)
            if unread and scope.http_version in _CLOSABLE:
                # Else the connection would wait for the rest of the body.
                reply.headers.append(("Connection", "close"))
            return reply

    def _is_slow(self, environ: dict[str, Any]) -> bool:
        path = environ["PATH_INFO"]
        segment = path[1:].partition("/")[0]
        if environ["REQUEST_METHOD"] not in _QUICK_METHODS or segment in SLOW or path.endswith(_SLOW_ENDS):
            return True
        return segment not in _ALWAYS_QUICK and self._found_slow.get(path, 0.0) > time.monotonic()

    def _reply_here(self, environ: dict[str, Any]) -> Reply:
        # The time of the processor, not of the clock: on a busy machine all would seem slow.
        started = time.thread_time()
        reply = call(self._app.wsgi_app, environ)
        if time.thread_time() - started > _QUICK:
            path = environ["PATH_INFO"]
            # The first time may be slow for what is then kept: templates, pages, the file system's cache.
            again = path in self._found_slow
            self._found_slow[path] = time.monotonic() + _SLOW_FOR if again else 0.0
            self._found_slow.move_to_end(path)
            if len(self._found_slow) > _REMEMBERED:
                self._found_slow.popitem(last=False)
        return reply

    async def _reply_in_thread(self, proto: Exchange, environ: dict[str, Any]) -> Reply | None:
        if len(self._under_way) >= self._places:
            raise Overloaded("Too many requests are under way here; try again in a moment.")
        reply = await self._work_in_thread(proto, environ)
        if reply is not None and reply.rest is not None and self._long_answers >= LONG_ANSWERS:
            reply.drop()
            raise Overloaded("Too many long answers are being sent; try again in a moment.", retry_after=10)
        return reply

    async def _work_in_thread(self, proto: Exchange, environ: dict[str, Any]) -> Reply | None:
        wish = environ[CANCELLATION_KEY] = Cancellation()
        self._under_way.add(wish)
        job = self._pool.submit(call, self._app.wsgi_app, environ)
        work = asyncio.wrap_future(job)
        left = asyncio.ensure_future(_wait_until_left(proto))
        waited_for: set[asyncio.Future[Any]] = {work, left}
        try:
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            if not job.cancel():
                await asyncio.to_thread(wish.cancel)  # which waits for the end of a process
                with contextlib.suppress(Exception):
                    (await work).drop()
            return None
        finally:
            left.cancel()
            self._under_way.discard(wish)

    def _problem(self, environ: dict[str, Any], error: Exception) -> Reply:
        """Answer with a problem, as a view would that raised the error."""

        def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            with self._app.request_context(environ):
                response = self._app.process_response(self._app.make_response(problems.respond(error)))
                return response(environ, start_response)

        return call(application, environ)

    async def _send(self, proto: Exchange, reply: Reply) -> int:
        is_long = reply.rest is not None
        self._long_answers += is_long
        try:
            return await send(proto, reply, self._write_deadline)
        except (SlowReader, BrokenPipeError):
            return 0
        finally:
            self._long_answers -= is_long

    def _note(self, environ: dict[str, Any], record: Record, status: int, sent: int, seconds: float) -> None:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        self._metrics.count_request(path, status, seconds, sent)
        outcome = ""
        if record.query is not None:
            outcome = record.outcome(status) if status else "cancelled"
            self._metrics.count_query(outcome)
        if not self._log.enabled:
            return
        client = self._names.name(environ["REMOTE_ADDR"], self._forwarded(environ))
        entry: dict[str, object] = {
            "id": record.request_id,
            "client": self._log.name_of(client),
            "method": environ["REQUEST_METHOD"],
            "path": loggable(path),
            "status": status,
            "bytes": sent,
            "ms": round(seconds * 1000, 1),
            "agent": environ.get("HTTP_USER_AGENT", ""),
        }
        if record.query is not None:
            entry |= {"sparql": record.digest, "outcome": outcome}
            if self._log.with_queries:
                entry["query"] = record.query
        self._log.write(entry)

    def _forwarded(self, environ: dict[str, Any]) -> str | None:
        value = environ.get(f"HTTP_{self._names.header.upper().replace('-', '_')}")
        return value if isinstance(value, str) else None


async def _wait_until_left(proto: Exchange) -> None:
    await proto.client_disconnect()
