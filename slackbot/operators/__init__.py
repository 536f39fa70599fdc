"""Pages for those who run Response: what waits, fails and was given up, and the switches."""
