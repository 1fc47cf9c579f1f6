"""Write everything that follows from `spec/`: run `python -m generate` in this folder."""
