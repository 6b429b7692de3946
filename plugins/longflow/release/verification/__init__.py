"""Verify a release: every file must match its snapshot, settings and code.

The present code compiles the edition again from the recorded snapshot, makes all files of the
release again and compares them. Then a second way, which shares nothing with the first, recomputes
the figures. So a changed file is found even if its checksum was changed too.
"""

from longflow.release.verification.found import Verified
from longflow.release.verification.verify import verify

__all__ = ["Verified", "verify"]
