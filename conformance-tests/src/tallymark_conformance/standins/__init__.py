"""Small real servers and producers that stand in for the product while the judges are tested."""
