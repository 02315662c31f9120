"""Exact graph rewrites that front ends and the planner both use, one a file.

Each takes a graph and returns a graph with the same outputs, bit for bit if they are integers, and says what it did.
"""
