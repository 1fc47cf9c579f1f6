"""Differential fuzzing: the JSON Schema, the Python and the TypeScript validators must agree.

`python -m fuzz --count 1000000 --seed 1` (run in `sdk-protocol/`) is the soak.
"""
