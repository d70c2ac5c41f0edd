"""A model's inside as named NumPy arrays: gates and states at every step, and what they say. Nothing is drawn here."""

from gatewise.explain.inside import Gates as Gates
from gatewise.explain.trace import gates as gates

__all__ = ["Gates", "gates"]
