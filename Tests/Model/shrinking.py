"""Makes a failing sequence as short as it goes."""


def shrink(steps, fails, attempts=400):
    """A part of the steps that still fails; `fails` says whether a sequence does."""
    size = max(1, len(steps) // 2)
    while size and attempts > 0:
        start, removed = 0, False
        while start < len(steps) and attempts > 0:
            shorter = steps[:start] + steps[start + size :]
            attempts -= 1
            if shorter and fails(shorter):
                steps, removed = shorter, True
            else:
                start += size
        if not removed:
            size //= 2
    return steps
