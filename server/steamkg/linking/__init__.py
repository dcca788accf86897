"""Finding in the graph what the names in somebody's list mean; a person decides.

``spelling`` knows how names are written, ``matching`` compares two of them, ``catalogue`` holds the
names of the graph and finds candidates, ``tables`` reads and writes lists, ``review`` is the sheet
that a person fills in, and ``links`` turns what was accepted into Turtle.
"""
