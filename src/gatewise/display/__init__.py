"""What results look like in Python: charts and HTML that need no network. Knows arrays and text alone."""
