"""Symbolic computation graphs: derive, draw and check backpropagation."""
