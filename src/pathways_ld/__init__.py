"""Career pathways as linked data, and the software that publishes any SKOS vocabulary."""


def __getattr__(name: str) -> str:
    """Give ``__version__``; looked up late, since every SPARQL process would pay for it at its start."""
    if name == "__version__":
        from importlib.metadata import version

        return version("pathways-ld")
    raise AttributeError(name)
