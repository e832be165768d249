"""Where the program is."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from ._errors import ProgramNotFound

VARIABLE = "CLORO_MOCK_BINARY"


def packaged() -> Path:
    """Where a wheel has the program, whether or not this one has."""
    return Path(__file__).resolve().parent / "bin" / "cloro-mock"


def find(program: str | os.PathLike[str] | None = None) -> str:
    """The program's path: the one given, else what ``CLORO_MOCK_BINARY`` names, else the one inside
    this package, else the first in ``PATH``.

    :raises ProgramNotFound: when there is none.
    """
    chosen = program or os.environ.get(VARIABLE)
    if chosen:
        found = shutil.which(os.fspath(chosen))
        if found is None:
            origin = "the program given" if program else VARIABLE
            raise ProgramNotFound(f"{origin} is no program that can be run: {chosen}")
        return found
    if packaged().is_file():
        return str(packaged())
    # The script that pip makes for this package would call itself.
    folders = os.environ.get("PATH", "").split(os.pathsep)
    scripts = os.path.dirname(os.path.abspath(sys.executable))
    others = [folder for folder in folders if os.path.abspath(folder) != scripts]
    found = shutil.which("cloro-mock", path=os.pathsep.join(others))
    if found is None:
        raise ProgramNotFound(
            f"no cloro-mock program: {packaged()} isn't there, {VARIABLE} isn't set, and PATH has"
            " none. Install the wheel of this platform, or build the program and set"
            f" {VARIABLE} to its path."
        )
    return found
