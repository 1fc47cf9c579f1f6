"""Scenarios: their header, their two forms (YAML and Python), and the stage they play on."""
