"""Where a guest finds what is its own. A jail without a file system of its own names other places than the usual ones.

Read once, before anything untrusted runs: what a guest does to its environment changes nothing here.
"""

import os

# No pathlib here: it is the guest's to break.
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120  # see above
GUEST = os.path.dirname(PACKAGE)  # noqa: PTH120  # likewise
LIBRARY = os.path.join(os.path.dirname(GUEST), "lib")  # noqa: PTH118, PTH120  # likewise
JOB = os.environ.pop("AITESTGEN_JOB", "/job")
TMP = os.environ.get("TMPDIR", "/tmp")  # noqa: S108  # the jail's own
