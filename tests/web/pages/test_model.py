"""What the ontology's page shows beside the terms: the diagram, constraints, examples."""

import re

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from steamkg.graph.names import PREFIXES, STEAM
from steamkg.web import diagram

OWL, RDFS = PREFIXES["owl"], PREFIXES["rdfs"]


def row(**values: str | int) -> dict[str, ox.NamedNode | ox.Literal]:
    """A row of a result: IRIs, and numbers."""
    return {
        name: ox.NamedNode(value) if isinstance(value, str) else ox.Literal(value)
        for name, value in values.items()
    }


def term(local: str, relation: str = "", other: str = "") -> dict[str, ox.NamedNode | ox.Literal]:
    found = {"term": STEAM + local, "type": OWL + "Class"}
    if relation:
        found |= {"relation": RDFS + relation, "other": STEAM + other}
    return row(**found)


def test_picture_draws_axioms_and_what_the_data_join_often() -> None:
    terms = [
        term("Statement"),
        term("Partnership", "subClassOf", "Statement"),
        term("Network"),
        term("Alliance"),
        term("KeyArea"),
        row(term=STEAM + "key", relation=RDFS + "domain", other=STEAM + "Alliance"),
        row(term=STEAM + "key", relation=RDFS + "range", other=STEAM + "KeyArea"),
    ]
    uses = [
        {"from": "Partnership", "property": "to", "to": "Network", "uses": 5},
        {"from": "Network", "property": "rare", "to": "Alliance", "uses": 4},
    ]
    rows = [
        {
            name: ox.Literal(value) if isinstance(value, int) else ox.NamedNode(STEAM + value)
            for name, value in one.items()
        }
        for one in uses
    ]
    drawn = diagram.picture(terms, rows, lambda iri: iri.removeprefix(STEAM))
    assert set(drawn.said) == {
        ("Partnership", "", "Statement"),
        ("Partnership", "to", "Network"),
        ("Alliance", "key", "KeyArea"),
    }
    for box in drawn.boxes:
        assert 0 <= box.x <= drawn.width - drawn.width_of_box
        assert 0 <= box.y <= drawn.height - drawn.height_of_box
    for arrow in drawn.arrows:
        assert min(arrow.x1, arrow.x2) >= 0
        assert max(arrow.y1, arrow.y2) <= drawn.height


def test_boxes_do_not_lie_on_each_other() -> None:
    cells = list(diagram._CELLS.values())
    assert len(cells) == len(set(cells))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["The core of the model", "What the shapes demand", "for example"]),
        ("lt", ["Modelio branduolys", "Ko reikalauja formos", "pavyzdžiui"]),
        ("sl", ["Jedro modela", "Kaj zahtevajo oblike", "na primer"]),
    ],
)
def test_page_has_the_diagram_and_the_constraints(
    visitor: FlaskClient, language: str, words: list[str]
) -> None:
    page = visitor.get(f"/{language}/ontology").text
    assert [word for word in words if word not in page] == []
    picture = page.partition('<svg class="model"')[2].partition("</svg>")[0]
    targets = re.findall(r'<a href="#(\w+)"', picture)
    assert len(targets) == len(diagram._CELLS), "every core class is in the ontology"
    assert [one for one in targets if f'id="{one}"' not in page] == []
    assert "<title" in picture
    assert "<desc" in picture


def test_constraint_stands_beside_its_class(visitor: FlaskClient) -> None:
    page = visitor.get("/en/ontology").text
    partnership = page.partition('<article class="term" id="Partnership">')[2]
    partnership = partnership.partition("</article>")[0]
    assert "exactly 1" in partnership
    assert "steam:partnershipStatus" in partnership
    assert "/en/id/partnership/" in partnership


def test_model_leads_to_the_page_of_the_ontology(visitor: FlaskClient) -> None:
    answer = visitor.get("/lt/model")
    assert (answer.status_code, answer.location) == (302, "/lt/ontology")
