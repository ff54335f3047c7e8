"""Migrations of our own database."""
