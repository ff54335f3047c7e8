"""Inspections by an authority: a frozen scope, the papers asked for, the hand-over."""
