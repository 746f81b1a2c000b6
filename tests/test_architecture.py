"""The rules of the house that import-linter does not look at."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import pathways_ld
from core_fixtures import ROOT

SOURCES = sorted((ROOT / "src" / "pathways_ld").rglob("*.py"))
NAMES = [str(path.relative_to(ROOT / "src")) for path in SOURCES]
MODULES = sorted(
    each.name
    for each in pkgutil.walk_packages(pathways_ld.__path__, "pathways_ld.")
    if not each.name.endswith("__main__")
)
PACKAGES = [name for name in MODULES if hasattr(importlib.import_module(name), "__path__")]

SPARQL = re.compile(
    r"(?:\b(?:SELECT|CONSTRUCT|DESCRIBE|ASK|WHERE|INSERT|DELETE)\b[^;]*\{.*[?$]\w)"
    r"|\b(?:INSERT|DELETE)\s+DATA\s*\{",
    re.DOTALL,
)
FORBIDDEN_MODULES = re.compile(r"(?:^|_)(?:utils?|helpers?|common|manager|handlers?|services?|misc)(?:_|$)")
FORBIDDEN_NAMES = re.compile(r"(?:^|_)(?:utils?|helpers?|manager)(?:_|$)")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def docstrings(module: ast.Module) -> set[int]:
    found = set()
    for node in ast.walk(module):
        if isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) and ast.get_docstring(node):
            found.add(id(node.body[0].value))  # type: ignore[attr-defined]
    return found


def texts(module: ast.Module) -> list[str]:
    """Give the texts a module holds, without its docstrings; f-strings with a name where a value goes."""
    known = docstrings(module)
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values]
            found.append("".join(parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in known:
            found.append(node.value)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_modules_are_short(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 400


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_sparql_stands_in_files_of_its_own(path: Path) -> None:
    assert [text for text in texts(tree(path)) if SPARQL.search(text)] == []


def test_the_look_for_sparql_finds_sparql() -> None:
    for text in (
        "SELECT * { ?s ?p ?o }",
        "ASK { ?s a <urn:x> }",
        "INSERT DATA { <a> <b> 1 }",
    ):
        assert SPARQL.search(text)
    for text in (
        "SELECT link FROM term WHERE kind = ?",
        "Say {what} where?",
        "SELECT is not an update",
    ):
        assert not SPARQL.search(text)


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_modules_and_functions_are_named_for_what_they_are(path: Path) -> None:
    assert not FORBIDDEN_MODULES.search(path.stem)
    names = [node.name for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    words = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in names]
    assert [name for name in words if FORBIDDEN_NAMES.search(name)] == []


def offered(path: Path) -> set[str]:
    """Give the public names of a package: what it defines, or what it takes from its modules to hand on."""
    body = tree(path).body
    defined = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    handed_on = {
        alias.asname or alias.name
        for node in body
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(f"pathways_ld.{path.parent.name}.")
        for alias in node.names
    }
    return {name for name in defined or handed_on if not name.startswith("_")}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_says_what_it_offers(name: str) -> None:
    package = importlib.import_module(name)
    assert package.__file__ is not None
    names = offered(Path(package.__file__))
    assert names <= set(getattr(package, "__all__", ())), f"{name} needs __all__ with {sorted(names)}"


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_says_it_has_is_there(name: str) -> None:
    module = importlib.import_module(name)
    said = getattr(module, "__all__", None)
    if said is not None:
        assert len(set(said)) == len(said)
        assert all(hasattr(module, each) for each in said)


def test_nobody_imports_what_another_package_keeps_to_itself() -> None:
    private = []
    for path, shown in zip(SOURCES, NAMES, strict=True):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pathways_ld"):
                private += [
                    f"{shown}:{node.lineno} {alias.name}"
                    for alias in node.names
                    if alias.name.startswith("_") and alias.name != "__version__"
                ]
    assert private == []


def test_what_another_package_offers_is_taken_from_its_front(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that a package hands on is imported from the package, not from the module behind it."""
    fronts: dict[str, ModuleType] = {name: importlib.import_module(name) for name in PACKAGES}
    behind = []
    for path, shown in zip(SOURCES, NAMES, strict=True):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            for name, package in fronts.items():
                if node.module.startswith(f"{name}.") and name.replace(".", "/") not in shown:
                    behind += [
                        f"{shown}:{node.lineno} {alias.name}"
                        for alias in node.names
                        if alias.name in getattr(package, "__all__", ())
                    ]
    assert behind == []


def test_importing_does_nothing_but_define() -> None:
    """No module opens files, sockets or processes when it is imported."""
    calls = re.compile(r"(?:open|read_text|read_bytes|connect|Popen|run|mkdir|urlopen|get)$")
    found = []
    for path, shown in zip(SOURCES, NAMES, strict=True):
        for node in tree(path).body:
            if isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign):
                found += [
                    f"{shown}:{call.lineno} {ast.unparse(call.func)}"
                    for call in ast.walk(node)
                    if isinstance(call, ast.Call) and calls.search(ast.unparse(call.func))
                ]
    assert found == []


def test_the_web_application_carries_no_libraries_for_checking() -> None:
    """They would cost each of its processes a third more memory; they are for the processes that check."""
    listed = subprocess.run(
        [sys.executable, "-c", "import sys, pathways_ld.web.application; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert "flask" in listed
    assert not {"rdflib", "pyshacl", "owlready2", "openpyxl"}.intersection(listed)
