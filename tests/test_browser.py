"""Pages in a real browser: they render, and the console stays empty."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import SYNTHETIC_BASE, Vocabulary
from servers import running

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, _):
        yield address


@pytest.fixture(scope="module")
def synthetic_server(synthetic: Vocabulary) -> Iterator[str]:
    arguments = ("--snapshot", str(synthetic.folder), "--base", SYNTHETIC_BASE, "--workers", "1")
    with running(*arguments) as (address, _):
        yield address


def render(url: str, profile: Path) -> tuple[str, list[str]]:
    """Give the page as the browser has it, and what its console says."""
    assert CHROMIUM is not None
    finished = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}",
            "--enable-logging=stderr", "--v=0", "--dump-dom", url,
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip
    console = re.findall(r"CONSOLE[^\]]*\] (.*)", finished.stderr)
    return finished.stdout, console


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/", "Career Pathways Vocabulary"),
        ("/topic/career-pathways", "Career Pathways"),
        ("/sparql?query=ASK%7B%7D&format=html", "SPARQL"),
    ],
)
def test_pages_render_with_an_empty_console(server: str, tmp_path: Path, path: str, heading: str) -> None:
    page, console = render(server + path, tmp_path)
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found
    assert heading in found[1]
    assert console == []


def test_hostile_data_does_nothing_in_a_browser(synthetic_server: str, tmp_path: Path) -> None:
    page, console = render(f"{synthetic_server}/hostile", tmp_path)
    assert "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert console == []
