"""Asks a double where there is no network: a script for a namespace of its own.

    unshare --map-root-user --net python offline.py PLAN

PLAN is a file that `test_recordings_offline.py` writes. What was answered goes to standard output
as JSON, with what the kernel has counted in this namespace meanwhile: the connections that the
script has not opened itself, datagrams, and attempts to reach an address that no route leads to.
"""

import fcntl
import json
import socket
import struct
import sys
from pathlib import Path

from async_support import finished, submit, task
from control_support import Background
from support import Double

UP_AND_RUNNING = 0x1 | 0x40
SET_FLAGS = 0x8914  # SIOCSIFFLAGS
OWN = {"connections": 0}


def count_own(event, arguments):
    """Counts the connections that this script opens."""
    if event == "socket.connect" and arguments[0].type == socket.SOCK_STREAM:
        OWN["connections"] += 1


def bring_up_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        fcntl.ioctl(one, SET_FLAGS, struct.pack("16sH14x", b"lo", UP_AND_RUNNING))


def counted():
    """What the kernel has counted in this namespace."""
    counts = {}
    lines = Path("/proc/net/snmp").read_text().splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        group = names.split(":")[0]
        counts |= {
            f"{group}{name}": int(value)
            for name, value in zip(names.split()[1:], values.split()[1:])
        }
    for line in Path("/proc/net/snmp6").read_text().splitlines():
        name, value = line.split()
        counts[name] = int(value)
    return {
        "connections": counts["TcpActiveOpens"] - OWN["connections"],
        "datagrams": counts["UdpOutDatagrams"] + counts.get("Udp6OutDatagrams", 0),
        "withoutRoute": counts["IpOutNoRoutes"] + counts.get("Ip6OutNoRoutes", 0),
    }


def shown(answer):
    return {"status": answer.status_code, "headers": dict(answer.headers), "text": answer.text}


def asked(one, key, item):
    """What a question is answered, or the end of a task."""
    if item["task"]:
        body = task(item["kind"], item["text"], payload=item["members"])
        return finished(one, key, submit(one, key, body))
    return shown(one.ask(key, item["provider"], item["text"], **item["members"]))


def at_once(one, plan):
    """Questions that are all under way before one more is asked: that one's answer is the last."""
    key = one.minted(holdSync=True, **plan["settings"])
    *items, last = plan["questions"]
    running = [Background(asked, one, key, item) for item in items]
    one.await_running(key, len(items))
    refused = asked(one, key, last)
    one.control("POST", "requests/release", status=200, key=key)
    answers = [*[each.result() for each in running], refused]
    return {"answers": answers, "charges": amounts(one, key)}


def one_by_one(one, plan):
    key = one.minted(**plan["settings"])
    answers = [asked(one, key, item) for item in plan["questions"]]
    return {"answers": answers, "charges": amounts(one, key)}


def amounts(one, key):
    """What the organization has paid, by its ledger."""
    entries = one.ledger(key, limit=1000)["entries"]
    return [-each["amount"] for each in entries if each["kind"] == "charge"]


def main(plan):
    bring_up_loopback()
    sys.addaudithook(count_own)
    one = Double(*plan["flags"], env=plan["environment"])
    scenes = [
        (at_once if scene["atOnce"] else one_by_one)(one, scene) for scene in plan["scenes"]
    ]
    made = {"scenes": scenes, "stderr": one.stderr, "exit": one.stop(), "counted": counted()}
    print(json.dumps(made))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
