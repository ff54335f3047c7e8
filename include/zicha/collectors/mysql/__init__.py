"""What is asked of MySQL and MariaDB servers; one file per kind of evidence."""
