"""The periodic risk report: the facts of a period gathered from what was kept."""
