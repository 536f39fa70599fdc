"""What handlers are made of: the registry, contexts, dialogs, arguments."""
