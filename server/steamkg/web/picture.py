"""The ecosystem in one picture: centres, bodies, network, partner categories, the Alliance.

Places shapes and lines of words in a drawing, once for wide and once for narrow screens; how they
look is the style sheet's business, and what there is comes as `Actors` from the data. Units are
those of the drawing: about one CSS pixel.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from steamkg.web.naming import Text

_LETTER: Final = 7.6
"""The mean width of a letter of 14 px, on the safe side; Figtree's Lithuanian text has 7.2."""
_LINE: Final = 19
_PAD: Final = 14


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Someone in the picture."""

    href: str | None
    name: Text


@dataclass(frozen=True, kw_only=True)
class Category:
    """A top category with its numbers of partners."""

    href: str | None
    name: Text
    existing: int
    potential: int
    open_existing: bool = False
    """Whether the document leaves a list of them open."""
    open_potential: bool = False


@dataclass(frozen=True, kw_only=True)
class Actors:
    """What there is to draw."""

    network: Actor | None
    methodological: Sequence[Actor]
    regional: Sequence[Actor]
    established: Sequence[Actor]
    proposed: Sequence[Actor]
    categories: Sequence[Category]
    alliance: Actor | None
    key_areas: Sequence[Actor]


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the drawing itself says, in the language of the page."""

    centres: str
    methodological: str
    regional: str
    bodies: str
    partners: str
    existing: Callable[[int], str]
    """What so many of them are called."""
    potential: Callable[[int], str]
    key_areas: str
    least: str = "≥"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A rectangle, or a dot where it has no height; ``style`` is its class."""

    x: float
    y: float
    width: float
    height: float
    style: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of words that begins at ``x`` on the base line ``y``."""

    x: float
    y: float
    text: str
    style: str = ""


@dataclass(frozen=True, kw_only=True)
class Item:
    """Shapes and words that lead to a page together; ``href`` None for those that do not."""

    href: str | None
    language: str | None
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]


@dataclass(kw_only=True)
class Drawing:
    """A finished picture."""

    width: float
    height: float = 0
    edges: list[tuple[str, str]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)

    def add(self, item: Item) -> float:
        """Put an item in; where it ends."""
        self.items.append(item)
        ends = [shape.y + shape.height for shape in item.shapes] + [one.y for one in item.lines]
        self.height = max(self.height, *(end + 6 for end in ends))
        return max(ends)

    def connect(self, path: str, style: str = "") -> None:
        """Draw an edge behind everything."""
        self.edges.append((path, style))


def wide(actors: Actors, words: Words) -> Drawing:
    """Three columns: centres, the network between bodies and Alliance, partner categories."""
    drawing = Drawing(width=1120)
    left = _centres(drawing, actors, words, x=0, y=24, width=300)
    middle, top = 385.0, 44.0
    _heading(drawing, words.bodies, x=middle, y=24)
    tops = []
    for style, bodies in (("stated", actors.established), ("proposal", actors.proposed)):
        for body in bodies:
            tops.append((top, style))
            top = _box(drawing, body, style, x=middle, y=top, width=330) + 8
    network = top + 34
    end = network
    if actors.network:
        end = _box(drawing, actors.network, "network", x=middle, y=network, width=330, strong=True)
        drawing.connect(f"M{middle + 165},{top - 8} V{network}", "proposal" if tops else "")
        centre = (network + end) / 2
        drawing.connect(f"M310,{centre} H{middle}")
        drawing.connect(f"M310,44 V{max(left, centre)}")
        drawing.connect(f"M{middle + 330},{centre} H790")
    partners = _categories(drawing, actors, words, x=800, y=24, width=319)
    drawing.connect(f"M790,44 V{max(partners, end)}")
    if actors.alliance:
        start = end + 40
        _alliance(drawing, actors, words, x=middle, y=start, width=330)
        drawing.connect(f"M{middle + 165},{end} V{start}", "interpretation")
    return drawing


def narrow(actors: Actors, words: Words) -> Drawing:
    """One below the other, for a phone: 360 across."""
    drawing = Drawing(width=360)
    end = 0.0
    if actors.network:
        end = _box(drawing, actors.network, "network", x=1, y=1, width=358, strong=True)
    parts = []
    start = end + 34
    end = _centres(drawing, actors, words, x=22, y=start, width=336)
    parts.append(start)
    start = end + 38
    _heading(drawing, words.bodies, x=22, y=start)
    parts.append(start)
    top = start + 14
    for style, bodies in (("stated", actors.established), ("proposal", actors.proposed)):
        for body in bodies:
            top = _box(drawing, body, style, x=22, y=top, width=336) + 8
    start = top + 26
    end = _categories(drawing, actors, words, x=22, y=start, width=336)
    parts.append(start)
    if actors.alliance:
        start = end + 24
        _alliance(drawing, actors, words, x=22, y=start, width=336)
        drawing.connect(f"M8,{parts[-1] - 5} V{start + 18} H22", "interpretation")
    drawing.connect(f"M8,50 V{parts[-1] - 5}")
    for part in parts:
        drawing.connect(f"M8,{part - 5} H18")
    return drawing


