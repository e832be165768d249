"""The rows of the table: which names are measured by which function, in this order.

A function takes the settings and those of its names that are asked for, and returns outcomes.
"""

from . import correctness, entries, held, latency, memory, start, tasks, throughput

GROUPS = [
    (throughput.NAMES, throughput.measure),
    (latency.NAMES, latency.measure),
    (start.NAMES, start.measure),
    (held.NAMES, held.measure),
    (tasks.NAMES, tasks.measure),
    (entries.NAMES, entries.measure),
    (correctness.NAMES, correctness.measure),
    (memory.NAMES, memory.measure),
]
NAMES = [name for names, _ in GROUPS for name in names]
