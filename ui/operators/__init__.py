"""The operators' page: what is waiting, what fails, what failed permanently, and the switches."""
