"""Numbers for monitoring, in the text format of Prometheus, for all web processes together.

The counting, the escaping and the sum over processes are prometheus_client's, the library everybody uses:
each process keeps its numbers in a file of its own in one folder, and whichever is asked adds them up. The
folder is made by :func:`pathways_ld.web.serving.serve`; without one, a process tells its own numbers.
"""

from __future__ import annotations

import hmac
import os
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

import prometheus_client
import prometheus_client.values
from flask import Blueprint, Response, current_app, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from pathways_ld import __version__
from pathways_ld.errors import Forbidden, PathwaysError
from pathways_ld.iris import RESERVED
from pathways_ld.store.embedded import Load
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import TEXT, Answer, Operation
from pathways_ld.web.record import OUTCOMES
from pathways_ld.web.responses import EXTENSION_KEY, settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flask import Flask
    from prometheus_client.metrics_core import Metric

    from pathways_ld.web.current import CurrentSnapshot
    from pathways_ld.web.responses import RepresentationCache

blueprint = Blueprint("metrics", __name__)

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
METRICS_KEY: Final = "pathways_ld.metrics"
_CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60)
_TERMS: Final = "terms"
_FORWARDED: Final = (
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via", "Origin"
)  # fmt: skip
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_BEARER: Final = "bearer "


