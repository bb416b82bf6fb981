"""A person's gradient: read it, decide, name the mistake."""
