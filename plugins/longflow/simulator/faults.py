"""The catalogue of faults that can be planted in a week, and the rule that must find each.

A fault damages what collectors deliver, never what is true: all truth beside `faults.json` stays
that of the undamaged week. How each is planted is in `flow_faults`, `file_faults`, `session_faults`
and `table_faults`.
"""

from __future__ import annotations

import dataclasses

from longflow.simulator.errors import SimulatorError

ALL = "all"
"""Requests every fault that can be combined with the others."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """A fault that can be requested.

    Attributes:
        rule: The rule that must find it.
        severity: The severity of that finding.
        alone: It damages so much that other faults could not be distinguished beside it, or needs
            an archive prepared for it; `all` leaves it out.
    """

    rule: str
    severity: str
    alone: bool = False


_FLOWS_COUNTERS, _USAGE_COUNTERS = "reconciliation.flows_counters", "reconciliation.usage_counters"

FAULTS = {
    "missing-slots": Fault("coverage.gap", "warning"),
    "missing-hour": Fault("coverage.hour_missing", "warning"),
    "sequence-gaps": Fault("coverage.sequence_failures", "warning"),
    "interval-changed": Fault("sampling.interval_changed", "warning"),
    "interval-zero": Fault("flows.sampling_interval_zero", "quarantine"),
    "interval-late": Fault("sampling.announced_late", "quarantine"),
    "unflagged-flows": Fault("sampling.unflagged", "quarantine"),
    "scaled-twice": Fault("sampling.scaled_twice", "critical", alone=True),
    "not-scaled": Fault("sampling.not_scaled", "critical", alone=True),
    "clock-1970": Fault("flows.clock_1970", "quarantine"),
    "clock-future": Fault("flows.clock_future", "quarantine"),
    "last-before-first": Fault("flows.time_order", "quarantine"),
    "outside-file": Fault("flows.outside_file_time", "quarantine"),
    "same-file-twice": Fault("doubles.same_file", "quarantine"),
    "same-records": Fault("flows.doubled_record", "quarantine"),
    "two-exporters": Fault("doubles.two_exporters", "warning"),
    "flows-under-counters-20": Fault(_FLOWS_COUNTERS, "warning"),
    "flows-under-counters-50": Fault(_FLOWS_COUNTERS, "critical"),
    "flows-over-counters-20": Fault(_FLOWS_COUNTERS, "warning"),
    "flows-over-counters-50": Fault(_FLOWS_COUNTERS, "critical"),
    "usage-under-counters-20": Fault(_USAGE_COUNTERS, "warning"),
    "usage-under-counters-50": Fault(_USAGE_COUNTERS, "critical"),
    "usage-over-counters-20": Fault(_USAGE_COUNTERS, "warning"),
    "usage-over-counters-50": Fault(_USAGE_COUNTERS, "critical"),
    "assignments-missing": Fault("attribution.unexplained", "warning"),
    "overlapping-sessions": Fault("sessions.overlapping", "warning"),
    "never-ending-sessions": Fault("sessions.never_ending", "warning"),
    "address-reuse": Fault("sessions.address_reused", "info"),
    "not-in-snapshot": Fault("attribution.not_in_snapshot", "warning"),
    "late-files": Fault("coverage.gap", "warning", alone=True),
    "doubled-charging": Fault("usage.doubled_record", "quarantine"),
    "counter-reset": Fault("counters.reset", "warning"),
    "cut-off-file": Fault("staging.broken_file", "quarantine"),
    "port-shift": Fault("past.port_share", "warning", alone=True),
    "rows-break": Fault("past.rows", "warning", alone=True),
    "bytes-break": Fault("past.bytes", "warning", alone=True),
    "subscribers-break": Fault("past.subscribers", "warning", alone=True),
}


def chosen(names: tuple[str, ...]) -> tuple[str, ...]:
    """The faults that names request, each once, in the order of the catalogue.

    Args:
        names: Names of the catalogue, or `all`.

    Raises:
        SimulatorError: A name is not in the catalogue.
    """
    for name in names:
        if name != ALL and name not in FAULTS:
            raise SimulatorError(
                f"fault: {name!r} is not known; known are {ALL}, {', '.join(FAULTS)}"
            )
    return tuple(
        name
        for name, fault in FAULTS.items()
        if name in names or (ALL in names and not fault.alone)
    )
