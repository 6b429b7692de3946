"""How many lines the provider has and how much they use, from June 2019 to June 2024.

Modelled on the figures of a provider's published report: means and modes of the daily volume,
yearly growth, ratios to January 2020 and the share of IPoE. What the report leaves open is chosen
so that these agree: PPPoE traffic flat since 2020, IPoE carrying the growth, the largest step from
2019 to 2020.

A population of daily volumes has two hills over log10(bytes): most lines on the main hill,
light users on a lower one. Centre and width of the main hill were fitted so that mean and mode
of the mixture are the published ones; broadband has some heavy users in addition, who account for
nearly half of its uploads.
"""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np

ANCHORS = tuple(
    date.fromisoformat(text)
    for text in (
        "2019-06-06",
        "2020-01-15",
        "2020-06-04",
        "2021-06-03",
        "2022-06-02",
        "2023-06-01",
        "2024-06-06",
    )
)

# Lines as shares of those of June 2024.
PPPOE_LINES = (1.392, 1.383, 1.360, 1.247, 1.150, 1.015, 1.000)
IPOE_LINES = (0.367, 0.377, 0.403, 0.525, 0.642, 0.865, 1.000)
MOBILE_NUMBERS = (0.800, 0.815, 0.820, 0.830, 0.842, 0.970, 1.000)

# Consumers' mean volume a day in MB, and centre (log10 of MB) and width (decades) of the main hill.
BROADBAND_OUT = (
    (3250.0, 3530.0, 4150.0, 4500.0, 4850.0, 5456.0, 5743.0),
    (3.402, 3.446, 3.533, 3.606, 3.681, 3.732, 3.773),
    (0.485, 0.476, 0.455, 0.406, 0.338, 0.339, 0.304),
)
BROADBAND_IN = (
    (566.0, 595.0, 680.0, 720.0, 755.0, 804.0, 834.0),
    (2.304, 2.345, 2.401, 2.444, 2.488, 2.523, 2.534),
    (0.625, 0.600, 0.603, 0.578, 0.543, 0.531, 0.539),
)
MOBILE_OUT = (
    (84.9, 87.9, 79.4, 85.9, 113.7, 129.2, 150.4),
    (1.967, 1.960, 1.901, 1.943, 2.054, 2.107, 2.165),
    (0.369, 0.398, 0.417, 0.407, 0.420, 0.424, 0.432),
)
MOBILE_IN = (
    (11.2, 11.0, 10.4, 9.9, 12.8, 14.1, 16.3),
    (1.008, 0.972, 0.934, 0.955, 1.061, 1.108, 1.195),
    (0.422, 0.457, 0.472, 0.421, 0.428, 0.422, 0.389),
)

# Mean of an IPoE line relative to the mean of a PPPoE line.
IPOE_OUT_RATIO = (0.923, 0.923, 0.923, 0.923, 0.923, 0.923, 0.923)
IPOE_IN_RATIO = (1.050, 1.055, 1.065, 1.018, 0.923, 0.850, 0.754)

# Mean of a business line relative to the mean of a consumer's.
BROADBAND_BUSINESS_OUT = (1.3, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3)
BROADBAND_BUSINESS_IN = (2.6, 2.6, 2.6, 2.6, 2.6, 2.5, 3.0)
MOBILE_BUSINESS_OUT = (1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2)
MOBILE_BUSINESS_IN = (7.9, 8.2, 8.5, 9.1, 9.75, 9.75, 11.5)

IPV6_SHARE = {
    "broadband": (0.20, 0.22, 0.24, 0.28, 0.32, 0.36, 0.40),
    "mobile": (0.25, 0.28, 0.30, 0.35, 0.40, 0.45, 0.50),
}


