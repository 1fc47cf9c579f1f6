"""The HTTP surface: one table of routes, each with the permission it needs."""
