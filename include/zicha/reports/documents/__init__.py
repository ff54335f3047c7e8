"""What each document says: one module a form, from facts to sections."""
