"""Two sessions held against each other, byte by byte, with the differences that are asked for."""

import difflib
import fnmatch
import itertools
import json
import re
from pathlib import Path

ALLOWED = Path(__file__).resolve().parent / "allowed-differences.json"
# So many differences are shown, each with so many lines at most.
SHOWN, LINES = 10, 40


class Allowed:
    """A difference that is asked for.

    `calls` is a pattern of calls' names (`*` stands for anything), `old` a regular expression,
    `new` what stands in its place now (with `\\1` for a group), and `reason` says what asked for
    it. Without `new`, what matches is left out on both sides."""

    def __init__(self, calls, old, reason, new=None):
        assert reason, "a reason"
        self.calls, self.old, self.new, self.reason = calls, re.compile(old, re.DOTALL), new, reason
        self.is_met = False

    @staticmethod
    def read():
        return [Allowed(**each) for each in json.loads(ALLOWED.read_text())]

    def apply(self, call, old, new):
        """Both answers as they are to be compared."""
        if not fnmatch.fnmatchcase(call, self.calls):
            return old, new
        changed = substituted(self.old, self.new or "", old)
        kept = new if self.new is not None else substituted(self.old, "", new)
        if (changed, kept) == (old, new):
            return old, new
        self.is_met = True
        return changed, kept


def substituted(pattern, replacement, answer):
    """The answer with its length as it then is."""
    before = answer.partition("\r\n\r\n")[2]
    answer = pattern.sub(replacement, answer)
    head, separator, after = answer.partition("\r\n\r\n")
    if before != after:
        grown = length_of(after) - length_of(before)
        head = re.sub(
            r"(?<=\r\nContent-Length: )\d+", lambda found: str(int(found[0]) + grown), head
        )
    return head + separator + after


def length_of(text):
    return len(text.encode("utf-8", "surrogateescape"))


def lines_of(answer):
    """An answer in lines that can be read: JSON is broken where a member begins."""
    broken = re.sub(r'([{\[,])(?=["{\[])', r"\1\n", answer.replace("\r\n", "\n"))
    return [ascii(line)[1:-1] for line in broken.split("\n")]


def difference(call, sent, old, new):
    """A difference as it is shown."""
    lines = list(difflib.unified_diff(lines_of(old), lines_of(new), "old", "new", n=2, lineterm=""))
    if not lines:
        lines = [f"old {old!r}"[:500], f"new {new!r}"[:500]]
    more = len(lines) - LINES
    lines = [line[:240] for line in lines[:LINES]] + ([f"… {more} more lines"] if more > 0 else [])
    request = (sent or "").split("\r\n\r\n")
    body = f" {request[1][:200]!r}" if len(request) > 1 and request[1] else ""
    return "\n".join([f"=== {call}{body}", *lines, ""])


def sections_of(records):
    """The records of each section, which goes its own way when its calls differ."""
    sections = {}
    for each in records:
        sections.setdefault(each["call"].partition("/")[0], []).append(each)
    return sections


def parting(old, new):
    """Two sessions that go different ways: what each does next."""
    lines = [f"{name} {each['call']}: {each['got'][-500:]!r}" if each else f"{name} ends"
             for name, each in (("old", old), ("new", new))]  # fmt: skip
    return "\n".join(["=== from here on the calls differ", *lines, ""])


def compare(old, new):
    """Prints what differs, or that nothing does.

    Returns: whether all is the same."""
    allowed = Allowed.read()
    different = []
    before, after = sections_of(old), sections_of(new)
    for section in before | after:
        pairs = itertools.zip_longest(before.get(section, []), after.get(section, []))
        for one, two in pairs:
            if one is None or two is None or one["call"] != two["call"]:
                different.append(parting(one, two))
                break
            found = one["got"], two["got"]
            for each in allowed:
                found = each.apply(one["call"], *found)
            if found[0] != found[1]:
                different.append(difference(one["call"], two["sent"], *found))
    for each in different[:SHOWN]:
        print(each)
    for each in allowed:
        state = "" if each.is_met else " (didn't occur)"
        print(f"allowed{state}: {each.calls}: {each.reason}")
    if different:
        more = f", the first {SHOWN} above" if len(different) > SHOWN else ""
        print(f"{len(new)} calls, {len(different)} different{more}")
    else:
        print(f"{len(new)} calls, all the same" + (" but for what is allowed" if allowed else ""))
    return not different
