"""Programs that print their figures as JSON and as a table."""
