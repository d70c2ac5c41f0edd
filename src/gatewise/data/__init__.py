"""The user's data: read, understood, split and prepared."""
