"""Outlines and points on the plane of a picture: well-known text in, SVG paths out.

The projection is equirectangular with Lithuania's middle latitude as the one that keeps its scale:
over so small a country it looks like the maps people know, and it is one multiplication. Points
are rounded to a grid in the picture, the same for all, so that neighbours go on sharing borders.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Point: TypeAlias = tuple[float, float]
"""Longitude and latitude in degrees (CRS84), or x and y in the picture."""

WIDTH: Final = 1000
"""Width of the picture, in its own units; one is about 400 m."""
_MARGIN: Final = 8
_GRID: Final = 2
"""Steps of the grid in a unit: finer than a screen shows, coarse enough for a light page."""
_RING: Final = re.compile(r"\(([^()]+)\)")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")


class OutlineError(ValueError):
    """Well-known text that is no point and no polygon."""


def rings(text: str) -> list[list[Point]]:
    """The rings of a POLYGON or MULTIPOLYGON, or the one point of a POINT (OGC 06-103r4, §7).

    A coordinate reference system in front is left out: GeoSPARQL's default is the one used here.
    Raises OutlineError.
    """
    _, _, shape = text.rpartition("> ") if text.startswith("<") else ("", "", text)
    if not shape.startswith(("POINT", "POLYGON", "MULTIPOLYGON")):
        raise OutlineError(f"neither a point nor a polygon: {text[:40]}")
    found = []
    for ring in _RING.findall(shape):
        numbers = [float(number) for number in _NUMBER.findall(ring)]
        if not numbers or len(numbers) % 2:
            raise OutlineError(f"not pairs of numbers: {ring[:40]}")
        found.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return found


@dataclass(frozen=True)
class Frame:
    """What part of the world a picture shows, and how large."""

    west: float
    north: float
    height: int
    across: float
    """Units per degree of longitude."""
    down: float
    """Units per degree of latitude."""

    @classmethod
    def around(cls, points: Iterable[Point], width: int = WIDTH) -> "Frame":
        """The frame that all points fit in, with a margin."""
        all_points = list(points) or [(0.0, 0.0)]
        west, east = min(x for x, _ in all_points), max(x for x, _ in all_points)
        south, north = min(y for _, y in all_points), max(y for _, y in all_points)
        across = (width - 2 * _MARGIN) / ((east - west) or 1)
        down = across / math.cos(math.radians((south + north) / 2))
        height = math.ceil((north - south) * down + 2 * _MARGIN)
        return cls(west, north, height, across, down)

    def place(self, point: Point) -> Point:
        """Where a point of the world lies in the picture."""
        longitude, latitude = point
        return (
            _MARGIN + (longitude - self.west) * self.across,
            _MARGIN + (self.north - latitude) * self.down,
        )

    def path(self, outline: Sequence[Sequence[Point]], *, grid: int = _GRID) -> str:
        """The ``d`` of an SVG path: relative steps on the grid, without those of no length."""
        return "".join(self._ring(ring, grid) for ring in outline)

    def _ring(self, ring: Sequence[Point], grid: int) -> str:
        steps: list[tuple[int, int]] = []
        for point in ring:
            x, y = self.place(point)
            step = (round(x * grid), round(y * grid))
            if not steps or step != steps[-1]:
                steps.append(step)
        (x, y), *rest = steps
        start = f"M{_short(x / grid)} {_short(y / grid)}"
        moves = []
        for nx, ny in rest:
            moves.append(f"{_short((nx - x) / grid)} {_short((ny - y) / grid)}")
            x, y = nx, ny
        # One letter holds for all the steps behind it (SVG 2 §9.3.4).
        return f"{start}l{' '.join(moves)}z" if moves else f"{start}z"


def middle(outline: Sequence[Sequence[Point]]) -> Point:
    """The centroid of the largest ring; of a single point, that point."""
    ring = max(outline, key=lambda one: abs(_area(one)))
    area = _area(ring)
    if not area:
        return ring[0]
    x = y = 0.0
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = x1 * y2 - x2 * y1
        x += (x1 + x2) * cross
        y += (y1 + y2) * cross
    return x / (6 * area), y / (6 * area)


def _area(ring: Sequence[Point]) -> float:
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs) / 2


def _short(units: float) -> str:
    """A number with as few letters as can be: ``-.5``, ``0``, ``12``."""
    text = f"{units:g}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
