"""The runner: which scenarios are played with which SDK or server, and what came of them."""
