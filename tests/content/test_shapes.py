"""The shapes: each constraint finds what it is there for, and the real data break none.

A constraint is a parameter of a shape (``source``, ``minCount``) or one of its SPARQL constraints.
Its fixtures are ``fixtures/<shape>/<constraint>/pass.ttl`` and ``fail.ttl``; each is read with what
it leads to in the small world of ``fixtures/base.ttl``. What to expect stands in their comments::

    # focus <id/…>                                             in pass.ttl: what is looked at
    # finding <id/…> <shape>/<constraint> <component> <severity>     in fail.ttl: all of them
"""

import re
from collections.abc import Iterable, Set
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyshacl
import pytest
from rdflib import DCTERMS, ORG, OWL, RDF, RDFS, SH, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from steamkg.graph.demands import demands
from steamkg.graph.kept import KeptGraph

TARGETS = (SH.targetClass, SH.targetSubjectsOf)
BASE = "https://w3id.org/steamkg/"
STEAM = Namespace(BASE + "ontology#")
SHAPE = Namespace(BASE + "shapes#")
XML_SCHEMA = Namespace("http://www.w3.org/2001/XMLSchema#")
ROOT = Path(__file__).resolve().parents[2]
FIXTURES = Path(__file__).parent / "fixtures"

PARAMETERS = (
    "class",
    "datatype",
    "disjoint",
    "equals",
    "hasValue",
    "in",
    "languageIn",
    "lessThanOrEquals",
    "maxCount",
    "maxInclusive",
    "minCount",
    "minInclusive",
    "nodeKind",
    "not",
    "or",
    "pattern",
    "qualifiedMaxCount",
    "qualifiedMinCount",
    "uniqueLang",
    "xone",
)
"""The constraint parameters that the shapes use; a new one has to be added here."""
OTHER_TERMS = (
    "description",
    "flags",
    "group",
    "message",
    "name",
    "order",
    "path",
    "property",
    "qualifiedValueShape",
    "severity",
    "sparql",
    "targetClass",
    "targetSubjectsOf",
)
"""What else a shape says; none of it can be broken."""


class Constraint(NamedTuple):
    """``name`` is the parameter's or the SPARQL constraint's local name, as a folder's is."""

    shape: str
    name: str

    @property
    def folder(self) -> Path:
        """Where the fixtures are."""
        return FIXTURES / self.shape / self.name


class Finding(NamedTuple):
    """One result of a validation, in local names; the focus relative to the base."""

    focus: str
    constraint: Constraint
    component: str
    severity: str


def local(node: Node | None) -> str:
    """``Centre-city`` of ``…/shapes#Centre-city``; ``id/centre/vilnius`` of an entity."""
    return re.sub(r"^.*#", "", str(node).removeprefix(BASE))


def read(files: Iterable[Path]) -> Graph:
    """The files as one graph."""
    graph = Graph(bind_namespaces="none")
    for file in files:
        graph.parse(file)
    return graph


@cache
def shapes() -> Graph:
    """All shapes."""
    return read((ROOT / "shapes").glob("*.ttl"))


@cache
def demanded() -> KeptGraph:
    """What they demand."""
    return demands(shapes())


@cache
def hierarchy() -> Graph:
    """The classes of the ontology, ours and foreign, under their parents."""
    graph = Graph()
    for triple in read((ROOT / "ontology").glob("*.ttl")).triples((None, RDFS.subClassOf, None)):
        if isinstance(triple[2], URIRef):
            graph.add(triple)
    return graph


def classes_of(graph: Graph, node: Node) -> set[Node]:
    """The classes of ``node`` and all above them."""
    return {
        above
        for kind in graph.objects(node, RDF.type)
        for above in hierarchy().transitive_objects(kind, RDFS.subClassOf)
    }


def reached(roots: Iterable[Node]) -> set[Node]:
    """The shapes with what their ``sh:property`` leads to."""
    return {s for root in roots for s in shapes().transitive_objects(root, SH.property)}


