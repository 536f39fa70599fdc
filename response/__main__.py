"""`python -m response`"""

from response.command_line import main

main()
