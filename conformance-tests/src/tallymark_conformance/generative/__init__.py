"""Sequences nobody thought of: calls × faults × crashes × clock, drawn and shrunk by Hypothesis."""
