"""Storage: runs, the evidence index, outcomes, findings and messages in our own database."""
