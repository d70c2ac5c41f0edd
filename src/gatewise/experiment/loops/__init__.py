"""What takes the optimiser steps of a fit: PyTorch with autograd, or the kernels alone."""