def finding_shapes() -> set[Node]:
    """The shapes that can have findings of their own; the others only help these."""
    return reached({s for term in TARGETS for s in shapes().subjects(term)})


def constraints() -> list[Constraint]:
    """Every constraint that can have a finding of its own."""
    found = set()
    for shape in finding_shapes():
        names = [name for name in PARAMETERS if (shape, SH[name], None) in shapes()]
        names += [local(constraint) for constraint in shapes().objects(shape, SH.sparql)]
        found |= {Constraint(local(shape), name) for name in names}
    return sorted(found)


def validated(data: Graph, **options: list[str]) -> list[Finding]:
    """What the shapes find in ``data``."""
    _, results, text = pyshacl.validate(
        KeptGraph(data), shacl_graph=demanded(), inplace=True, **options
    )
    assert isinstance(results, Graph), text
    return sorted(finding(results, result) for result in results.objects(None, SH.result))


def finding(results: Graph, result: Node) -> Finding:
    """The result in local names."""
    component = local(results.value(result, SH.sourceConstraintComponent))
    parameter = component.removesuffix("ConstraintComponent")
    source = results.value(result, SH.sourceConstraint)
    name = local(source) if source else parameter[0].lower() + parameter[1:]
    return Finding(
        focus=local(results.value(result, SH.focusNode)),
        constraint=Constraint(local(results.value(result, SH.sourceShape)), name),
        component=component,
        severity=local(results.value(result, SH.resultSeverity)),
    )


def comments(file: Path, word: str) -> list[list[str]]:
    """The words after ``word`` in each comment that begins with it."""
    lines = re.findall(rf"^# {word} (.*)$", file.read_text("utf-8"), re.MULTILINE)
    return [re.sub(r"[<>]", "", line).split() for line in lines]


def expected(file: Path) -> list[Finding]:
    """What a failing fixture says that will be found."""
    return sorted(
        Finding(focus, Constraint(*constraint.split("/")), component, severity)
        for focus, constraint, component, severity in comments(file, "finding")
    )


@cache
def base() -> Graph:
    """The small world."""
    return read([FIXTURES / "base.ttl"])


def looking_at(graph: Graph, node: Node) -> set[Node]:
    """The shapes that have ``node`` among their targets."""
    classes = classes_of(graph, node)
    predicates = set(graph.predicates(node))
    return {
        *(s for s, kind in shapes().subject_objects(SH.targetClass) if kind in classes),
        *(s for s, p in shapes().subject_objects(SH.targetSubjectsOf) if p in predicates),
    }


def in_small_world(fixture: Graph) -> Graph:
    """The fixture and what it leads to; all of the small world would take three times as long."""
    graph = fixture + hierarchy()
    pending = set(fixture.objects())
    while pending:
        node = pending.pop()
        if (node, None, None) not in graph:
            graph += base().triples((node, None, None))
            pending |= set(base().objects(node))
    return graph


def findings_of(fixture: Graph) -> list[Finding]:
    """What is found on the things that the fixture describes."""
    about = {local(subject) for subject in fixture.subjects()}
    return [found for found in validated(in_small_world(fixture)) if found.focus in about]


def test_every_constraint_has_its_fixtures_and_no_fixture_is_left_over() -> None:
    wanted = {c.folder / name for c in constraints() for name in ("pass.ttl", "fail.ttl")}
    present = {file for file in FIXTURES.rglob("*") if file.is_file()}
    assert present == wanted | {FIXTURES / "base.ttl"}


def test_the_small_world_has_no_finding() -> None:
    assert not validated(base() + hierarchy())


@pytest.mark.parametrize("constraint", constraints(), ids="/".join)
def test_passing_fixture_is_looked_at_and_has_no_finding(constraint: Constraint) -> None:
    file = constraint.folder / "pass.ttl"
    fixture = read([file])
    ((focus,),) = comments(file, "focus")
    assert SHAPE[constraint.shape] in reached(looking_at(fixture, URIRef(BASE + focus)))
    assert not findings_of(fixture)


