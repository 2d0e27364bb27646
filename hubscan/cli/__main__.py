"""`python -m hubscan.cli` is the same as `hubscan`."""

from hubscan.cli import main

main()
