"""The commands of the suite, one file each: its arguments and what it does with them."""
