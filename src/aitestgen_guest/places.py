"""Where a guest finds what is its own. A jail without a file system of its own names other places than the usual ones.

Read once, before anything untrusted runs: what a guest does to its environment changes nothing here.
"""

import os

GUEST = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120  # pathlib is the guest's to break
LIBRARY = os.path.join(os.path.dirname(GUEST), "lib")  # noqa: PTH118, PTH120  # likewise
JOB = os.environ.pop("AITESTGEN_JOB", "/job")
TMP = os.environ.get("TMPDIR", "/tmp")  # noqa: S108  # the jail's own
