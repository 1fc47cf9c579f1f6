"""The demo: a collector of its own with two shops in it, one invented, one real."""
