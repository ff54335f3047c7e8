"""What is asked of PostgreSQL servers; one file per kind of evidence."""
