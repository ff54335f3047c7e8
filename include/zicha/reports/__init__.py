"""What leaves the house: the same facts as a document, a workbook, a PDF and a page."""
