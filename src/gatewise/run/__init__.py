"""The run folder: what was asked, planned, trained and found. Read without torch."""
