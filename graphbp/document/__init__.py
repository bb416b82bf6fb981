"""What to say: documents as data, and the composers that write them from derivations."""
