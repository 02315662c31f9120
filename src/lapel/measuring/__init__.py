"""What plans cost: kernel calls measured once and kept, budgets, and plans made by them."""

from lapel.measuring.plans import plan_for

__all__ = ["plan_for"]
