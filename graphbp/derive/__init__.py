"""Why: derivations as steps."""
