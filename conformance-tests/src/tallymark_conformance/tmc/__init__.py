"""TMC/1: how the suite talks to an SDK under test, through an adapter process."""
