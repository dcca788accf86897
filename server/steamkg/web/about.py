"""What this is and how to use it: the pages for a reader who wants to trust, cite or program.

The snippets stand in ``SNIPPETS`` as they are shown; a test runs each against a real server. The
citation is that of CITATION.cff, which a test holds it to.
"""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, current_app, render_template, request
from flask_babel import lazy_gettext

from steamkg import __version__
from steamkg.graph.names import BASE
from steamkg.protocol.formats import CHOICES, Kind
from steamkg.settings import Settings
from steamkg.web import links
from steamkg.web.alliance import MODALITIES
from steamkg.web.badges import Badge
from steamkg.web.language import language_name
from steamkg.web.naming import Text, pick
from steamkg.web.quality import size
from steamkg.web.rows import labels_of, text_of
from steamkg.web.site import current_site

blueprint: Final = Blueprint("about", __name__)

LIMITS: Final = "steamkg.limits"
TITLE: Final = "steamkg: a knowledge graph of the STEAM-education ecosystem"
AUTHORS: Final = "The steamkg developers"


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """An example to copy; ``{host}`` is where this server is, without the slash."""

    name: str
    title: object
    text: str


SNIPPETS: Final = (
    Snippet(
        name="curl",
        title=lazy_gettext("On a command line, with curl"),
        text="""\
curl -s {host}/sparql \\
  -H "Accept: text/csv" \\
  --data-urlencode "query=
    PREFIX steam: <https://w3id.org/steamkg/ontology#>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    SELECT ?name WHERE {{
      ?centre a steam:Centre ; skos:prefLabel ?name .
      FILTER(LANG(?name) = 'lt')
    }} ORDER BY ?name"
""",
    ),
    Snippet(
        name="stored",
        title=lazy_gettext("A stored question, as a table"),
        text="""\
curl -s "{host}/en/query/partners/counts-by-category?format=csv"
""",
    ),
    Snippet(
        name="thing",
        title=lazy_gettext("All about one thing, as Turtle"),
        text="""\
curl -sL -H "Accept: text/turtle" {host}/id/body/coordinating-council
""",
    ),
    Snippet(
        name="sparqlwrapper",
        title=lazy_gettext("Python, with SPARQLWrapper"),
        text="""\
from SPARQLWrapper import JSON, SPARQLWrapper

endpoint = SPARQLWrapper("{host}/sparql", returnFormat=JSON)
endpoint.setQuery(\"\"\"
PREFIX steam: <https://w3id.org/steamkg/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?partner ?name WHERE {{
  ?partner steam:existingPartnerOf ?host ; skos:prefLabel ?name .
  FILTER(LANG(?name) = "en")
}} ORDER BY ?name LIMIT 10
\"\"\")
for row in endpoint.queryAndConvert()["results"]["bindings"]:
    print(row["name"]["value"], row["partner"]["value"])
""",
    ),
    Snippet(
        name="pandas",
        title=lazy_gettext("Python, with pandas"),
        text="""\
import pandas

table = pandas.read_csv("{host}/en/query/partners/counts-by-category?format=csv")
print(table.describe(include="all"))
""",
    ),
    Snippet(
        name="r",
        title=lazy_gettext("R, without a package"),
        text="""\
table <- read.csv("{host}/en/query/partners/counts-by-category?format=csv")
print(summary(table))
""",
    ),
)


@blueprint.get("/about")
def about() -> str:
    """What this is: modality, provenance, sources, licences, citation, accessibility."""
    site = current_site()
    modalities: dict[str, dict[str, object]] = {}
    for row in site.kept_rows("modality-counts"):
        style = (text_of(row, "modality") or "").rpartition("/")[2]
        name = pick(labels_of(row, "name")) or Text(text=style)
        modalities[style] = {
            "badge": Badge(text=name, style=style, href=links.href(text_of(row, "modality") or "")),
            "meaning": pick(labels_of(row, "definition")),
            "things": int(text_of(row, "things") or 0),
        }
    return render_template(
        "about.html",
        modalities=[modalities[style] for style in MODALITIES if style in modalities],
        documents=_documents(),
        cited=citation(),
        bibtex=bibtex(),
        section="/about",
    )


@blueprint.get("/api")
def api() -> str:
    """How programs ask."""
    limits = current_app.extensions[LIMITS]
    if not isinstance(limits, Settings):
        raise TypeError(type(limits))
    return render_template(
        "api.html",
        snippets=[
            (one.name, str(one.title), one.text.format(host=request.host_url.rstrip("/")))
            for one in SNIPPETS
        ],
        formats=[
            {
                "title": one.title,
                "media_type": one.media_type,
                "name": one.names[0],
                "solutions": Kind.SOLUTIONS in one.kind,
            }
            for one in CHOICES
        ],
        limits=limits,
        sizes={
            "query": size(limits.query_bytes),
            "result": size(limits.result_bytes),
            "memory": size(limits.memory_bytes),
        },
        section="/api",
    )


def citation() -> str:
    """A text to cite, in English as titles are cited."""
    site = current_site()
    year = str(site.manifest.get("built", ""))[:4]
    data = f", data {site.version[:12]}" if site.version else ""
    when = f" ({year})" if year else ""
    return f"{AUTHORS}{when}. {TITLE}, version {__version__}{data}. {BASE}"


def bibtex() -> str:
    """The same for BibTeX."""
    site = current_site()
    fields = {
        "author": f"{{{AUTHORS}}}",
        "title": f"{{{TITLE}}}",
        "year": str(site.manifest.get("built", ""))[:4],
        "version": __version__,
        "note": f"Data {site.version[:12]}" if site.version else "",
        "url": BASE,
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{steamkg,\n{lines}}}\n"


def _documents() -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for row in current_site().rows("documents"):
        iri = text_of(row, "document") or ""
        found.append(
            {
                "name": pick(labels_of(row, "name")) or Text(text=links.short(iri)),
                "href": links.href(iri),
                "authors": text_of(row, "authors"),
                "as_of": text_of(row, "asOf"),
                "language": language_name(text_of(row, "language") or ""),
                "lines": int(text_of(row, "lastLine") or 0),
                "sha256": (text_of(row, "sha256") or "").lower(),
            }
        )
    return found
