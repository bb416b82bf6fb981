"""placeholder"""
from __future__ import annotations
def repaired(decider, relation, found): return None