def wrapped(text: str, width: float, *, most: int = 3) -> list[str]:
    """The words in lines that fit, ``most`` of them; what is longer ends with an ellipsis."""
    letters = max(4, int(width / _LETTER))
    found: list[str] = []
    for word in text.split():
        if found and len(found[-1]) + 1 + len(word) <= letters:
            found[-1] += f" {word}"
        else:
            found.append(word if len(word) <= letters else word[: letters - 1] + "…")
        if len(found) > most:
            last = found[most - 1][: letters - 2]
            return [*found[: most - 1], last.rstrip() + " …"]
    return found or [""]


def _heading(drawing: Drawing, text: str, *, x: float, y: float) -> None:
    line = Line(x=x, y=y, text=text, style="heading")
    drawing.add(Item(href=None, language=None, shapes=(), lines=(line,)))


def _box(
    drawing: Drawing,
    actor: Actor,
    style: str,
    *,
    x: float,
    y: float,
    width: float,
    strong: bool = False,
) -> float:
    """A box with a name in it; where it ends."""
    pad = 20 if strong else 11
    lines = wrapped(actor.name.text, (width - 2 * _PAD) / (1.15 if strong else 1))
    box = Shape(
        x=x, y=y, width=width, height=len(lines) * _LINE + 2 * pad - 3, style=f"box {style}"
    )
    words = tuple(
        Line(
            x=x + _PAD,
            y=y + pad + 11 + at * _LINE,
            text=text,
            style="strong" if strong else "",
        )
        for at, text in enumerate(lines)
    )
    language = actor.name.language
    return drawing.add(Item(href=actor.href, language=language, shapes=(box,), lines=words))


def _centres(
    drawing: Drawing, actors: Actors, words: Words, *, x: float, y: float, width: float
) -> float:
    _heading(drawing, words.centres, x=x, y=y)
    for said, centres in (
        (words.methodological, actors.methodological),
        (words.regional, actors.regional),
    ):
        if not centres:
            continue
        y += 26
        line = Line(x=x, y=y, text=said, style="quiet")
        drawing.add(Item(href=None, language=None, shapes=(), lines=(line,)))
        for centre in centres:
            lines = wrapped(centre.name.text, width - 20, most=2)
            dot = Shape(x=x + 6, y=y + 20, width=5, height=0, style="dot")
            texts = tuple(
                Line(x=x + 20, y=y + 25 + at * _LINE, text=text) for at, text in enumerate(lines)
            )
            item = Item(href=centre.href, language=centre.name.language, shapes=(dot,), lines=texts)
            y = drawing.add(item) + 6 - 1
    return y


def _categories(
    drawing: Drawing, actors: Actors, words: Words, *, x: float, y: float, width: float
) -> float:
    """Each category with two bars on one scale, and its numbers in words."""
    _heading(drawing, words.partners, x=x, y=y)
    most = max((one.existing + one.potential for one in actors.categories), default=0) or 1
    y += 20
    for category in actors.categories:
        lines = wrapped(category.name.text, width - 2 * _PAD, most=2)
        texts = [
            Line(x=x + _PAD, y=y + 23 + at * _LINE, text=text) for at, text in enumerate(lines)
        ]
        bar = y + 14 + len(lines) * _LINE
        scale = (width - 2 * _PAD) / most
        existing_words = f"{words.least} " * category.open_existing + str(category.existing)
        potential_words = f"{words.least} " * category.open_potential + str(category.potential)
        numbers = (
            existing_words,
            words.existing(category.existing),
            potential_words,
            words.potential(category.potential),
        )
        texts.append(
            Line(
                x=x + _PAD,
                y=bar + 34,
                text="{} {} · {} {}".format(*numbers),
                style="quiet",
            )
        )
        existing = category.existing * scale
        shapes = (
            Shape(x=x, y=y, width=width, height=bar + 46 - y, style="box"),
            Shape(x=x + _PAD, y=bar, width=existing, height=14, style="fill-existing"),
            Shape(
                x=x + _PAD + existing,
                y=bar,
                width=category.potential * scale,
                height=14,
                style="fill-potential",
            ),
        )
        item = Item(
            href=category.href, language=category.name.language, shapes=shapes, lines=tuple(texts)
        )
        y = drawing.add(item) + 8
    return y - 8


def _alliance(
    drawing: Drawing, actors: Actors, words: Words, *, x: float, y: float, width: float
) -> float:
    """The Alliance with its key areas."""
    if actors.alliance is None:
        return y
    end = _box(drawing, actors.alliance, "alliance", x=x, y=y, width=width, strong=True)
    y = end + 22
    line = Line(x=x, y=y, text=words.key_areas, style="quiet")
    drawing.add(Item(href=None, language=None, shapes=(), lines=(line,)))
    for area in actors.key_areas:
        lines = wrapped(area.name.text, width - 20, most=2)
        dot = Shape(x=x + 6, y=y + 20, width=5, height=0, style="dot")
        texts = tuple(
            Line(x=x + 20, y=y + 25 + at * _LINE, text=text) for at, text in enumerate(lines)
        )
        item = Item(href=area.href, language=area.name.language, shapes=(dot,), lines=texts)
        y = drawing.add(item) + 5
    return y
