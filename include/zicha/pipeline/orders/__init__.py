"""Orders to rectify: entered, proved item by item, answered."""
