"""The native kernels and their doors to PyTorch: which path a call takes, eager passes, registered operators."""
