"""Build, name and compare snapshots."""

from pathways_ld.releases.build import BuildReport, build
from pathways_ld.releases.changes import Author, Maintenance, Published
from pathways_ld.releases.comparing import compare_with_published
from pathways_ld.releases.contexts import ContextVersions, examine_context, write_context
from pathways_ld.releases.publish import PublishReport, publish
from pathways_ld.releases.sources import SourceFile, Sources, collect, read_sources
from pathways_ld.releases.verify import MUST_FIX, check_sources, format_sources, own_sources

__all__ = [
    "MUST_FIX",
    "Author",
    "BuildReport",
    "ContextVersions",
    "Maintenance",
    "PublishReport",
    "Published",
    "SourceFile",
    "Sources",
    "build",
    "check_sources",
    "collect",
    "compare_with_published",
    "examine_context",
    "format_sources",
    "own_sources",
    "publish",
    "read_sources",
    "write_context",
]
