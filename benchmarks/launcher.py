"""Run a command, its output thrown away, and print what it cost: python -I -S launcher.py COMMAND…

A process is never charged with less memory than the one that started it had.  This one is small, whatever measures.
"""

import json
import os
import subprocess
import sys
import time

start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
wall = time.perf_counter() - start
print(json.dumps([used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024]))
sys.exit(os.waitstatus_to_exitcode(status))
