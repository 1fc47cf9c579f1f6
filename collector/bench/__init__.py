"""Reports compared with those of another engine."""
