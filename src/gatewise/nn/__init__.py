"""The layers, with torch's constructor, call and state-dict names."""