@dataclasses.dataclass(frozen=True)
class Shape:
    """The constant part of a population's two hills over the years.

    Attributes:
        light_share: Share of the lines on the lower hill.
        light_below: How far its centre lies below the main hill's, in decades.
        light_width: Its width in decades.
        heavy_share: Share of the lines that use far more than all others.
        heavy_above: How far their centre lies above the main hill's, in decades.
        heavy_width: The width of theirs in decades.
    """

    light_share: float
    light_below: float
    light_width: float
    heavy_share: float = 0.0
    heavy_above: float = 0.0
    heavy_width: float = 0.0


BROADBAND_OUT_SHAPE = Shape(0.45, 1.10, 0.70, 0.01, 1.10, 0.25)
BROADBAND_IN_SHAPE = Shape(0.42, 1.00, 0.60, 0.01, 1.90, 0.35)
MOBILE_OUT_SHAPE = Shape(0.46, 0.90, 0.58)
MOBILE_IN_SHAPE = Shape(0.46, 1.03, 0.80)


@dataclasses.dataclass(frozen=True)
class Hill:
    """A population of one direction at one time: the shape, its place and its mean.

    Attributes:
        mean_bytes: Consumers' mean volume a day.
        centre: Centre of the main hill, log10 of bytes a day.
        width: Width of the main hill in decades.
        shape: The rest of the mixture.
        business: Mean of a business line relative to the consumers' mean.
    """

    mean_bytes: float
    centre: float
    width: float
    shape: Shape
    business: float


@dataclasses.dataclass(frozen=True)
class Level:
    """One kind of line at one time: how many of June 2024's, and what they use."""

    lines: float
    outgoing: Hill
    incoming: Hill


def level(service: str, access: str, day: date) -> Level:
    """The level of `("broadband", "pppoe")`, `("broadband", "ipoe")` or `("mobile", "")`.

    Between the anchors, means and numbers of lines grow by the same share each day; before the
    first and after the last they are constant.
    """
    if service == "mobile":
        return Level(
            _growing(MOBILE_NUMBERS, day),
            _hill(MOBILE_OUT, MOBILE_OUT_SHAPE, MOBILE_BUSINESS_OUT, 1.0, day),
            _hill(MOBILE_IN, MOBILE_IN_SHAPE, MOBILE_BUSINESS_IN, 1.0, day),
        )
    pppoe_lines = _growing(PPPOE_LINES, day)
    ipoe_lines = _growing(IPOE_LINES, day)

    def factor(ratios: tuple[float, ...]) -> float:
        """A line of this access relative to the mean of all broadband lines."""
        ratio = _growing(ratios, day)
        pppoe = (pppoe_lines + ipoe_lines) / (pppoe_lines + ratio * ipoe_lines)
        return pppoe * ratio if access == "ipoe" else pppoe

    return Level(
        ipoe_lines if access == "ipoe" else pppoe_lines,
        _hill(
            BROADBAND_OUT, BROADBAND_OUT_SHAPE, BROADBAND_BUSINESS_OUT, factor(IPOE_OUT_RATIO), day
        ),
        _hill(BROADBAND_IN, BROADBAND_IN_SHAPE, BROADBAND_BUSINESS_IN, factor(IPOE_IN_RATIO), day),
    )


def ipv6_share(service: str, day: date) -> float:
    """The share of a service's flows that use IPv6."""
    return _growing(IPV6_SHARE[service], day)


def _hill(
    figures: tuple[tuple[float, ...], ...],
    shape: Shape,
    business: tuple[float, ...],
    factor: float,
    day: date,
) -> Hill:
    mean_mb, centre, width = figures
    return Hill(
        mean_bytes=_growing(mean_mb, day) * factor * 1e6,
        centre=_linear(centre, day) + float(np.log10(factor)) + 6.0,
        width=_linear(width, day),
        shape=shape,
        business=_growing(business, day),
    )


def _linear(values: tuple[float, ...], day: date) -> float:
    ordinals = [anchor.toordinal() for anchor in ANCHORS]
    return float(np.interp(day.toordinal(), ordinals, values))


def _growing(values: tuple[float, ...], day: date) -> float:
    return float(np.exp(_linear(tuple(float(np.log(value)) for value in values), day)))
