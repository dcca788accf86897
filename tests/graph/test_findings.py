"""A finding is one line that an editor can jump to."""

from steamkg.graph.findings import Finding, Severity, count, has_violation, in_order, summary


def test_text_is_one_line_with_place_severity_rule_and_focus() -> None:
    found = Finding(
        file="data/m/a.ttl", line=3, column=1, rule="order", focus="<id/a/b>", message="comes\nlate"
    )
    assert str(found) == "data/m/a.ttl:3:1: violation order: comes late (focus <id/a/b>)"


def test_text_without_a_place_has_a_dash() -> None:
    assert Finding(file="", rule="rule", message="endless").text() == "-: violation rule: endless"


def test_text_speaks_lithuanian_where_the_shape_does() -> None:
    both = Finding(file="a", rule="r", message="no", message_lt="ne", shape="shape:A", path="p")
    assert both.text("lt") == "a: violation r: ne (path p, shape shape:A)"
    assert Finding(file="a", rule="r", message="no").text("lt") == "a: violation r: no"


def test_only_a_violation_stops_a_build() -> None:
    warning = Finding(file="a", rule="r", message="m", severity=Severity.WARNING)
    violation = Finding(file="a", rule="r", message="m")
    assert not has_violation([warning])
    assert has_violation([warning, violation])
    assert summary([warning, violation, violation]) == "2 violations, 1 warning"
    assert summary([]) == "no findings"


def test_findings_come_in_the_order_of_the_files_and_once() -> None:
    later = Finding(file="b", line=1, rule="r", message="m")
    sooner = Finding(file="a", line=9, rule="r", message="m")
    assert in_order([later, sooner, later]) == (sooner, later)


def test_findings_that_differ_in_one_member_alone_have_an_order() -> None:
    found = [
        Finding(file="a", rule="r", message="m", path=path, value=value, shape=shape)
        for path in "pq"
        for value in "uv"
        for shape in "st"
    ]
    assert list(in_order(reversed(found))) == found


def test_count_agrees_in_number() -> None:
    assert [count(1, "file"), count(1234, "triple")] == ["1 file", "1,234 triples"]
