"""Career pathways as linked data, and the software that publishes any SKOS vocabulary."""

from importlib.metadata import version

__version__ = version("pathways-ld")
