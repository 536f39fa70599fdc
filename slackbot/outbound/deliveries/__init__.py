"""What goes out: each kind in a module of its own, and what they share. `kind` has the registry."""
