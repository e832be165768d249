"""What the figures were measured on."""

import os
import platform
import re
import subprocess
from pathlib import Path

from . import peers


def described(binary):
    lines = {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{_memory():.0f} GiB",
        "system": f"{_distribution()}, Linux {platform.release()}",
        "load before": ", ".join(f"{load:.1f}" for load in LOAD_BEFORE),
        "double": f"{_output(binary, '--version')} ({binary.stat().st_size / 2**20:.0f} MiB)",
        "peers": ", ".join(filter(None, _versions())),
    }
    width = max(map(len, lines)) + 2
    return "\n".join(f"{name + ':':{width}}{text}" for name, text in lines.items())


# Of the last 1, 5 and 15 minutes: whether somebody else was at work.
LOAD_BEFORE = os.getloadavg()


def _processor():
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _memory():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _distribution():
    return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")


def _versions():
    yield _matching(r"(nginx)/(\S+)", _output(peers.NGINX, "-v"))
    yield _matching(r"(wrk) (?:debian/)?(\S+)", _output("wrk", "-v"))
    yield f"python {platform.python_version()}"
    for peer in (peers.FastAPI, peers.MockLimit, peers.Hummingbird):
        yield peer.version()


def _matching(pattern, text):
    found = re.search(pattern, text)
    return f"{found[1]} {found[2]}" if found else None


def _output(*command):
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except OSError:
        return ""
    return (ended.stdout + ended.stderr).strip()
