"""What drops hold: a collector for each register, and one for the deliveries themselves."""
