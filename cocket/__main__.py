"""`python -m cocket`: the `cocket` command."""

from cocket.cli import main

main()
