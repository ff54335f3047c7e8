"""What registers of attestations hold."""
