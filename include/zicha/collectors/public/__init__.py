"""What the public face shows to whoever looks."""
