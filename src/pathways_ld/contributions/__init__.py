"""Contributions: submitted by anybody, reviewed by people, published as changes with their provenance."""
