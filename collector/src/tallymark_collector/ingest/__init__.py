"""The write path: a request's bytes become verdicts, one commit, and an answer that settles."""
