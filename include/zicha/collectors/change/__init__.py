"""What change notices said: evidence that came to us instead of being asked for."""
