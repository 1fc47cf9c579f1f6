"""The fault proxy: it stands between an SDK and a collector and breaks what it is told to."""
