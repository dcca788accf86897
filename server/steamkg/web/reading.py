"""In which language the labels of a stored question are picked for the reader of a page."""

from typing import Final

from steamkg.engine.library import StoredQuery
from steamkg.engine.wording import CONTENT
from steamkg.web.language import current_language, fallback
from steamkg.web.site import HIDDEN_TOPIC

_OTHERWISE: Final = CONTENT[0]


def is_hidden(stored: StoredQuery) -> bool:
    """Whether a query only draws pages: it asks for the names in all languages by itself."""
    return stored.name.startswith(f"{HIDDEN_TOPIC}/")


def language_for(stored: StoredQuery) -> str | None:
    """The first language that the reader takes and in which everything is named.

    None for what is asked as it is written.
    """
    if is_hidden(stored):
        return None
    return next((one for one in fallback(current_language()) if one in CONTENT), _OTHERWISE)
