"""Kinds of inbox rows: everything that one is, and what running it does, is in one class in one module."""
