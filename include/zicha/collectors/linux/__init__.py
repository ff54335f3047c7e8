"""What is asked of Linux hosts; one file per kind of evidence."""
