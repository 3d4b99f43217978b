"""`python -m stackwright` is the command."""

from stackwright.cli.main import main

main()
