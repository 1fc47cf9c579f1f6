"""Reports: an answer's numbers, shaped and explained, one module each."""
