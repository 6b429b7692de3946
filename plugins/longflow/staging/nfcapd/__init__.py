"""Reader of the files that nfcapd, nfdump's collector, writes.

It stands alone: nothing here imports the rest of longflow, so that it can be published by itself.
Start with `open_flows`.
"""

from .errors import NfcapdError
from .model import Exporter, FlowBatch, Header, Sampler, Skipped, Statistics
from .reader import NfcapdReader, open_flows

__all__ = [
    "Exporter",
    "FlowBatch",
    "Header",
    "NfcapdError",
    "NfcapdReader",
    "Sampler",
    "Skipped",
    "Statistics",
    "open_flows",
]
