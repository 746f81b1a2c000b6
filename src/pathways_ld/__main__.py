"""Run the command line with ``python -m pathways_ld``."""

from pathways_ld.cli import main

if __name__ == "__main__":
    main()
