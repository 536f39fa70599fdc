"""A plugin that ends or starves its process, every time, and one that poisons what the core handles."""
