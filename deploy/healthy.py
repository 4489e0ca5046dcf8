"""HEALTHCHECK of the images: exit 0 where the server of this container answers on PORT, or the port that is named."""

import os
import sys
from urllib.request import urlopen

port = os.environ.get("PORT") or sys.argv[1]
try:
    with urlopen(f"http://127.0.0.1:{port}/health", timeout=4) as answer:
        sys.exit(answer.status != 200)
except OSError as error:
    sys.exit(f"port {port}: {error}")
