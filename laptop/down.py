"""`make down`: stop what `make up` or `make run` left running, in order, also after their own violent end."""

from __future__ import annotations

import sys

from laptop.stack import Stack

if __name__ == "__main__":
    ran = Stack().stop()
    print(f"stopped: {', '.join(ran)}" if ran else "nothing was running")
    sys.exit(0)
