"""Quantiles of the normal distribution, against those of the standard library."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from longflow.simulator.normal import normal_quantiles


def test_quantiles_from_one_tail_to_the_other() -> None:
    tails = [1e-300, 1e-30, 1e-12, 1 - 1e-12]
    probability = np.concatenate([(np.arange(999) + 0.5) / 999, tails])
    expected = [NormalDist().inv_cdf(one) for one in probability.tolist()]
    assert normal_quantiles(probability).tolist() == pytest.approx(expected, rel=1e-14, abs=1e-15)
