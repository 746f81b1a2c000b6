"""Run the examples of a page of the documentation as its readers would.

A fenced block is run by its language, from top to bottom, in one folder:

- ``console``: lines that begin with ``$ `` are commands for bash; ``> `` (or a ``\\`` before) continues one. What is
  printed must be the lines that follow, where there are any.
- ``python``: a script that stands for itself; what it prints must be the ``text`` block that comes next, if one does.
- any language with a name behind it (```` ```csv courses.csv ````): a file that the others read.

``…`` in what is expected is anything. The address in the page, ``http://127.0.0.1:8000``, is replaced by the one of
the server under test, and back. Everything else is for reading only. In a test:

    def test_documented(server: str, tmp_path: Path) -> None:
        documented.check("docs/lookup.md", server, tmp_path)
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = "http://127.0.0.1:8000"
SECONDS = 60
_FENCE = re.compile(
    r"^(?P<fence>```+)(?P<language>[\w+-]*)[ ]*(?P<name>\S*)\n(?P<text>.*?)^(?P=fence)$", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is where its text begins, counted from 1."""

    language: str
    name: str
    text: str
    line: int


@dataclass(frozen=True)
class Example:
    """Something to run, and what it must print; None is anything."""

    command: str
    expected: str | None
    line: int
    is_python: bool = False


def blocks(text: str) -> list[Block]:
    """Give the fenced blocks of a page in Markdown."""
    return [
        Block(found["language"], found["name"], found["text"], text.count("\n", 0, found.start("text")) + 1)
        for found in _FENCE.finditer(text)
    ]


def examples(text: str) -> Iterator[Block | Example]:
    """Give what is to be run, and the files to be written before, in the order of the page."""
    found = [*blocks(text), Block("", "", "", 0)]
    for block, after in pairwise(found):
        if block.name:
            yield block
        elif block.language == "console":
            yield from _commands(block)
        elif block.language == "python":
            expected = after.text if after.language == "text" and not after.name else None
            yield Example(block.text, expected, block.line, is_python=True)


def _commands(block: Block) -> Iterator[Example]:
    command: list[str] = []
    printed: list[str] = []
    began = block.line
    for number, line in enumerate(block.text.splitlines(), block.line):
        if line.startswith("$ "):
            if command:
                yield Example("\n".join(command), "\n".join(printed) or None, began)
            command, printed, began = [line[2:]], [], number
        elif command and not printed and (line.startswith("> ") or line == ">"):
            command.append(line[2:])
        elif command and not printed and command[-1].endswith("\\"):
            command.append(line)
        else:
            assert command, f"line {number}: a console block begins with a command, '$ …'; this is {line!r}"
            printed.append(line)
    if command:
        yield Example("\n".join(command), "\n".join(printed) or None, began)


def check(page: str, address: str, folder: Path, **environment: str) -> int:
    """Run all examples of a page against the server at `address`; gives how many there were.

    `folder` is empty at first, and where the commands run; `environment` is added to theirs. One that fails does not
    keep the next from being run: all failures are told together.
    """
    path = ROOT / page
    failures, count = [], 0
    for example in examples(path.read_text(encoding="utf-8")):
        if isinstance(example, Block):
            (folder / example.name).write_text(example.text.replace(ADDRESS, address), encoding="utf-8")
            continue
        count += 1
        failure = _failure(example, address, folder, environment)
        if failure:
            failures.append(f"{path}:{example.line}: {failure}")
    assert count, f"{path} has no example to run: no ```console and no ```python block"
    assert not failures, "\n\n".join(["examples that do not do what the page says", *failures])
    return count


def _failure(example: Example, address: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Tell what went wrong; nothing where all is as expected."""
    code = example.command.replace(ADDRESS, address)
    arguments = [sys.executable, "-c", code] if example.is_python else ["bash", "-o", "pipefail", "-c", code]
    try:
        done = subprocess.run(
            arguments,
            cwd=folder,
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"was not done after {SECONDS} s\n{example.command}"
    printed = done.stdout.decode("utf-8", "replace").replace(address, ADDRESS)
    told = (
        f"\n{example.command}\n--- printed\n{printed}\n--- errors\n{done.stderr.decode('utf-8', 'replace')}"
    )
    if done.returncode:
        return f"ended with code {done.returncode}{told}"
    if example.expected is not None and not matches(example.expected, printed):
        return f"printed something else{told}\n--- expected\n{example.expected}"
    return ""


def _environment(added: Mapping[str, str]) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PATHWAYS_LD_")}
    beside = Path(sys.executable).parent  # pathways-ld is there
    return kept | {"PATH": f"{beside}{os.pathsep}{kept.get('PATH', os.defpath)}"} | dict(added)


def matches(expected: str, printed: str) -> bool:
    """Tell whether a text is the expected one, in which ``…`` is anything; spaces at the ends of lines do not count."""
    pattern = "(?s:.*?)".join(re.escape(part) for part in _tidy(expected).split("…"))
    return re.fullmatch(pattern, _tidy(printed)) is not None


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
