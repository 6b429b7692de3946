"""longflow: an internet provider's collector dumps, turned into printed long-term statistics."""

__version__ = "0.2.0"
