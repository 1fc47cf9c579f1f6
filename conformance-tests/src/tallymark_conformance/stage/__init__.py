"""What a scenario plays on: an SDK between calls and a collector, or a server before requests."""
