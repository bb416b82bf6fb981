"""The maths as written: trees, names, numbers, readers and writers."""
