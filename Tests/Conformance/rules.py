"""Which test proves which rule: `@rule("id", …)`."""

from collections import defaultdict

JULY, OCTOBER = REVISIONS = ("2026-07", "2026-10")
CLAIMS = defaultdict(set)  # rule → revisions
PROOFS = defaultdict(list)  # rule → tests


def rule(*ids, only=None):
    """Names the rules that a test proves, in both revisions or in `only` one.

    The fixture `revision`, and with it `api`, runs the test in each revision that it claims.
    """
    revisions = (only,) if only else REVISIONS

    def claim(test):
        test.revisions = sorted({*getattr(test, "revisions", ()), *revisions})
        test.rules = [*getattr(test, "rules", ()), *ids]
        for each in ids:
            CLAIMS[each].update(revisions)
            PROOFS[each].append(f"{test.__module__}::{test.__name__}")
        return test

    return claim
