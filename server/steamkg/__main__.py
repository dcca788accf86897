"""``python -m steamkg`` is the same as the ``steamkg`` command."""

from steamkg.cli import main

if __name__ == "__main__":
    main()
