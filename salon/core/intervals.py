"""Half-open integer intervals `(start, end)`: the algebra under hours and availability.

Every function takes intervals in any order, overlapping or empty, and returns a list that is sorted, disjoint
and free of empty intervals. Intervals that touch are one: [9, 12) and [12, 17) are [9, 17).
"""

from __future__ import annotations

from collections.abc import Iterable

Interval = tuple[int, int]


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The union of `intervals`."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def subtract(base: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """What is left of `base` when every minute of `taken` is gone."""
    holes = merge(taken)
    left: list[Interval] = []
    first = 0  # holes before this one end before the current interval starts
    for start, end in merge(base):
        while first < len(holes) and holes[first][1] <= start:
            first += 1
        cursor = start
        for hole_start, hole_end in holes[first:]:
            if hole_start >= end:
                break
            if hole_start > cursor:
                left.append((cursor, hole_start))
            cursor = hole_end
        if cursor < end:
            left.append((cursor, end))
    return left


def intersect(a: Iterable[Interval], b: Iterable[Interval]) -> list[Interval]:
    """The minutes that lie in both `a` and `b`."""
    mine, theirs = merge(a), merge(b)
    common: list[Interval] = []
    i = j = 0
    while i < len(mine) and j < len(theirs):
        start, end = max(mine[i][0], theirs[j][0]), min(mine[i][1], theirs[j][1])
        if start < end:
            common.append((start, end))
        if mine[i][1] < theirs[j][1]:
            i += 1
        else:
            j += 1
    return common
