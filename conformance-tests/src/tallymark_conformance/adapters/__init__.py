"""Adapters that are shipped: our SDKs behind TMC/1, as programs that their TOML files start."""
