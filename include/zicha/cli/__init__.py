"""The command line: the same use cases as the tasks, for a person or a script."""
