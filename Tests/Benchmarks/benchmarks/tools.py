"""The programs that put load on a server: Debian's wrk, and three of our own in C."""

import json
import re
import subprocess

from .places import BUILD, HERE

# Asks one question, or a new one each time, and prints what was counted as one JSON object.
WRK_SCRIPT = """
local before, after = [[%s]], [[%s]]
wrk.method = "%s"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %s"
if after == "" then
  wrk.body = before
else
  -- The bytes of a request are made once, with the number's digits left out.
  local head, tail, number = nil, nil, %d
  init = function()
    local text = wrk.format(nil, nil, nil, before .. "00000000" .. after)
    local place = text:find("00000000" .. after, 1, true)
    head, tail = text:sub(1, place - 1), after
  end
  request = function()
    number = number + 1
    return head .. string.format("%%08d", number) .. tail
  end
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\n{"requests":%%d,"microseconds":%%d,"statuses":%%d,"sockets":%%d}\\n',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout))
end
"""
CONNECTIONS = 64
# Loaded into a program, it makes it believe that there are three processors.
PROCESSORS = BUILD / "processors.so"


def build():
    """Compiles ours: a second, each time."""
    for name in ("load", "hold", "start"):
        sources = [HERE / "tools" / f"{name}.c", HERE / "tools" / "http.c"]
        flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", BUILD / name]
        subprocess.run(["cc", *flags, *sources], check=True)
    source = HERE / "tools" / "processors.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-o", PROCESSORS, source], check=True)


class Wrk:
    """One thread and 64 connections that ask as fast as they are answered: one question, or, where
    the body has `{:08d}`, a new one each time, numbered from `first` on."""

    def __init__(self, folder, body, key, method="POST", first=0):
        self.script = folder / f"wrk-{first}.lua"
        before, _, after = body.partition("{:08d}")
        self.script.write_text(WRK_SCRIPT % (before, after, method, key, first))

    def run(self, url, seconds):
        """What was counted; the rate is in requests a second."""
        return self.started(url, seconds)()

    def started(self, url, seconds):
        """Begins to ask; what is returned waits for the end, and says what was counted."""
        # A slow answer is none that failed; wrk would say so after 2 s.
        load = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s"]
        command = ["wrk", *load, "-s", str(self.script), url]
        pipe = subprocess.PIPE
        running = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)

        def ended():
            output, errors = running.communicate(timeout=seconds + 30)
            if running.returncode != 0:
                raise RuntimeError(f"wrk: {errors.strip() or output.strip()}")
            counted = json.loads(output.strip().splitlines()[-1])
            return counted | {"rate": counted["requests"] / (counted["microseconds"] / 1e6)}

        return ended


def paced(port, request, rate, seconds, connections=CONNECTIONS, expected=0):
    """Requests at a constant rate: percentiles of the distance from a latency, in microseconds.

    And `late`, by how much the generator itself was late, also at p99.
    """
    command = [BUILD / "load", port, request, rate, seconds, connections, expected]
    return json.loads(_output(command, seconds + 30))


def handshakes(port, seconds, clients=3):
    """How many full handshakes so many of OpenSSL's clients make, each one after the other."""
    command = ["openssl", "s_time", "-new", "-time", str(seconds), "-connect", f"127.0.0.1:{port}"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(clients)]
    shown = [each.communicate(timeout=seconds + 60)[0] for each in running]
    if any(each.returncode for each in running):
        raise RuntimeError(f"openssl s_time: {shown}")
    return sum(int(re.search(r"(\d+) connections in \d+ real seconds", each)[1]) for each in shown)


def started(port, command):
    """Milliseconds until a server takes a connection, and until it has answered that it's ready."""
    return json.loads(_output([BUILD / "start", "listening", port, *command], 90))


def ended(command):
    """Milliseconds that a command takes to its end."""
    return json.loads(_output([BUILD / "start", "exit", *command], 90))["exited"]


def _output(command, timeout):
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
