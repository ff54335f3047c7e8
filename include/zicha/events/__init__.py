"""Change notices: what a queue said, and which subject each one asks us to look at again."""
