"""The rows' outcomes, and the table they are printed as."""

from dataclasses import dataclass
from operator import ge, le


@dataclass(frozen=True)
class Outcome:
    name: str
    what: str
    figure: str
    bar: str
    ratio: str
    passed: bool
    note: str = ""


def failed(name, why):
    """A row that couldn't be measured."""
    return Outcome(name, "not measured", "", "", "", False, why)


def told(name, what, figure, ratio, note=""):
    """A ratio that has no bar."""
    return Outcome(name, what, figure, "", f"{ratio:.2f}", True, note)


def at_least(name, what, figure, ratio, bar, note=""):
    """A ratio that is better when larger."""
    return _judged(name, what, figure, ratio, bar, "≥", ge, note)


def at_most(name, what, figure, ratio, bar, note=""):
    """A ratio that is better when smaller."""
    return _judged(name, what, figure, ratio, bar, "≤", le, note)


def _judged(name, what, figure, ratio, bar, sign, holds, note):
    return Outcome(name, what, figure, f"{sign} {bar:g} ×", f"{ratio:.2f}", holds(ratio, bar), note)


def within(name, what, value, bar, unit, note=""):
    """An amount that is to stay within a bar; the ratio says how much of it is used."""
    return Outcome(
        name, what, f"{value:.4g} {unit}", f"≤ {bar:g} {unit}", f"{value / bar:.2f}",
        value <= bar, note,
    )  # fmt: skip


HEAD = ("row", "what", "figure", "bar", "ratio", "", "note")


def rendered(outcomes):
    """A table in Markdown, its columns aligned."""
    rows = [HEAD, *map(_cells, outcomes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _cells(o):
    verdict = "MISSED" if not o.passed else "pass" if o.bar else ""
    return (o.name, o.what, o.figure, o.bar, o.ratio, verdict, o.note.replace("|", "/"))
