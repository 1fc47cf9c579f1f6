"""The scenarios that are shipped: YAML files, and Python modules for what YAML cannot say."""
