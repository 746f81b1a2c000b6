"""`pathways-ld submit --to`: contributing to a server elsewhere."""

from __future__ import annotations

import contextlib
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from maintenance import BASE, Site
from pathways_ld.cli import main
from servers import RunningServer, free_port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Site]]:
    site = Site(tmp_path_factory.mktemp("elsewhere"))
    settings = site.settings
    running = RunningServer(
        "--out", str(settings.state_dir), "--port", str(free_port()), canonical_base=BASE, workers=1
    )
    try:
        yield running.wait_until_ready(), site
    finally:
        running.stop()
        site.close()


def run(*arguments: str, token: str = "") -> Result:
    return CliRunner().invoke(main, ["submit", *arguments], env={"PATHWAYS_TOKEN": token})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sent.ttl"


def write(file: Path, text: str) -> str:
    prefixes = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
    file.write_text(f"@base <{BASE}> . {prefixes} {text}", encoding="utf-8")
    return str(file)


def test_a_file_is_looked_at_and_then_contributed(server: tuple[str, Site], file: Path) -> None:
    url, _ = server
    name = write(file, '<one> skos:altLabel "Uno"@es .')
    looked = run(name, "--to", url, "--check")
    assert looked.exit_code == 0, looked.output
    assert f"{BASE}one\n  + Alternative label: Uno (es)\n" in looked.output
    assert "nothing was stored" in looked.output
    done = run(name, "--to", f"{url}/", "--reason", "It is said so.", "--name", "Ana", "--named")
    assert done.exit_code == 0, done.output
    status = re.search(rf"contribution 1; its status page is ({url}/contributions/[\w-]+)\n", done.output)
    assert status
    told = requests.get(status[1], headers={"Accept": "application/json"}, timeout=10).json()
    assert told["state"] == "received"
    assert told["reason"] == "It is said so."


def test_what_breaks_rules_is_told_with_its_line(server: tuple[str, Site], file: Path) -> None:
    name = write(file, '\n<https://other.example/x> skos:prefLabel "Theirs"@en .')
    done = run(name, "--to", server[0], "--reason", "So.")
    assert done.exit_code == 1
    assert re.search(r"^must fix: line 2: .* \[contribution-namespace\]$", done.output, re.MULTILINE)
    assert "must be fixed first, so nothing was stored" in done.output


def test_a_token_says_who_sends(server: tuple[str, Site], file: Path) -> None:
    url, site = server
    name = write(file, '<two> skos:altLabel "Due"@it .')
    refused = run(name, "--to", url, "--reason", "So.", token="unknown")  # noqa: S106
    assert refused.exit_code == 2
    assert "answered 401: The token is not valid" in refused.output
    assert run(name, "--to", url, "--reason", "So.", token=site.issue("submit", name="Ida")).exit_code == 0


def test_a_spreadsheet_is_sent_as_it_is(server: tuple[str, Site], tmp_path: Path) -> None:
    url, _ = server
    template = requests.get(f"{url}/contributions/template.csv?kind=concept", timeout=10).text
    header = template.splitlines()[0].lstrip("\ufeff").split(",")
    values = {"Identifier": "one", "Alternative labels (en)": "The first", "Alternative labels": "The first"}
    table = tmp_path / "sent.csv"
    table.write_text(
        ",".join(header) + "\n" + ",".join(values.get(each, "") for each in header) + "\n", encoding="utf-8"
    )
    looked = run(str(table), "--to", url, "--kind", "concept", "--check")
    assert looked.exit_code == 0, looked.output
    assert "+ Alternative label: The first (en)" in looked.output
    refused = run(str(table), "--to", url, "--check")
    assert refused.exit_code == 2
    assert '"kind" is missing' in refused.output


@pytest.mark.parametrize(
    ("address", "token", "told"),
    [
        ("vocabulary.example.org", "", "is not the address of a server"),
        ("file:///etc/passwd", "", "is not the address of a server"),
        ("http://[", "", "is not the address of a server"),
        ("https://example.org/?x=1", "", "is not the address of a server"),
        ("http://example.org", "secret", "expected an address with https"),
        ("http://127.0.0.1:1", "", "did not answer as expected"),
    ],
)
def test_a_wrong_address_is_told(file: Path, address: str, token: str, told: str) -> None:
    done = run(write(file, ""), "--to", address, token=token)
    assert done.exit_code == 2
    assert told in done.output
    assert "secret" not in done.output


ANSWERS = {
    "moved": (301, {"Location": "https://new.example.org/contributions"}, b"", "has moved to https://new"),
    "a page": (404, {"Content-Type": "text/html"}, b"<h1>Not here</h1>", "is it the right server?"),
    "a list": (500, {}, b"[1]", "is it the right server?"),
    "too many": (429, {"Retry-After": "60"}, b'{"detail": "Too many."}', "Try again after 60 seconds."),
    "without end": (200, {}, b"{" + b" " * 20_000_001, "more than 20,000,000 bytes"),
}


@pytest.mark.parametrize("name", list(ANSWERS))
def test_an_answer_that_is_none_is_told(file: Path, name: str) -> None:
    status, headers, body, told = ANSWERS[name]

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for each in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(*each)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as other:
        thread = threading.Thread(target=other.handle_request)
        thread.start()
        done = run(write(file, ""), "--to", f"http://127.0.0.1:{other.server_port}")
        thread.join()
    assert done.exit_code == 2
    assert told in done.output
