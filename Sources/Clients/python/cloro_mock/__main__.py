"""The program ``cloro-mock``, and ``python -m cloro_mock``."""

import os
import sys

from ._errors import ProgramNotFound
from ._program import find


def main() -> None:
    """Becomes the program, with the arguments of this process."""
    try:
        program = find()
    except ProgramNotFound as error:
        sys.exit(f"cloro-mock: {error}")
    os.execv(program, ["cloro-mock", *sys.argv[1:]])


if __name__ == "__main__":
    main()
