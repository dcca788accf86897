"""Well-known text becomes paths that share the borders of their neighbours."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steamkg.web.outlines import WIDTH, Frame, OutlineError, middle, rings

CRS = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84> "
SQUARE = "POLYGON ((20 50, 22 50, 22 51, 20 51, 20 50))"
POINTS = st.tuples(st.floats(20, 27), st.floats(53, 57))


def corners(path: str) -> list[tuple[float, float]]:
    """The absolute points of a path of one ring."""
    start, _, rest = path.removesuffix("z").partition("l")
    x, y = (float(number) for number in start.removeprefix("M").split())
    found = [(x, y)]
    steps = [float(number) for number in re.findall(r"-?[\d.]+", rest)]
    for dx, dy in zip(steps[::2], steps[1::2], strict=True):
        x, y = x + dx, y + dy
        found.append((x, y))
    return found


@pytest.mark.parametrize("text", [SQUARE, CRS + SQUARE])
def test_polygon_is_read(text: str) -> None:
    assert rings(text) == [[(20, 50), (22, 50), (22, 51), (20, 51), (20, 50)]]


def test_every_ring_of_a_multipolygon_is_read() -> None:
    text = "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0), (0.1 0.1, 0.2 0.1, 0.1 0.1)), ((5 5, 6 5, 5 5)))"
    assert [len(ring) for ring in rings(text)] == [4, 3, 3]


def test_point_is_read() -> None:
    assert rings("POINT(24.03885 54.39574)") == [[(24.03885, 54.39574)]]


@pytest.mark.parametrize("text", ["", "LINESTRING (0 0, 1 1)", "POLYGON ((1 2, 3))", "POINT ( )"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(OutlineError):
        rings(text)


def test_picture_is_as_wide_as_it_should_be_and_north_is_up() -> None:
    (ring,) = rings(SQUARE)
    frame = Frame.around(ring)
    drawn = corners(frame.path([ring]))
    assert max(x for x, _ in drawn) < WIDTH
    assert max(y for _, y in drawn) < frame.height
    assert frame.place((21, 51))[1] < frame.place((21, 50))[1]
    # At 50.5 degrees north a degree of longitude is 0.636 of one of latitude.
    assert frame.across / frame.down == pytest.approx(0.636, abs=0.001)


@given(st.lists(POINTS, min_size=3, max_size=40))
def test_path_stays_within_half_a_step_of_the_outline(ring: list[tuple[float, float]]) -> None:
    frame = Frame.around([(20, 53), (27, 57)])
    drawn = corners(frame.path([ring]))
    for point in ring:
        x, y = frame.place(point)
        assert min(max(abs(x - a), abs(y - b)) for a, b in drawn) <= 0.2501


def test_middle_of_a_square_is_its_middle() -> None:
    assert middle(rings(SQUARE)) == pytest.approx((21, 50.5))


def test_frame_without_points_is_no_error() -> None:
    assert Frame.around([]).height > 0
