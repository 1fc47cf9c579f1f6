"""Questions about events: what may be asked, what it means, and the evaluator that defines it."""
