"""The list of stored questions: topics in plain words, and the questions that words lead to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import lazy_gettext

from steamkg.engine.library import StoredQuery
from steamkg.web.language import current_language
from steamkg.web.naming import Text, pick
from steamkg.web.search_index import LONGEST, fold
from steamkg.web.site import Site

TOPICS: Final[Mapping[str, object]] = {
    "partners": lazy_gettext("Partners"),
    "partnership": lazy_gettext("How partners join and how they are chosen"),
    "areas": lazy_gettext("Where partners could help"),
    "support": lazy_gettext("Kinds of support"),
    "roles": lazy_gettext("What partners do"),
    "categories": lazy_gettext("Categories of partners"),
    "geography": lazy_gettext("Municipalities, counties and places"),
    "centres": lazy_gettext("STEAM centres"),
    "bodies": lazy_gettext("Boards, councils and associations"),
    "education": lazy_gettext("The educational process"),
    "target-groups": lazy_gettext("Groups of people"),
    "benefits": lazy_gettext("Who benefits, and how"),
    "proposals": lazy_gettext("What is proposed"),
    "introduction": lazy_gettext("Studies, findings and problems"),
    "later": lazy_gettext("What happened later"),
    "history": lazy_gettext("Years, and what comes before what"),
    "alliance": lazy_gettext("The STEM Alliance"),
    "alignment": lazy_gettext("The Alliance and the cooperation model compared"),
    "across-documents": lazy_gettext("Both documents together"),
    "modality": lazy_gettext("What is stated and what is only proposed"),
    "languages": lazy_gettext("Names in three languages"),
    "links": lazy_gettext("Identifiers and pages elsewhere"),
    "provenance": lazy_gettext("Where the data come from"),
    "interoperability": lazy_gettext("For programs that know general vocabularies only"),
}
"""What the folders of stored queries are called, in the order of the list."""

_SHORT: Final = 3
"""Letters of a word that has to stand as it is, or to begin a longer one."""


@dataclass(frozen=True, kw_only=True)
class ListedTopic:
    """A topic with its questions."""

    name: str
    title: Text
    questions: tuple["Listed", ...]


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A question in a list."""

    name: str
    title: Text
    description: Text | None
    topic: Text


def topics(site: Site, words: str = "") -> list[ListedTopic]:
    """The questions by topic, with their titles in the language of the page.

    ``words``: which all have to stand in title, description or topic.
    """
    order = {name: place for place, name in enumerate(TOPICS)}
    wanted = _tokens(words)
    found = []
    for topic in sorted(site.topics, key=lambda one: order.get(one.name, len(order))):
        questions = [listed(query) for query in topic.queries]
        chosen = tuple(one for one in questions if all(_has(one, token) for token in wanted))
        if chosen:
            named = topic_title(topic.name)
            found.append(ListedTopic(name=topic.name, title=named, questions=chosen))
    return found


def matching(site: Site, words: str, most: int) -> list[Listed]:
    """The questions whose title has one of the words at least, those that have most first."""
    wanted = _tokens(words)
    scored = []
    for topic in site.topics:
        for query in topic.queries:
            one = listed(query)
            said = _words(one.title.text)
            titled = sum(any(_alike(token, word) for word in said) for token in wanted)
            if titled:
                anywhere = sum(_has(one, token) for token in wanted)
                scored.append((-anywhere, -titled, one.title.text, one))
    return [one for *_, one in sorted(scored, key=lambda score: score[:3])][:most]


def listed(stored: StoredQuery) -> Listed:
    """A question as lists show it."""
    return Listed(
        name=stored.name,
        title=title(stored),
        description=pick(stored.descriptions),
        topic=topic_title(stored.name.rpartition("/")[0]),
    )


def title(stored: StoredQuery) -> Text:
    """What a question asks, in the language of the page where it is written in it."""
    return pick(stored.titles) or Text(text=stored.name)


def topic_title(name: str) -> Text:
    """What a topic is called."""
    known = TOPICS.get(name)
    if known is None:
        return Text(text=name.replace("-", " ").capitalize(), language="en")
    return Text(text=str(known), language=current_language())


def _has(one: Listed, token: str) -> bool:
    texts = (one.title, one.topic, one.description)
    return any(_alike(token, word) for text in texts if text for word in _words(text.text))


def _tokens(words: str) -> list[str]:
    return fold(words[:LONGEST]).split()


def _words(text: str) -> Sequence[str]:
    return fold(text).split()


def _alike(token: str, word: str) -> bool:
    """Whether a word begins as the token does; most of the token is enough, as endings change."""
    if word.startswith(token):
        return True
    if len(token) <= _SHORT or len(word) > len(token) + _SHORT:
        return False
    return word.startswith(token[: max(_SHORT + 1, round(len(token) * 0.7))])
