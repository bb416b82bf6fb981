"""What went wrong: placeholder until mutations are in place."""
from __future__ import annotations
def diagnosed(decider, relation, found):
    return None
