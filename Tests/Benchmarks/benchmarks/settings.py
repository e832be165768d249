"""How much is measured, and of what."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Settings:
    binary: Path
    folder: Path
    """Empty at first, on the disk; gone afterwards."""
    rounds: int
    seconds: int
    minutes: int

    def alternating(self, contenders):
        """Each round's contenders: there and back, so that none always comes after the same."""
        for number in range(self.rounds):
            yield contenders if number % 2 == 0 else contenders[::-1]


def ratio(ones, others):
    """The median of what each round's two figures make."""
    return median(one / other for one, other in zip(ones, others, strict=True))
