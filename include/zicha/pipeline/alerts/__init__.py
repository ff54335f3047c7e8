"""Telling people: what is worth telling, the outbox, the channels, the buttons that answer."""
