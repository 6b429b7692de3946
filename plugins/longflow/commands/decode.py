"""`longflow decode`: flows of nfcapd files as columns; the reader itself provides the command."""

from longflow.staging.nfcapd.decode import add_arguments, run

__all__ = ["add_arguments", "run"]
