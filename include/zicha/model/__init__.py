"""The words of the trade: plain types that every other package speaks, standard library only."""
