"""Reports from the records of runs: each is a pure function from the JSON that `run` writes."""
