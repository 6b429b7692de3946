"""What the simulator tells its user."""

from __future__ import annotations


class SimulatorError(Exception):
    """Something a user can mend; its text is one line with place and remedy."""
