"""The fault runs: real processes are broken, and the judges say whether a promise was."""
