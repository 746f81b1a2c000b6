"""Shapes of terms for other systems: contexts, snippets, modules, reconciliation, JSKOS, Skosmos.

Nothing here knows of HTTP; :mod:`pathways_ld.web` sends what is made here.
"""
