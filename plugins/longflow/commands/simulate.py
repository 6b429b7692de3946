"""`longflow simulate`: a provider's dumps; the simulator itself provides the command."""

from longflow.simulator.command import add_arguments, run

__all__ = ["add_arguments", "run"]
