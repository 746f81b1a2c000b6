"""Updates against the real server: clients that people use, several processes, and processes that are killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
import requests
from rdflib.plugins.stores.sparqlstore import SPARQLUpdateStore
from SPARQLWrapper import JSON, POST, SPARQLWrapper

from maintenance import BASE, Site
from pathways_ld.ledger import Ledger
from pathways_ld.releases import Maintenance
from pathways_ld.snapshot import SnapshotFolder, read_asserted, read_manifest
from servers import RunningServer, free_port
from sparql_fixtures import until

pytestmark = [
    pytest.mark.server,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:SPARQLWrapper"),
]

VOC = rdflib.Namespace(BASE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("maintained"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[str]:
    running = RunningServer(
        "--out",
        str(site.settings.state_dir),
        "--workers",
        "2",
        "--port",
        str(free_port()),
        canonical_base=BASE,
    )
    yield running.wait_until_ready()
    running.stop()


def test_rdflibs_update_store_reads_and_writes(site: Site, server: str) -> None:
    store = SPARQLUpdateStore(f"{server}/sparql", f"{server}/update", headers=site.headers())
    graph = rdflib.Graph(store, identifier=rdflib.URIRef("urn:x-notes"))
    note = (VOC.one, VOC.remark, rdflib.Literal("Seen", lang="en"))
    graph.add(note)
    store.commit()
    assert note in graph
    graph.remove(note)
    store.commit()
    assert note not in graph
    store.close()


def test_sparqlwrapper_updates(site: Site, server: str) -> None:
    client = SPARQLWrapper(f"{server}/update")
    client.addCustomHttpHeader("Authorization", f"Bearer {site.token}")
    client.setMethod(POST)
    client.setQuery(
        f"INSERT DATA {{ GRAPH <urn:x-notes> {{ <{BASE}two> <{BASE}remark> 'by SPARQLWrapper' }} }}"
    )
    assert client.query().response.status == 200
    reading = SPARQLWrapper(f"{server}/sparql", returnFormat=JSON)
    reading.setQuery(f"ASK {{ <{BASE}two> <{BASE}remark> 'by SPARQLWrapper' }}")
    answer = reading.query().convert()
    assert isinstance(answer, dict)
    assert answer["boolean"] is True


def test_every_process_shows_a_change_once_it_is_acknowledged(site: Site, server: str) -> None:
    for number in range(3):
        text = f"INSERT DATA {{ GRAPH <urn:x-n> {{ <{BASE}one> <{BASE}number> {number} }} }}"
        headers = {**site.headers(), "Content-Type": "application/sparql-update"}
        done = requests.post(f"{server}/update", data=text, headers=headers, timeout=60)
        assert done.status_code == 200, done.text
        for _ in range(10):  # each on a connection of its own, so that both processes are asked
            answer = requests.get(
                f"{server}/sparql",
                params={"query": f"ASK {{ <{BASE}one> <{BASE}number> {number} }}"},
                headers={"Accept": "application/sparql-results+json", "Connection": "close"},
                timeout=60,
            )
            assert answer.json()["boolean"] is True


KILLED = """
import os, sys
from pathlib import Path
from unittest import mock
from pathways_ld.ledger import Delta, Ledger
from pathways_ld.rdfio import Statement
from pathways_ld.releases import Maintenance, changes, consolidating, increment, making
from pathways_ld.releases.increment import Incremental
from pathways_ld.settings import load_settings
from pathways_ld.snapshot import SnapshotFolder

state, base, place, when, work = sys.argv[1:]
owner, name = {
    "check": (making, "check_change"),
    "prepare": (Incremental, "prepare"),
    "rows": (increment, "write_changes"),
    "statements": (increment, "write_changed"),
    "index": (increment, "tidy_index"),
    "write": (Incremental, "write"),
    "whole": (consolidating, "write_snapshot"),
    "catch up": (changes, "caught_up"),
    "adopt": (SnapshotFolder, "adopt"),
    "append": (Ledger, "append"),
    "switch": (SnapshotFolder, "make_current"),
    "note": (Ledger, "mark_published"),
    "prune": (SnapshotFolder, "prune"),
}[place]
original = getattr(owner, name)

def cut(*arguments, **named):
    if when == "after":
        original(*arguments, **named)
    os.kill(os.getpid(), 9)

