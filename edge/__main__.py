"""`python -m edge` is `undertone`."""

from edge.commands.app import main

if __name__ == "__main__":
    main()