@pytest.mark.parametrize("constraint", constraints(), ids="/".join)
def test_failing_fixture_has_the_findings_it_names_and_no_other(constraint: Constraint) -> None:
    file = constraint.folder / "fail.ttl"
    assert constraint in {finding.constraint for finding in expected(file)}
    assert findings_of(read([file])) == expected(file)


def in_both_languages(subject: Node, predicate: URIRef) -> bool:
    """Once in English and once in Lithuanian; in Slovenian once at the most."""
    texts = [o for o in shapes().objects(subject, predicate) if isinstance(o, Literal)]
    languages = sorted(str(text.language) for text in texts if text.language != "sl")
    slovenian = len(texts) - len(languages)
    return languages == ["en", "lt"] and slovenian <= 1 and all(texts)


def test_shapes_conform_to_the_shapes_of_shapes() -> None:
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=shapes(), meta_shacl=True)
    assert conforms, text


def test_shapes_use_no_term_that_the_fixtures_would_overlook() -> None:
    known = {SH[name] for name in (*PARAMETERS, *OTHER_TERMS)}
    used = {p for shape in finding_shapes() for p in shapes().predicates(shape)}
    assert {p for p in used if p in SH} <= known
    # Two values of one parameter are two constraints, which one pair of fixtures cannot tell apart.
    for shape in finding_shapes():
        for name in PARAMETERS:
            assert len(list(shapes().objects(shape, SH[name]))) <= 1, (shape, name)


def test_every_shape_speaks_english_and_lithuanian() -> None:
    for shape in shapes().subjects(RDF.type, SH.NodeShape):
        assert in_both_languages(shape, RDFS.label), shape
        assert in_both_languages(shape, RDFS.comment), shape
    for shape in shapes().subjects(RDF.type, SH.PropertyShape):
        for predicate in (SH.name, SH.description):
            assert in_both_languages(shape, predicate), (shape, predicate)
    for constraint in shapes().subjects(RDF.type, SH.SPARQLConstraint):
        assert in_both_languages(constraint, SH.message), constraint
    for constraint in constraints():
        if constraint.name in PARAMETERS:
            assert in_both_languages(SHAPE[constraint.shape], SH.message), constraint


def test_every_property_shape_has_its_place_in_a_form() -> None:
    groups = set(shapes().subjects(RDF.type, SH.PropertyGroup))
    assert all(in_both_languages(group, RDFS.label) for group in groups)
    for shape in shapes().subjects(RDF.type, SH.PropertyShape):
        assert isinstance(shape, URIRef)
        assert set(shapes().objects(shape, SH.group)) <= groups
        for predicate in (SH.path, SH.group, SH.order, SH.severity):
            assert len(list(shapes().objects(shape, predicate))) == 1, (shape, predicate)


def read_data() -> Graph:
    """Ontology and data, without what follows from them."""
    return read((*(ROOT / "ontology").glob("*.ttl"), *(ROOT / "data").glob("**/*.ttl")))


def with_classes(graph: Graph) -> Graph:
    """The graph with each thing in all its classes, as after reasoning."""
    for subject in set(graph.subjects(RDF.type)):
        for kind in classes_of(graph, subject):
            graph.add((subject, RDF.type, kind))
    return graph


def test_the_real_data_have_no_finding() -> None:
    assert not validated(with_classes(read_data()))


def paths_for(kind: Node, used: Set[Node]) -> set[Node]:
    """The paths that the shapes offer for a thing of this class that has these properties."""
    classes = set(hierarchy().transitive_objects(kind, RDFS.subClassOf))
    roots = {s for s, target in shapes().subject_objects(SH.targetClass) if target in classes}
    roots |= {s for s, target in shapes().subject_objects(SH.targetSubjectsOf) if target in used}
    return {path for shape in reached(roots) for path in shapes().objects(shape, SH.path)}


