"""placeholder"""
from __future__ import annotations
def in_numbers(decider, relation, found): return None
def left_over(case): return None
def of_values(decider, relation, found): return None
