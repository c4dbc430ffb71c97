"""Measurements against named peers, in the same run: make bench [ONLY=import|queue|evaluate]."""
