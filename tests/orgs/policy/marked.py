"""Texts with a mark where a fault is expected: `{"Version":¦5}`."""

MARK = "¦"


def unmarked(text):
    """Return the text without its mark, and the line and column of the mark."""
    before, mark, after = text.partition(MARK)
    assert mark, "the text has no mark"
    assert MARK not in after, "the text has two marks"
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return before + after, len(lines), len(lines[-1]) + 1


def found(faults):
    """Return what a test says of faults."""
    return [(fault.code, fault.wording, fault.path, fault.line, fault.column) for fault in faults]
