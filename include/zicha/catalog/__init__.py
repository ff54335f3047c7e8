"""The catalogues and the user's files: what they say, read strictly and named in errors."""
