"""Faces for scikit-learn: a comparison, or one cell, behind ``fit`` and ``predict``."""
