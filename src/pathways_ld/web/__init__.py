"""The web application: term pages, listings, search, SPARQL, downloads."""

from pathways_ld.web.application import create_app

__all__ = ["create_app"]
