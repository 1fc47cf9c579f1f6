"""Vectors whose expected values come from computations independent of the shipped functions.

`python -m vectors` (run in `sdk-protocol/`) writes `spec/vectors/*.json`; `--check` compares.
"""
