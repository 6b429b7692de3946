"""Check a release again: every file of it is what its snapshot, settings and code give.

The edition is compiled once more from the recorded snapshot by the code at hand, all files of the
release are made anew from it and compared; then the figures are worked out by a second way that
shares nothing with the first. Whoever changes a file and its checksum as well is found by that.
"""

from longflow.release.verification.found import Verified
from longflow.release.verification.verify import verify

__all__ = ["Verified", "verify"]
