"""Runs one command and tells what it cost: wall and processor seconds, peak kilobytes, exit code.

A process of its own, as small as Python can be: a child inherits the peak
memory of whoever starts it, and a large parent would hide what is measured.
"""

import os
import sys
import time


def main() -> None:
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1)]
    started = time.perf_counter()
    child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
    _, status, used = os.wait4(child, 0)  # counts the processes that the child waited for
    wall = time.perf_counter() - started
    cpu = used.ru_utime + used.ru_stime
    print(wall, cpu, used.ru_maxrss, os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
