"""`python -m aitestgen` is `aitestgen`."""

import sys

from aitestgen.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
