"""A disk that can lose its power, and system calls that can fail, around one real process."""
