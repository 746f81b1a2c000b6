"""Measure pathways-ld against its peers in one run, and print ratios.

Ratios, because times say more about the machine than about the software. Servers and load generator share
the machine, over loopback; both sides of a ratio are measured in turn, several times.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

import building
import generate
import ours
from load import Series, Target, compare
from peers import PEERS, Peer
from queries import LOOK_UP
from report import Report
from runaways import AMOUNT, Runaways
from verify import HTML, TURTLE, WrongAnswer, check, collect_validators

from pathways_ld.errors import StorageError
from pathways_ld.snapshot.manifest import read_manifest
from servers import Server, Skipped

HERE: Final = Path(__file__).parent
WORK: Final = HERE / ".work"
CHECKED: Final = 10_000
"""Builds of more concepts are measured without checks, because validation would be all there is to see."""
LARGE: Final = 1_000_000
SETTLED: Final = 3.0
"""Seconds after which the runaways have taken what they can get."""
PARTS: Final = ("build", "start", "pages", "look-up", "mix", "runaways", "scaling")


class Session:
    """One run of the measurements; what it starts is stopped at its end."""

    def __init__(self, given: argparse.Namespace, peers: Sequence[Peer]) -> None:
        self.given = given
        self.peers = peers
        self.parts: list[str] = given.only
        settings = {
            name: str(value) if isinstance(value, Path) else value for name, value in vars(given).items()
        }
        self.report = Report(settings)
        self.snapshots: dict[int, Path] = {}

    def compare(self, count: int, what: str, targets: Sequence[Target], connections: int = 0) -> list[Series]:
        """Check what the targets answer, then measure those that answer well."""
        good = []
        for target in targets:
            try:
                check(target, count)
            except (WrongAnswer, OSError, ValueError, SyntaxError) as error:
                self.report.skip(f"{what} of {target.server} at {count}", f"wrong answer: {error}")
            else:
                good.append(target)
        connections = connections or self.given.connections
        series = compare(
            good,
            count,
            connections=connections,
            seconds=self.given.seconds,
            warm_up=self.given.warm_up,
            repeat=self.given.repeat,
        )
        self.report.keep(count, what, connections, series)
        return series

    def size(self, count: int) -> None:
        """Measure everything at one size."""
        print(f"\n{count} concepts", flush=True)
        source = generate.dataset(count, WORK)
        self.snapshots[count] = self.build(count, source)
        if "start" in self.parts:
            self.first_answer(count)
        if "runaways" in self.parts:
            self.runaways(count)
        if not {"pages", "look-up", "mix"} & set(self.parts):
            return
        folder = WORK / f"logs-{count}"
        folder.mkdir(exist_ok=True)
        with ExitStack() as running:
            warm = self.serve(count, running, cached=True)
            cold = self.serve(count, running, cached=False)
            targets = self.start_peers(count, running, folder, f"{warm.url}/sparql")
            if "pages" in self.parts:
                self.pages(count, warm, cold, targets, folder)
            self.sparql(count, warm, targets)
            for server in (warm, cold):
                self.memory(count, server)

    def serve(self, count: int, running: ExitStack, *, cached: bool) -> Server:
        """Serve our snapshot of a size."""
        label = "cached" if cached else "uncached"
        server = ours.serve(self.snapshots[count], WORK, cached=cached, label=label)
        running.callback(server.stop)
        return server

    def start_peers(
        self, count: int, running: ExitStack, folder: Path, queries: str
    ) -> dict[str, list[Target]]:
        """Start all peers on the statements that we serve; gives what they can be asked."""
        found: dict[str, list[Target]] = {}
        dump = self.snapshots[count] / "dumps" / "vocabulary.nt"
        for peer in self.peers:
            try:
                server = peer.start(dump, count, folder, queries)
            except Skipped as error:
                self.report.skip(f"{peer.name} at {count}", str(error))
                continue
            running.callback(server.stop)
            note = "; ".join(server.notes)
            print(f"  {peer.name} ready after {server.seconds:.1f} s {note}", flush=True)
            for name, target in peer.targets(server).items():
                found.setdefault(name, []).append(replace(target, note=note))
        return found

    def pages(
        self, count: int, warm: Server, cold: Server, targets: dict[str, list[Target]], folder: Path
    ) -> None:
        """Measure term pages: Turtle and HTML made anew and from the cache, then 304."""
        for name, media_type in (("turtle", TURTLE), ("html", HTML)):
            asked = [ours.page(cold, media_type), ours.page(warm, media_type), *targets.get(name, [])]
            measured = self.compare(count, name, asked)
            for own, peer in pairs(measured):
                self.ratio(count, f"{name} page", own, peer, at_least=50)
        page = ours.page(warm, TURTLE)
        validators = folder / "validators.tsv"
        collect_validators(warm, page, count, validators)
        unchanged = replace(page, validators=validators)
        measured = self.compare(count, "304", [unchanged, *targets.get("turtle", [])])
        for own, peer in pairs(measured):
            note = "the peer sends no ETag, so its whole page"
            self.ratio(count, "304", own, peer, note=note)

    def sparql(self, count: int, server: Server, targets: dict[str, list[Target]]) -> None:
        """Measure each kind of SPARQL query."""
        for name, own_target in ours.queries(server).items():
            if ("look-up" if name == LOOK_UP else "mix") not in self.parts:
                continue
            measured = self.compare(count, name, [own_target, *targets.get(name, [])])
            for own, peer in pairs(measured):
                bound = 3 if (name, peer.target.server) == (LOOK_UP, "virtuoso") else None
                self.ratio(count, f"SPARQL {name}", own, peer, at_least=bound)

    def runaways(self, count: int) -> None:
        """Measure look-ups while other clients send queries that never end."""
        with ExitStack() as running:
            server = ours.serve(self.snapshots[count], WORK, cached=True, label="runaways", bounded=True)
            running.callback(server.stop)
            target = ours.queries(server)[LOOK_UP]
            alone = self.compare(count, "look-up, alone", [target])[0]
            with Runaways(f"{server.url}/sparql") as others:
                time.sleep(SETTLED)
                mixed = self.compare(count, "look-up, mixed", [target])[0]
            seen = ", ".join(f"{amount} x {status}" for status, amount in sorted(others.seen.items()))
            print(f"  the runaways saw {seen}", flush=True)
            self.report.details[f"statuses of the runaways at {count}"] = others.seen
            for measure, bound in (("p50", None), ("p99", 2)):
                times = [[getattr(each, measure) * 1e3 for each in one.outcomes] for one in (mixed, alone)]
                self.report.ratio(
                    str(count),
                    f"look-up, {measure}, {AMOUNT} runaways",
                    ("with them, ms", times[0]),
                    ("alone, ms", times[1]),
                    at_most=bound,
                    failures=mixed.errors + alone.errors,
                    note=f"the runaways saw {seen}",
                )

    def ratio(
        self,
        count: int,
        what: str,
        own: Series,
        peer: Series,
        *,
        at_least: float | None = None,
        note: str = "",
    ) -> None:
        """Compare answers per second."""
        self.report.ratio(
            str(count),
            what,
            (own.target.server.removeprefix(f"{ours.NAME} ") + " /s", own.rates),
            (f"{peer.target.server} /s", peer.rates),
            at_least=at_least,
            failures=own.errors + peer.errors,
            by_processor_time=peer.middle("cost") / own.middle("cost"),
            note="; ".join(filter(None, (note, peer.target.note))),
        )

    def build(self, count: int, source: Path) -> Path:
        """Build a snapshot, or take the one of an earlier run where that is asked for."""
        state = WORK / f"state-{count}"
        current = state / "current"
        if self.given.reuse and _is_readable(current):
            print(f"  snapshot of an earlier run: {current.resolve().name}", flush=True)
            return current.resolve()
        shutil.rmtree(state, ignore_errors=True)
        if "build" in self.parts and count > CHECKED:
            self.checked_build()
        checked = count <= CHECKED
        made = building.run(building.BUILD, source, state, checked=checked)
        self.note_build(count, made, checked=checked)
        if "build" in self.parts:
            bulk = building.bulk_load(source, WORK, self.given.repeat if count < LARGE else 1)
            bare = [each.total for each in bulk]
            index = building.bulk_load(Path(made.folder) / "dumps" / "vocabulary.nq", WORK, 1)[0]
            self.report.details[f"bulk load of {count}"] = {"turtle": bare, "nquads dump": index.total}
            note = "checks included" if checked else "without checks"
            self.report.ratio(
                str(count),
                "build",
                (f"{note}, s", [made.total]),
                ("bare bulk load of the Turtle, s", bare),
                at_most=2 if count >= 100_000 else None,
                by_processor_time=made.processor / median(each.processor for each in bulk),
                note=f"one build; bulk load of its N-Quads dump {index.total:.1f} s",
            )
            self.report.single(str(count), "build, peak memory", [made.megabytes], "MB")
        return Path(made.folder)

    def checked_build(self) -> None:
        """Measure a build with its checks at the largest size where that is sensible."""
        if f"build of {CHECKED}, checked" in self.report.details:
            return
        state = WORK / "state-checked"
        shutil.rmtree(state, ignore_errors=True)
        source = generate.dataset(CHECKED, WORK)
        made = building.run(building.BUILD, source, state, checked=True)
        shutil.rmtree(state, ignore_errors=True)
        self.note_build(CHECKED, made, checked=True)
        self.report.single(str(CHECKED), "build with checks", [made.total], "s")

    def note_build(self, count: int, made: building.Run, *, checked: bool) -> None:
        """Keep the stages of a build, and show them."""
        name = f"build of {count}, {'checked' if checked else 'unchecked'}"
        self.report.details[name] = vars(made)
        stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in made.seconds.items())
        print(f"  {name}: {made.total:.2f} s ({stages}), {made.megabytes:.0f} MB", flush=True)

    def first_answer(self, count: int) -> None:
        """Measure the time from the start of the server to its first page."""
        seconds = []
        for _ in range(self.given.repeat):
            server = ours.serve(self.snapshots[count], WORK, cached=True, label="first")
            server.stop()
            seconds.append(server.seconds)
        self.report.single(str(count), "snapshot to first answer", seconds, "s", at_most=1)

    def memory(self, count: int, server: Server) -> None:
        """Report the memory of one of our servers after its work."""
        used = server.memory()
        self.report.details[f"memory of {server.name} at {count}"] = used
        note = f"{used['processes']} processes; sum of their peaks {used['peak']:.0f} MB"
        self.report.single(str(count), f"memory, {server.name}", [used["shared_out"]], "MB", note=note)

    def scaling(self, small: int, large: int) -> None:
        """Compare the time of a page at the two ends of the range, one request at a time."""
        print(f"\npages at {small} and at {large} concepts, one connection", flush=True)
        with ExitStack() as running:
            servers = {count: self.serve(count, running, cached=False) for count in (small, large)}
            for name, media_type in (("turtle", TURTLE), ("html", HTML)):
                times: dict[int, list[Series]] = {small: [], large: []}
                for repetition in range(self.given.repeat):
                    for count, server in servers.items():
                        target = ours.page(server, media_type)
                        measured = compare(
                            [target],
                            count,
                            connections=1,
                            seconds=self.given.seconds,
                            warm_up=0 if repetition else self.given.warm_up,
                            repeat=1,
                        )
                        times[count] += measured
                for measure in ("p50", "p99"):
                    ends = [[each.middle(measure) * 1e3 for each in times[count]] for count in (large, small)]
                    bound = 1.3 if measure == "p50" and large >= LARGE else None
                    self.report.ratio(
                        f"{small}..{large}",
                        f"{name} page, {measure}, uncached",
                        (f"at {large}, ms", ends[0]),
                        (f"at {small}, ms", ends[1]),
                        at_most=bound,
                        failures=sum(each.errors for count in times for each in times[count]),
                    )


def _is_readable(snapshot: Path) -> bool:
    try:
        read_manifest(snapshot)
    except StorageError:
        return False
    return True


def pairs(measured: Sequence[Series]) -> list[tuple[Series, Series]]:
    """Pair what was measured of our servers with what was measured of peers."""
    own = [each for each in measured if each.target.server.startswith(ours.NAME)]
    return [(each, peer) for peer in measured if peer not in own for each in own]


def install(peers: Sequence[Peer]) -> int:
    """Install the peers that are missing."""
    failed = 0
    for peer in peers:
        if peer.missing():
            try:
                peer.install()
            except Skipped as error:
                failed += 1
                print(f"{peer.name}: {error}")
                continue
        print(f"{peer.name}: {peer.missing() or peer.version()}")
    return 1 if failed else 0


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    names = [peer.name for peer in PEERS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=_numbers, default=[1_000, 100_000], metavar="N,N",
                        help="numbers of concepts; default 1000,100000; 1000000 takes its time")  # fmt: skip
    parser.add_argument("--peers", type=_words(names), default=names, metavar="NAME,...",
                        help=f"of {', '.join(names)}, or none; default all that are installed")  # fmt: skip
    parser.add_argument("--only", type=_words(list(PARTS)), default=list(PARTS), metavar="PART,...",
                        help=f"of {', '.join(PARTS)}; default all")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=5, help="of one measurement; default 5")
    parser.add_argument("--warm-up", type=float, default=5, help="seconds before the first; default 5")
    parser.add_argument("--repeat", type=int, default=3, help="measurements of each; default 3")
    parser.add_argument("--connections", type=int, default=8, help="at the same time; default 8")
    parser.add_argument("--reuse", action="store_true", help="take snapshots of an earlier run")
    parser.add_argument("--install", action="store_true", help="install missing peers, measure nothing")
    return parser.parse_args(arguments)


def _numbers(text: str) -> list[int]:
    return sorted({int(part.replace("_", "")) for part in text.split(",")})


def _words(allowed: list[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        words = [] if text == "none" else text.split(",")
        unknown = set(words) - set(allowed)
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: expected of {', '.join(allowed)}")
        return words

    return read


def main() -> int:
    """Measure; the exit code is 0 whatever the ratios are."""
    given = parse()
    chosen = [peer for peer in PEERS if peer.name in given.peers]
    if given.install:
        return install(chosen)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    WORK.mkdir(exist_ok=True)
    present = [peer for peer in chosen if not peer.missing()]
    session = Session(given, present)
    for name, value in session.report.machine.items():
        print(f"{name}: {value}")
    for peer in chosen:
        if peer in present:
            session.report.peers[peer.name] = peer.version()
            print(f"{peer.name}: {session.report.peers[peer.name]}")
        else:
            session.report.skip(peer.name, peer.missing())
    try:
        for count in given.sizes:
            session.size(count)
        if "scaling" in given.only and len(given.sizes) > 1:
            session.scaling(given.sizes[0], given.sizes[-1])
    except Skipped as error:
        print(f"\nOur own server failed, so this is not complete: {error}", file=sys.stderr)
        return 1
    finally:
        path = session.report.write(HERE / "results")
    print(f"\nAll measurements: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
