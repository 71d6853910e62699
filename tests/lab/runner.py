"""The command line as the laboratory runs it: started together, at an hour of its choosing.

`SWARM_LAB_AHEAD` sets the clock that many seconds ahead. `SWARM_LAB_GATE` makes
the process wait, when all is imported, until its standard input says go.
"""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module

from swarm import cli

NEW = ("claim", "renew", "release", "claims")


def main() -> None:
    ahead, real = int(os.environ.get("SWARM_LAB_AHEAD", "0")), time.time_ns
    time.time_ns = lambda: real() + ahead * 10**9
    cli.VERBS = (*cli.VERBS, *(verb for verb in NEW if verb not in cli.VERBS))  # type: ignore[assignment]
    if "SWARM_LAB_GATE" in os.environ:
        import_module("swarm.verbs.claim")  # what a race is not about is done before it
        print("ready", flush=True)
        sys.stdin.readline()
    cli.main()


if __name__ == "__main__":
    main()
