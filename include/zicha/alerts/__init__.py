"""What the security team hears after a run, and the channels it hears it through."""
