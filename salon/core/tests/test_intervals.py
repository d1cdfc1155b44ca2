from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from salon.core.intervals import intersect, merge, subtract

intervals = st.lists(st.tuples(st.integers(-20, 40), st.integers(-20, 40)), max_size=8)


def minutes(some: list[tuple[int, int]]) -> set[int]:
    return {minute for start, end in some for minute in range(start, end)}


def assert_tidy(some: list[tuple[int, int]]) -> None:
    assert all(start < end for start, end in some)
    assert all(left[1] < right[0] for left, right in pairwise(some))


@given(intervals)
def test_merge_keeps_every_minute_once(some):
    assert minutes(merge(some)) == minutes(some)
    assert_tidy(merge(some))
    assert merge(merge(some)) == merge(some)


@given(intervals, intervals)
def test_subtract_and_intersect_split_the_base(base, other):
    left, common = subtract(base, other), intersect(base, other)
    assert minutes(left) == minutes(base) - minutes(other)
    assert minutes(common) == minutes(base) & minutes(other)
    assert_tidy(left)
    assert_tidy(common)
    assert merge(left + common) == merge(base)


def test_touching_intervals_are_one():
    assert merge([(12, 17), (9, 12)]) == [(9, 17)]


def test_a_hole_may_reach_over_several_intervals():
    assert subtract([(9, 12), (13, 17)], [(11, 14), (16, 16)]) == [(9, 11), (14, 17)]


def test_nothing_in_nothing_out():
    assert merge([]) == subtract([], [(1, 2)]) == intersect([(1, 2)], []) == []
