"""The tracking plan: what a project's events should look like, as a file that lives in git."""
