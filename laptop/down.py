"""`make down`: stop the local_aws that `make run` left running."""

from __future__ import annotations

import sys

from laptop import endpoint

if __name__ == "__main__":
    print("local_aws is stopped" if endpoint.stop() else "local_aws was not running")
    sys.exit(0)
