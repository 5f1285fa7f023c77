"""`python -m codedark` is `codedark`."""

from codedark.cli.main import run

run()
