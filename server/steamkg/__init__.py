"""steamkg: a knowledge graph of the STEAM-education ecosystem and its SPARQL endpoint."""

__version__ = "0.1.0"
"""The version of the package; a test holds it against ``pyproject.toml``."""
