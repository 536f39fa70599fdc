"""People of the cast who act by script, and recordings of people who acted by themselves."""
