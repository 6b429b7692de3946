"""The error that the simulator reports to its user."""

from __future__ import annotations


class SimulatorError(Exception):
    """Something a user can fix; its text is one line with place and remedy."""
