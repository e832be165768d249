"""Plays a sequence of steps against a double and the model, and compares the two after each."""

from administration import Administration
from comparison import Comparison
from judge import Difference
from lookups import Lookups
from questions import Questions
from tasks import Tasks


class Player(Lookups, Questions, Tasks, Administration, Comparison):
    """Each step names the method that plays it."""

    def play(self, steps, log=None):
        try:
            for number, step in enumerate(steps):
                if log is not None:
                    log.append(number)
                try:
                    getattr(self, step["do"])(**{k: v for k, v in step.items() if k != "do"})
                    self.compare()
                except Difference as error:
                    raise Difference(f"step {number}, {step}: {error}") from None
        finally:
            self.close()
