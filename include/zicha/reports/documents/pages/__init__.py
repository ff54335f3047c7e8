"""How a document is laid out: in one language first, then as pages, sheets or a web page."""
