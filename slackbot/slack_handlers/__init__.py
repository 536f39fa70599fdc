"""The built-in features, one file each, written with the same building blocks as any plugin.

Each module here is imported, in the order of their names, and registers what is in it. What is shown in an order
(buttons and lines of the headline) names it with `order=`.
"""

from importlib import import_module
from pkgutil import iter_modules

for _name in sorted(module.name for module in iter_modules(__path__)):
    import_module(f"{__name__}.{_name}")
