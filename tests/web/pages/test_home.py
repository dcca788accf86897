"""The home page: the picture of the ecosystem and its equal in words."""

import re

import pytest
from flask.testing import FlaskClient

from steamkg.web import picture
from steamkg.web.naming import Text
from steamkg.web.picture import Actor, Actors, Category, Words

WORDS = Words(
    centres="Centres",
    methodological="m",
    regional="r",
    bodies="Bodies",
    partners="Partners",
    existing=lambda _: "existing",
    potential=lambda _: "potential",
    key_areas="Key areas",
)


def _actor(name: str, href: str = "/x") -> Actor:
    return Actor(href=href, name=Text(text=name, language="lt"))


def _actors(name: str = "A name") -> Actors:
    some = [_actor(f"{name} {number}") for number in range(3)]
    return Actors(
        network=_actor(name),
        methodological=some,
        regional=some,
        established=some[:1],
        proposed=some,
        categories=[
            Category(href="/c", name=Text(text=name), existing=at, potential=30 - at)
            for at in (0, 10, 30)
        ],
        alliance=_actor(name),
        key_areas=some,
    )


@pytest.mark.parametrize("draw", [picture.wide, picture.narrow])
@pytest.mark.parametrize("name", ["A name", "Labai ilgas pavadinimas " * 20, "x" * 10_000])
def test_everything_lies_within_the_drawing(draw: object, name: str) -> None:
    drawing = draw(_actors(name), WORDS)  # type: ignore[operator]
    for item in drawing.items:
        for shape in item.shapes:
            assert shape.x >= 0
            assert shape.x + shape.width <= drawing.width
            assert shape.y >= 0
            assert shape.y + shape.height <= drawing.height
        for line in item.lines:
            assert 0 < line.y <= drawing.height
            assert line.x + 7.3 * len(line.text) <= drawing.width, line


@pytest.mark.parametrize("draw", [picture.wide, picture.narrow])
def test_boxes_do_not_lie_on_each_other(draw: object) -> None:
    drawing = draw(_actors(), WORDS)  # type: ignore[operator]
    boxes = [one for item in drawing.items for one in item.shapes if one.style.startswith("box")]
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            assert (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height <= other.y
                or other.y + other.height <= one.y
            )


@pytest.mark.parametrize("draw", [picture.wide, picture.narrow])
def test_picture_of_nothing_is_empty_and_no_fault(draw: object) -> None:
    nothing = Actors(
        network=None,
        methodological=(),
        regional=(),
        established=(),
        proposed=(),
        categories=(),
        alliance=None,
        key_areas=(),
    )
    assert draw(nothing, WORDS).height > 0  # type: ignore[operator]


def test_bars_share_one_scale() -> None:
    bars = [
        [shape.width for shape in item.shapes if shape.style.startswith("fill")]
        for item in picture.wide(_actors(), WORDS).items
    ]
    widths = [pair for pair in bars if pair]
    assert widths[0][0] == 0
    assert widths[2][1] == 0
    assert widths[1][1] == pytest.approx(2 * widths[1][0])
    assert sum(widths[0]) == pytest.approx(sum(widths[2]))


def test_home_shows_the_actors_in_the_picture_and_in_words(browser_like: FlaskClient) -> None:
    page = browser_like.get("/lt/").text
    for path in ("network/tinklas", "centre/vilnius", "body/board", "partner-category/"):
        # Wide, narrow and in words.
        assert len(re.findall(f'href="/lt/id/{path}', page)) >= 3, path
    assert "1 esamas, 59 potencialūs" in page
    assert "2020" in page
    assert "CC BY 4.0" in page
    assert "0.1.0" in page


def test_home_leads_only_to_pages_that_are_there(browser_like: FlaskClient) -> None:
    page = browser_like.get("/en/").text
    for path in sorted(set(re.findall(r'<a href="(/en/[a-z]*)"', page))):
        assert browser_like.get(path).status_code == 200, path


def test_home_leads_from_the_numbers_of_partners_to_their_lists(browser_like: FlaskClient) -> None:
    page = browser_like.get("/lt/").text
    for status in ("existing", "potential"):
        assert f'href="/lt/explore/partners?partnership-status={status}"' in page
