"""What is asked of an AWS account, one kind of evidence a file."""
