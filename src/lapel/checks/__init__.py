"""Budgets in a file, and whether firmware keeps them: for a CI, and for whoever changes a model."""

from lapel.checks.budgets import Budget, read_budgets
from lapel.checks.run import check

__all__ = ["Budget", "check", "read_budgets"]
