"""``/.well-known/void``: where programs look for the datasets of a host (VoID §7.2, RFC 8615).

The description itself is answered, with 200, in the RDF format that the client prefers; there is no
page of it, so a browser gets Turtle.
"""

from typing import Final

from flask import Blueprint, Response, request

from steamkg.protocol.catalogue import WELL_KNOWN, catalogue, described_at, serialised
from steamkg.web import offered
from steamkg.web.errors import UnknownError
from steamkg.web.site import current_site

blueprint: Final = Blueprint("wellknown", __name__)


@blueprint.get(f"/{WELL_KNOWN}")
def void() -> Response:
    """The dataset in DCAT and VoID, with the addresses of this host."""
    site = current_site()
    offer = offered.choose(offered.TRIPLES, request, page=False)
    if offer is None:
        raise UnknownError(request.url)
    base = request.host_url
    described = catalogue(site.ask, site.manifest, base)
    if not described:
        raise UnknownError(base + WELL_KNOWN)
    body = serialised([*described, *described_at(base)], offer.format.media_type)
    response = Response(body, content_type=offer.content_type)
    response.vary.add("Accept")
    return response
