"""Validation: every feed of a week is judged by its contract before anything is loaded.

Importing this package is cheap; Great Expectations is imported when a week is judged, and by this
package alone.
"""

from longflow.validation.judge import judge_week

__all__ = ["judge_week"]
