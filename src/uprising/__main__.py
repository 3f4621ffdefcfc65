"""`python -m uprising` is the command line."""

from uprising.cli import main

main()
