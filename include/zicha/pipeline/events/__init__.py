"""Change notices as use cases: received, followed at once by a narrow run."""
