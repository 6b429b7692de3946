"""Validation: every feed of a week is judged by its contract before anything is loaded.

Importing this package is cheap. Great Expectations, which only this package uses, is imported when
a week is judged.
"""

from longflow.validation.judge import judge_week

__all__ = ["judge_week"]
