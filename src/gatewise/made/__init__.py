"""Data with a planted truth."""
