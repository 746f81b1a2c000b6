"""Build, name and compare snapshots."""

from pathways_ld.releases.build import BuildReport, build
from pathways_ld.releases.sources import SourceFile, Sources, collect, read_sources
from pathways_ld.releases.verify import MUST_FIX, check_sources, format_sources, own_sources

__all__ = [
    "MUST_FIX",
    "BuildReport",
    "SourceFile",
    "Sources",
    "build",
    "check_sources",
    "collect",
    "format_sources",
    "own_sources",
    "read_sources",
]