class Metrics:
    """The numbers of one web process."""

    def __init__(self) -> None:
        self.registry = own = CollectorRegistry()
        self._requests = Counter("pathways_requests", "Requests answered.", ["route", "status"], registry=own)
        self._seconds = Histogram(
            "pathways_request_seconds",
            "Time from the head of a request to the end of its answer.",
            ["route"],
            buckets=_BUCKETS,
            registry=own,
        )
        self._bytes = Counter("pathways_response_bytes", "Bytes of answers.", ["route"], registry=own)
        self._queries = Counter("pathways_sparql_queries", "SPARQL queries.", ["outcome"], registry=own)
        for outcome in OUTCOMES:
            self._queries.labels(outcome)
        self._cache = Counter(
            "pathways_representation_cache", "Look-ups of rendered representations.", ["result"], registry=own
        )
        self._sparql = self._gauge("pathways_sparql_state", "SPARQL processes and queries.", ["state"])
        self._threads = self._gauge("pathways_request_state", "Requests that take threads.", ["state"])
        self._processes = self._gauge("pathways_web_processes", "Web processes.")
        self._processes.set(1)
        self._known: dict[tuple[str, int], tuple[Counter, Histogram, Counter]] = {}
        self._cache_seen = {"hit": 0, "miss": 0}

    def _gauge(self, name: str, text: str, labels: Iterable[str] = ()) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry, multiprocess_mode="livesum")

    def count_request(self, path: str, status: int, seconds: float, size: int) -> None:
        """Count a request that has been answered; `status` 0: the client had left."""
        route = route_of(path)
        known = self._known.get((route, status // 100))
        if known is None:  # looking a label up costs as much as counting
            known = self._known[route, status // 100] = (
                self._requests.labels(route, f"{status // 100}xx" if status else "none"),
                self._seconds.labels(route),
                self._bytes.labels(route),
            )
        requests, duration, length = known
        requests.inc()
        duration.observe(seconds)
        length.inc(size)

    def count_query(self, outcome: str) -> None:
        """Count a SPARQL query."""
        self._queries.labels(outcome).inc()

    def sample(
        self, current: CurrentSnapshot, cache: RepresentationCache, threads: Load | None = None
    ) -> None:
        """Take down what is not counted but looked at."""
        load = current.load()
        self._sparql.labels("busy").set(load.busy)
        self._sparql.labels("waiting").set(load.waiting)
        if threads is not None:
            self._threads.labels("busy").set(threads.busy)
            self._threads.labels("waiting").set(threads.waiting)
        for result, number in (("hit", cache.hits), ("miss", cache.misses)):
            self._cache.labels(result).inc(number - self._cache_seen[result])
            self._cache_seen[result] = number

    def text(self) -> bytes:
        """Write all numbers down."""
        registry = CollectorRegistry()
        folder = os.environ.get(FOLDER_VARIABLE)
        if folder and Path(folder).is_dir():
            _forget_dead(Path(folder))
            MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        else:
            registry.register(self.registry)
        registry.register(_SnapshotCollector())
        return prometheus_client.generate_latest(registry)


class _SnapshotCollector:
    """What the process that is asked serves."""

    def collect(self) -> Iterator[Metric]:
        """Describe the snapshot and the software."""
        software = GaugeMetricFamily("pathways_build_info", "The software.", labels=["version"])
        software.add_metric([__version__], 1)
        yield software
        try:
            manifest = reader().manifest
        except PathwaysError:
            return
        snapshot = GaugeMetricFamily("pathways_snapshot_info", "The snapshot.", labels=["id", "created"])
        snapshot.add_metric([manifest.id, str(manifest.created)], 1)
        yield snapshot
        yield GaugeMetricFamily(
            "pathways_snapshot_statements", "Statements in the snapshot.", value=manifest.statements
        )


def use_folder() -> None:
    """Keep the numbers of this process where the others find them, if there is a folder for it.

    To be called before any metric is made.
    """
    if os.environ.get(FOLDER_VARIABLE):
        # The choice of prometheus_client itself was made when it was imported, perhaps in the parent.
        prometheus_client.values.ValueClass = prometheus_client.values.MultiProcessValue()  # type: ignore[no-untyped-call]


def _forget_dead(folder: Path) -> None:
    for file in folder.glob("gauge_live*_*.db"):
        number = int(file.stem.rpartition("_")[2])
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            mark_process_dead(number, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            continue


def route_of(path: str) -> str:
    """Give the kind of an address: few kinds, whatever clients ask for."""
    segment = path.removeprefix("/").partition("/")[0]
    return segment if segment in RESERVED else _TERMS if segment else "home"


def metrics_of(app: Flask) -> Metrics:
    """Give the numbers of an application."""
    found = app.extensions[METRICS_KEY]
    assert isinstance(found, Metrics)  # noqa: S101 - tells mypy
    return found


@blueprint.get("/metrics")
def show_metrics() -> Response:
    """Tell the numbers to those who may know them."""
    _check_client(settings().metrics_token)
    found = metrics_of(current_app)
    state = current_app.extensions[EXTENSION_KEY]
    found.sample(state.current, state.cache)
    response = Response(found.text(), content_type=_CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def _check_client(token: str) -> None:
    if token:
        sent = request.headers.get("Authorization", "")
        given = sent[len(_BEARER) :].strip() if sent.lower().startswith(_BEARER) else ""
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise Forbidden(
                "The numbers are for those who send the bearer token of the setting metrics_token."
            )
    elif not _is_local():
        raise Forbidden(
            "The numbers are shown to this machine itself only, and not through a proxy or to a web page."
            " To read them from elsewhere, set metrics_token and send it as a bearer token."
        )


def _is_local() -> bool:
    """Tell whether a program on this machine asks: behind a proxy, everybody seems to be here.

    A page from elsewhere in a browser here shows by its Origin, or by a host name that only pretends to be
    this machine's.
    """
    try:
        here = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    name = (
        request.host.rpartition(":")[0]
        if request.host[-1:].isdigit() and ":" in request.host
        else request.host
    )
    return here and name in _LOCAL_NAMES and not any(each in request.headers for each in _FORWARDED)


def register(app: Flask) -> None:
    """Give an application its numbers."""
    app.extensions[METRICS_KEY] = Metrics()
    app.register_blueprint(blueprint)


OPERATIONS: Final = (
    Operation(
        "GET",
        "/metrics",
        "getMetrics",
        "Numbers for Prometheus, for this machine itself or with the token of the setting metrics_token",
        "Server",
        answers=(Answer(200, "The numbers of all processes", {"text/plain": TEXT}),),
        security=("", "token"),
    ),
)
