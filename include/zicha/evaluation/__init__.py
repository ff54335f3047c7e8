"""Evidence held against what is expected of it: outcomes, and what they add up to."""
