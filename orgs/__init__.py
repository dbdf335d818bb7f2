"""The Organizations service; runs without the console."""