def test_every_property_of_the_data_has_a_shape_for_each_class_that_has_it() -> None:
    data = read((ROOT / "data").glob("**/*.ttl"))
    for kind in set(data.objects(None, RDF.type)):
        things = data.subjects(RDF.type, kind)
        used = {predicate for thing in things for predicate in data.predicates(thing)}
        assert used - {RDF.type} <= paths_for(kind, used), kind


def test_kinds_of_support_stand_in_alignment_graphs_alone() -> None:
    kinds = {STEAM.kindOfSupport, STEAM.servesKeyArea}
    for file in (ROOT / "data").glob("**/*.ttl"):
        interpreted = file.relative_to(ROOT / "data").parts[0] == "alignment"
        assert interpreted or not kinds & set(read([file]).predicates()), file


def test_each_file_of_a_document_cites_passages_of_its_own_section() -> None:
    for file in (ROOT / "data").glob("*/*.ttl"):
        graph = read([file])
        wholes = set(graph.subjects(RDF.type, STEAM.Section))
        if not wholes:  # a document as a whole, or a label, link or alignment graph
            continue
        assert len(wholes) == 1, file
        passages = set(graph.subjects(RDF.type, STEAM.Passage))
        assert {graph.value(passage, DCTERMS.isPartOf) for passage in passages} <= wholes, file
        assert set(graph.objects(None, DCTERMS.source)) <= passages, file


def said(modality: str, thing: str) -> str:
    """The update that gives a thing another modality."""
    return (
        "DELETE { ?s steam:modality ?was }"
        f" INSERT {{ ?s steam:modality <id/modality/{modality}> }}"
        f" WHERE {{ ?s steam:modality ?was FILTER (?s = <id/{thing}>) }}"
    )


def twice(thing: str, copy: str) -> str:
    """The update that says all that is said of a thing of another one too."""
    return f"INSERT {{ <id/{copy}> ?p ?o }} WHERE {{ <id/{thing}> ?p ?o }}"


