#!/usr/bin/env python
"""Response's command line in a checkout; see response/command_line.py."""

from response.command_line import main

if __name__ == "__main__":
    main()
