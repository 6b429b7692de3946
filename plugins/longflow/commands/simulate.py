"""`longflow simulate`: a provider's dumps; the simulator brings the command itself."""

from longflow.simulator.command import add_arguments, run

__all__ = ["add_arguments", "run"]
