"""zicha (自查): continuous self-inspection, from sealed evidence to filings."""

__version__ = "0.1.0"
