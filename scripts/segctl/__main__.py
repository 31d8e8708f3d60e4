"""`python -m segctl`."""

from segctl.cli import main

if __name__ == "__main__":
    main()
