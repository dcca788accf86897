"""The home page: what this is, in numbers and questions."""

from typing import Final

from flask import Blueprint, render_template

from steamkg.web import links
from steamkg.web.naming import Text, Title, pick
from steamkg.web.questions import topics
from steamkg.web.rows import Row, labels_of, text_of
from steamkg.web.site import current_site

blueprint: Final = Blueprint("home", __name__)


@blueprint.get("/")
def page() -> str:
    """What this is, in numbers and questions."""
    site = current_site()
    return render_template(
        "home.html",
        counts=site.counts,
        bars=_bars(site.rows("partners-by-category")),
        topics=topics(site),
        section="/",
    )


def _bars(rows: list[Row]) -> dict[str, object]:
    """Bars of existing and potential partners, the longest as wide as the picture."""
    counted = [
        (
            row,
            int(text_of(row, "existingPartners") or 0),
            int(text_of(row, "potentialPartners") or 0),
        )
        for row in rows
    ]
    longest = max((existing + potential for _, existing, potential in counted), default=0) or 1
    return {
        "rows": [
            {
                "href": links.href(text_of(row, "category") or ""),
                "title": Title(parts=(pick(labels_of(row, "name")) or Text(text=""),)),
                "existing": existing,
                "potential": potential,
                "existing_width": f"{100 * existing / longest:.2f}",
                "potential_width": f"{100 * potential / longest:.2f}",
            }
            for row, existing, potential in counted
        ]
    }
