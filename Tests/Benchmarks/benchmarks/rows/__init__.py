"""The rows of the table: which names are measured by which function, in this order.

A function takes the settings and those of its names that are asked for, and returns outcomes, one
for each bar. When it raises, its rows have missed their bars.
"""

from . import (
    correctness,
    entries,
    finished,
    held,
    journal,
    latency,
    loops,
    memory,
    organizations,
    questions,
    secure,
    start,
    tasks,
    throughput,
    webhooks,
)

GROUPS = [
    (throughput.NAMES, throughput.measure),
    (questions.NAMES, questions.measure),
    (["loops"], loops.measure),
    (["latency"], latency.half_load),
    (["simulated"], latency.simulated),
    (["ready"], start.ready),
    (["idle"], start.idle),
    (["size"], start.size),
    (["held"], held.measure),
    (["tls"], secure.throughput),
    (["handshakes"], secure.full_handshakes),
    (["idle-tls"], secure.idle),
    (["tasks"], tasks.measure),
    (["webhooks"], webhooks.measure),
    (["journal"], journal.measure),
    (["finished"], finished.measure),
    (["entries"], entries.measure),
    (["organizations"], organizations.measure),
    (["exact"], correctness.measure),
    (["flat"], memory.measure),
]
NAMES = [name for names, _ in GROUPS for name in names]
