"""Placeholder replaced by its builder."""
