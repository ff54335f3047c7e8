"""What directories hold."""