MISTAKES = {
    "a centre loses its city": (
        "DELETE WHERE { <id/centre/alytus> steam:city ?city }",
        "id/centre/alytus Centre-city/minCount",
    ),
    "a methodological centre loses its host": (
        "DELETE WHERE { <id/centre/kaunas> steam:host ?host }",
        "id/centre/kaunas MethodologicalCentre-host/minCount",
    ),
    "a city is called in English no more": (
        "DELETE { <id/city/utena> skos:prefLabel ?label }"
        " WHERE { <id/city/utena> skos:prefLabel ?label FILTER (LANG(?label) = 'en') }",
        "id/city/utena Named-prefLabel-en/qualifiedMinCount",
    ),
    "the year of a body becomes a whole number": (
        "DELETE { ?body steam:activeSince ?year } INSERT { ?body steam:activeSince 2019 }"
        " WHERE { ?body steam:activeSince ?year }",
        "id/body/coordinating-council EstablishedBody-activeSince/datatype",
    ),
    "a proposed body becomes an organization": (
        "INSERT DATA { <id/body/network-board> a org:Organization }",
        "id/body/network-board ProposedBodyShape/not",
    ),
    "a proposed body gets a member": (
        "INSERT DATA { <id/body/steam-association> org:hasMember <id/organisation/emundus> }",
        "id/body/steam-association ProposedBody-member/maxCount",
    ),
    "an existing partner becomes a potential one as well": (
        "INSERT { <id/partnership/second> ?p ?o ."
        " <id/partnership/second> steam:partnershipStatus <id/partnership-status/potential> ;"
        " steam:modality <id/modality/possibility> }"
        " WHERE { <id/partnership/alytaus-kolegija> ?p ?o"
        " FILTER (?p NOT IN (steam:partnershipStatus, steam:modality)) }",
        "id/partnership/second PartnershipRules/notExistingAndPotential",
    ),
    "a partnership gets the status of the other list": (
        "DELETE { ?s steam:partnershipStatus ?o } INSERT"
        " { ?s steam:partnershipStatus <id/partnership-status/potential> }"
        " WHERE { ?s steam:partnershipStatus ?o . FILTER (?s = <id/partnership/emundus>) }",
        "id/partnership/emundus PartnershipRules/listSaysOtherwise",
    ),
    "a municipality becomes any organization": (
        "DELETE DATA { <id/organisation/akmenes-rajono-savivaldybe> a steam:Municipality };"
        "INSERT DATA { <id/organisation/akmenes-rajono-savivaldybe> a org:Organization }",
        "id/partnership/akmenes-rajono-savivaldybe"
        " PartnershipRules/municipalitiesAreMunicipalities",
    ),
    "a passage runs out of its section": (
        "DELETE WHERE { <id/passage/cooperation-model-72> steam:lastLine ?line };"
        "INSERT DATA { <id/passage/cooperation-model-72> steam:lastLine 73 }",
        "id/passage/cooperation-model-72 PassageRules/withinWhole",
    ),
    "an area slips to a category below": (
        "INSERT { <id/partner-category/chambers> steam:possibleArea ?area }"
        " WHERE { <id/partner-category/ngo-representatives> steam:possibleArea ?area }",
        "id/partner-category/chambers PartnerCategoryRules/areasBelongToTopCategories",
    ),
    "a composition foresees more at least than at most": (
        "DELETE WHERE { <id/composition/centre-advisory-council> steam:minimumMembers ?number };"
        "INSERT DATA { <id/composition/centre-advisory-council> steam:minimumMembers 6 }",
        "id/composition/centre-advisory-council Composition-minimumMembers/lessThanOrEquals",
    ),
    "a label is put on a misspelt entity": (
        "INSERT DATA { <id/organisation/alytaus-kolegia> skos:prefLabel 'Alytus College'@en }",
        "id/organisation/alytaus-kolegia Typed-type/minCount",
    ),
    "a task gets a second modality": (
        "INSERT DATA { <id/task/joint-activities> steam:modality <id/modality/plan> }",
        "id/task/joint-activities modality/maxCount",
    ),
    "a role cites a section and no passage": (
        "DELETE WHERE { <id/role/steam-ambassador> dcterms:source ?passage };"
        "INSERT DATA { <id/role/steam-ambassador> dcterms:source <id/section/centres> }",
        "id/role/steam-ambassador source/or",
    ),
    "a potential partner becomes an existing one": (
        "DELETE { ?s steam:partnershipStatus ?status ; steam:modality ?modality } INSERT"
        " { ?s steam:partnershipStatus <id/partnership-status/existing> ;"
        " steam:modality <id/modality/stated> }"
        " WHERE { ?s steam:partnershipStatus ?status ; steam:modality ?modality"
        " FILTER (?s = <id/partnership/rol-lithuania>) }",
        "id/partnership/rol-lithuania PartnershipRules/listSaysOtherwise",
    ),
    "a partnership still to be made becomes an existing one": (
        said("stated", "partnership/lietuvos-savivaldybiu-asociacija")
        + "; DELETE { ?s steam:partnershipStatus ?o } INSERT"
        " { ?s steam:partnershipStatus <id/partnership-status/existing> }"
        " WHERE { ?s steam:partnershipStatus ?o ; steam:category"
        " <id/partner-category/association-of-local-authorities> }",
        "id/partnership/lietuvos-savivaldybiu-asociacija PartnershipRules/existingIsListed",
    ),
    "a partnership cites a line that is in no list": (
        "DELETE WHERE { <id/partnership/diab> dcterms:source ?passage };"
        "INSERT DATA { <id/partnership/diab> dcterms:source <id/passage/cooperation-model-351> }",
        "id/partnership/diab PartnershipRules/standsOutsideItsList",
    ),
    "the task of a proposed body is stated": (
        said("stated", "task/accountability-of-centres"),
        "id/task/accountability-of-centres TaskRules/proposedBodyDoesNothingYet",
    ),
    "a benefit of what is proposed is stated": (
        said("stated", "benefit/partners-see-their-return"),
        "id/benefit/partners-see-their-return BenefitRules/arrangementBringsNothingYet",
    ),
    "a proposed arrangement is stated": (
        said("stated", "arrangement/one-structure-of-all-centres"),
        "id/arrangement/one-structure-of-all-centres"
        " ArrangementRules/proposedArrangementIsNotStated",
    ),
    "a possible arrangement is stated": (
        said("stated", "arrangement/successful-partnership"),
        "id/benefit/larger-choice Benefit-modality/arrangementSpeaksOtherwise",
    ),
    "a possible task is stated": (
        said("stated", "task/classes-of-local-partners"),
        "id/task/classes-of-local-partners DescribedRules/wordsSayOtherwise",
    ),
    "what is feared for the future is stated": (
        said("stated", "problem/unstable-upkeep"),
        "id/problem/unstable-upkeep DescribedRules/wordsSayOtherwise",
    ),
    "a precondition is stated": (
        said("stated", "precondition/activity-model-created"),
        "id/precondition/activity-model-created Precondition-modality/in",
    ),
    "a proposal is stated": (
        said("stated", "proposal/joining-into-one-structure"),
        "id/proposal/joining-into-one-structure Proposal-modality/in",
    ),
    "a criterion is stated": (
        said("stated", "criterion/direction-of-education"),
        "id/criterion/direction-of-education Criterion-modality/hasValue",
    ),
    "a strategic direction is stated": (
        said("stated", "strategic-direction/visibility"),
        "id/strategic-direction/visibility StrategicDirection-modality/hasValue",
    ),
    "a proposed body is established": (
        "DELETE DATA { <id/body/network-advisory-council> a steam:ProposedBody };"
        "INSERT DATA { <id/body/network-advisory-council> a steam:EstablishedBody };"
        + said("stated", "body/network-advisory-council"),
        "id/body/network-advisory-council EstablishedBody-compositionModality/hasValue",
    ),
    "a passage is given another last line": (
        "DELETE WHERE { <id/passage/cooperation-model-136> steam:lastLine ?line };"
        "INSERT DATA { <id/passage/cooperation-model-136> steam:lastLine 137 }",
        "id/passage/cooperation-model-136 PassageRules/passageIriNamesLines",
    ),
    "a statement cites the line of another": (
        "DELETE WHERE { <id/way-of-joining/help> dcterms:source ?passage };"
        "INSERT DATA { <id/way-of-joining/help> dcterms:source"
        " <id/passage/cooperation-model-159> }",
        "id/passage/cooperation-model-160 Passage-cited/minCount",
    ),
    "a partnership cites the line of another partner": (
        "DELETE WHERE { <id/partnership/i-dental> dcterms:source ?passage };"
        "INSERT DATA { <id/partnership/i-dental> dcterms:source"
        " <id/passage/cooperation-model-370> }",
        "id/partnership/i-dental PartnershipRules/partnerStandsOnOtherLines",
    ),
    "an area is put on a partner": (
        "INSERT { <id/organisation/emundus> steam:possibleArea ?area }"
        " WHERE { <id/partner-category/ngo-representatives> steam:possibleArea ?area }",
        "id/organisation/emundus AreaHolderShape/pattern",
    ),
    "an area is put on another top category": (
        "INSERT DATA { <id/partner-category/education-representatives>"
        " steam:possibleArea <id/partnership-area/material-support> }",
        "id/partner-category/education-representatives PartnerCategoryRules/areaStandsElsewhere",
    ),
    "an organization is a member of a proposed body": (
        "INSERT DATA { <id/organisation/emundus> org:memberOf <id/body/centre-advisory-council> }",
        "id/body/centre-advisory-council ProposedBody-member/maxCount",
    ),
    "an arrangement is called in Lithuanian no more": (
        "DELETE { ?s skos:prefLabel ?label } WHERE { ?s skos:prefLabel ?label"
        " FILTER (?s = <id/arrangement/defined-partnership> && LANG(?label) = 'lt') }",
        "id/arrangement/defined-partnership Named-prefLabel-lt/qualifiedMinCount",
    ),
    "a region of the Alliance is called in Slovenian no more": (
        "DELETE { ?s skos:prefLabel ?label } WHERE { ?s skos:prefLabel ?label"
        " FILTER (?s = <id/region/mediterranean> && LANG(?label) = 'sl') }",
        "id/region/mediterranean NamedInItsLanguageRules/slovenianNameIsMissing",
    ),
    "two advisory councils swap their passages": (
        "DELETE { <id/body/centre-advisory-council> dcterms:source ?a ."
        " <id/body/network-advisory-council> dcterms:source ?b }"
        " INSERT { <id/body/centre-advisory-council> dcterms:source ?b ."
        " <id/body/network-advisory-council> dcterms:source ?a }"
        " WHERE { <id/body/centre-advisory-council> dcterms:source ?a ."
        " <id/body/network-advisory-council> dcterms:source ?b }",
        "id/composition/centre-advisory-council CompositionRules/bodyStandsInAnotherSection",
    ),
    "a task of one council goes to another": (
        "DELETE WHERE { <id/task/joint-activities> steam:performer ?role };"
        "INSERT DATA { <id/task/joint-activities> steam:performer <id/body/coordinating-council> }",
        "id/task/joint-activities TaskRules/bodyStandsInAnotherSection",
    ),
    "a role is about another council": (
        "DELETE WHERE { <id/role/municipalities-in-a-centre-council> steam:concerns ?body };"
        "INSERT DATA { <id/role/municipalities-in-a-centre-council>"
        " steam:concerns <id/body/coordinating-council> }",
        "id/role/municipalities-in-a-centre-council ConcernRules/bodyStandsOnOtherLines",
    ),
    "the sections of two councils swap their lines": (
        "DELETE { ?s steam:firstLine ?from ; steam:lastLine ?to }"
        " INSERT { ?s steam:firstLine ?first ; steam:lastLine ?last }"
        " WHERE { ?s steam:firstLine ?from ; steam:lastLine ?to ."
        " ?other steam:firstLine ?first ; steam:lastLine ?last"
        " FILTER (?s != ?other)"
        " VALUES ?s { <id/section/coordinating-council>"
        " <id/section/advisory-council-and-ambassadors> }"
        " VALUES ?other { <id/section/coordinating-council>"
        " <id/section/advisory-council-and-ambassadors> } }",
        "id/section/coordinating-council SectionRules/pagesOutOfOrder",
    ),
    "a section reaches into the next": (
        "DELETE WHERE { <id/section/interaction> steam:lastLine ?line };"
        "INSERT DATA { <id/section/interaction> steam:lastLine 156 }",
        "id/section/non-formal-activities SectionRules/sectionsOverlap",
    ),
    "a body acts since a year after its document": (
        "INSERT DATA { <id/body/coordinating-council> steam:activeSince '2021'^^xsd:gYear }",
        "id/body/coordinating-council EstablishedBodyRules/activeBeforeTheDocument",
    ),
    "a document speaks for an invented year": (
        "INSERT DATA { <id/document/stem-alliance> steam:asOf '2024'^^xsd:gYear }",
        "id/document/stem-alliance DocumentRules/yearIsThatOfTheProject",
    ),
    "the network acts since an invented year": (
        "INSERT DATA { <id/network/lietuvos-steam-centru-tinklas>"
        " steam:activeSince '2020'^^xsd:gYear }",
        "id/network/lietuvos-steam-centru-tinklas ActiveSinceShape/pattern",
    ),
    "the Alliance has an invented year": (
        "INSERT DATA { <id/alliance/stem> steam:year '2024'^^xsd:gYear }",
        "id/alliance/stem YearShape/pattern",
    ),
    "a category stands a second time under another slug": (
        twice("partner-category/chambers", "partner-category/zz"),
        "id/partner-category/zz PartnerCategoryRules/notationIsTaken",
    ),
    "a city stands a second time under another slug": (
        twice("city/utena", "city/zz"),
        "id/city/zz NamedOnceRules/labelIsTaken",
    ),
    "a key area stands a second time under another slug": (
        twice("key-area/paths-of-cooperation", "key-area/zz"),
        "id/key-area/zz NamedOnceRules/labelIsTaken",
    ),
    "an organization stands a second time under another slug": (
        twice("organisation/alytaus-kolegija", "organisation/zz"),
        "id/organisation/zz Organization-uniqueName/nameIsTaken",
    ),
    "a task stands a second time under another slug": (
        twice("task/camps", "task/zz"),
        "id/task/zz uniqueDescription/descriptionIsTaken",
    ),
    "a practice is Malta's alone": (
        "DELETE DATA { <id/practice/research-shaping-policy> steam:country <id/country/slovenia> }",
        "id/practice/research-shaping-policy Practice-country/minCount",
    ),
    "a task is Malta's alone": (
        "INSERT { <id/task/talks> ?p ?o ; steam:performer <id/country/malta> }"
        " WHERE { <id/task/leading-talks-about-policies> ?p ?o FILTER (?p != steam:performer) }",
        "id/country/malta CountryRules/countryIsNotAlone",
    ),
    "a municipality is taken for its territory": (
        "INSERT { <id/organisation/akmenes-rajono-savivaldybe> owl:sameAs ?item }"
        " WHERE { <id/territory/akmenes-rajono-savivaldybe> owl:sameAs ?item }",
        "id/organisation/akmenes-rajono-savivaldybe sameAsOfOne/maxCount",
    ),
    "a municipality gets the code of its territory": (
        "INSERT { <id/organisation/birzu-rajono-savivaldybe> dcterms:identifier ?code }"
        " WHERE { <id/territory/birzu-rajono-savivaldybe> dcterms:identifier ?code }",
        "id/territory/birzu-rajono-savivaldybe identifierOfOne/maxCount",
    ),
    "an identifier is given to a second thing": (
        "INSERT { <id/identification/zz> ?p ?o ; steam:identifies <id/centre/kaunas> }"
        " WHERE { <id/identification/legal-code-111950243> ?p ?o"
        " FILTER (?p != steam:identifies) }",
        "id/identification/legal-code-111950243 Identification-oneOwner/maxCount",
    ),
    "an identification loses its evidence": (
        "DELETE WHERE { <id/identification/lau-91> steam:evidence ?source }",
        "id/identification/lau-91 evidence/minCount",
    ),
    "a municipality governs a county": (
        "DELETE WHERE { <id/organisation/kelmes-rajono-savivaldybe> dcterms:spatial ?place };"
        "INSERT DATA { <id/organisation/kelmes-rajono-savivaldybe> dcterms:spatial"
        " <id/territory/siauliu-apskritis> }",
        "id/organisation/kelmes-rajono-savivaldybe Municipality-territory/class",
    ),
    "a role gives a misspelt kind of support": (
        "INSERT DATA { <id/way-of-joining/help> steam:kindOfSupport <id/kind-of-support/found> }",
        "id/way-of-joining/help kindOfSupport/class",
    ),
}
"""Each breaks the real data in one place: an update, and the focus and constraint that see it."""


@pytest.fixture(scope="module")
def found_after_mistakes() -> set[str]:
    """Focus and constraint of each finding once all mistakes are made."""
    graph = read_data()
    before = set(graph)
    names = {
        "steam": STEAM,
        "org": ORG,
        "owl": OWL,
        "skos": SKOS,
        "dcterms": DCTERMS,
        "xsd": XML_SCHEMA,
    }
    for update, _ in MISTAKES.values():
        graph.update(f"BASE <{BASE}> {update}", initNs=names)
        assert set(graph) != before, update
        before = set(graph)
    return {
        f"{found.focus} {'/'.join(found.constraint)}" for found in validated(with_classes(graph))
    }


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_in_the_real_data_is_found(mistake: str, found_after_mistakes: set[str]) -> None:
    assert MISTAKES[mistake][1] in found_after_mistakes
