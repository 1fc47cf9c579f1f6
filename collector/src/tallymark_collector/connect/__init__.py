"""Data from elsewhere: files read as events, and sent so that nothing is stored twice."""
