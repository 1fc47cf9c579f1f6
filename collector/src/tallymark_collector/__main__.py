"""`python -m tallymark_collector` is `tallymark`."""

from tallymark_collector.cli import main

if __name__ == "__main__":
    main()
