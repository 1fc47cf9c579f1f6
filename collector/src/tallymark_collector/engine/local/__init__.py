"""Kernels over the columns of segments: the numbers of the plain evaluator, by arrays."""
