"""Fixtures of the hardening suite. The double as a process is the black-box suite's."""

import importlib.util
import sys
from pathlib import Path

BLACK_BOX = Path(__file__).resolve().parent.parent / "BlackBox"
sys.path.insert(1, str(BLACK_BOX))

spec = importlib.util.spec_from_file_location("black_box_conftest", BLACK_BOX / "conftest.py")
black_box = importlib.util.module_from_spec(spec)
spec.loader.exec_module(black_box)
pytest_sessionstart = black_box.pytest_sessionstart
double, fixture_file = black_box.double, black_box.fixture_file
