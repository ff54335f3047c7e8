"""What is asked of folders of CloudTrail files; one file per kind of evidence."""
