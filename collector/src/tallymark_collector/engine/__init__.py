"""Engines: ways to answer the plans that the plain evaluator defines, and the choice among them."""
