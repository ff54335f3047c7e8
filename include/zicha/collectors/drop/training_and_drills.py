"""Trainings and drills, as delivered (`registers/training_and_drills.yaml`)."""

from __future__ import annotations

from zicha.collectors.drop.register_rows import register_rows

COLLECTOR = register_rows("training_and_drills")