class Ann:
    name = "Ann"
    def may_change(self, graph):
        return True

maintenance = Maintenance(load_settings(canonical_base=base, state_dir=Path(state)))
new = Statement(f"<{base}one>", f"<{base}p>", '"x"', "<urn:x-killed>")
with mock.patch.object(owner, name, cut):
    if work == "put":
        maintenance.put_graph("urn:x-killed", [new], Ann())
    elif work == "apply":
        maintenance.apply(lambda *_: Delta((new,)), Ann(), action="edit", note="")
    else:
        maintenance.consolidate()
"""


def kill(state: Path, place: str, when: str, work: str) -> None:
    """Make a change in a process that is killed on the way."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PATHWAYS_LD_")}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(state), BASE, place, when, work],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == -9, done.stderr


STEPS = ["check", "prepare", "rows", "statements", "index", "write"]
COMMITTED = ["adopt", "append", "switch", "note", "prune"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("place", "work"),
    [*((place, "apply") for place in (*STEPS, *COMMITTED)), *((place, "put") for place in COMMITTED)],
)
def test_a_change_that_is_killed_is_there_whole_or_not_at_all(
    tmp_path: Path, place: str, when: str, work: str
) -> None:
    killed = Site(tmp_path)
    killed.close()
    state = killed.settings.state_dir
    kill(state, place, when, work)
    running = RunningServer(
        "--out", str(state), "--workers", "1", "--port", str(free_port()), canonical_base=BASE
    )
    try:
        address = running.wait_until_ready()
        shown = requests.get(f"{address}/graphs", params={"graph": "urn:x-killed"}, timeout=60).status_code
    finally:
        running.stop()
    accepted = Ledger(state).head() == 1
    assert accepted == (place in ("switch", "note", "prune") or (place, when) == ("append", "after"))
    assert shown == (200 if accepted else 404)
    asserted = read_asserted(SnapshotFolder(state).current())
    assert any(each.graph == "<urn:x-killed>" for each in asserted.statements) == accepted
    assert asserted.change == Ledger(state).head()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("place", ["whole", "catch up", "adopt", "switch", "prune"])
def test_a_consolidation_that_is_killed_harms_nothing(tmp_path: Path, place: str, when: str) -> None:
    killed = Site(tmp_path)
    state = killed.settings.state_dir
    text = f"INSERT DATA {{ GRAPH <urn:x-notes> {{ <{BASE}two> <{BASE}remark> 'kept' }} }}"
    assert killed.update(text).status_code == 200
    before = read_asserted(SnapshotFolder(state).current())
    kill(state, place, when, "consolidate")
    after = read_asserted(SnapshotFolder(state).current())
    assert sorted(after.statements) == sorted(before.statements)
    is_whole = read_manifest(SnapshotFolder(state).current()).is_whole
    assert is_whole == (place == "prune" or (place, when) == ("switch", "after"))
    assert killed.ask(":two :remark 'kept'")
    assert killed.update(text.replace("kept", "more")).status_code == 200
    assert killed.ask(":two :remark 'kept' , 'more'") is killed.ask(":two :remark 'more'") is True
    Maintenance(killed.settings).consolidate()
    assert read_manifest(SnapshotFolder(state).current()).is_whole
    left = [path.name for path in (state / "snapshots").iterdir() if path.is_dir() and path.name[0] == "."]
    assert left == []
    killed.close()


def test_the_server_writes_everything_anew_in_the_background(tmp_path: Path) -> None:
    site = Site(tmp_path)
    state = site.settings.state_dir
    running = RunningServer(
        "--out", str(state), "--workers", "1", "--port", str(free_port()), canonical_base=BASE,
        consolidate_after=0.2,
    )  # fmt: skip
    try:
        address = running.wait_until_ready()
        text = f"INSERT DATA {{ <{BASE}two> <{BASE}remark> 'in the downloads' }}"
        headers = {**site.headers(), "Content-Type": "application/sparql-update"}
        assert requests.post(f"{address}/update", data=text, headers=headers, timeout=60).status_code == 200
        assert until(
            lambda: "downloads" in requests.get(f"{address}/dumps/vocabulary.nt", timeout=60).text, 90
        )
        listed = requests.get(f"{address}/dumps/", headers={"Accept": "application/json"}, timeout=60).json()
        assert listed["change"] == listed["current_change"] == 1
    finally:
        running.stop()
        site.close()
