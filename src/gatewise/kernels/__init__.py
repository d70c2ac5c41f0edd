"""The native kernels in PyTorch: which path a call takes, eager passes, registered operators."""
