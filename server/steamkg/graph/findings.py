"""What a check has found, as a value and as one line of text.

Knows nothing of how findings come about; the severities are those of SHACL (§2.1.4), so that a
finding of the linter and one of a shape are read in the same way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is; only a violation stops a build or makes ``steamkg check`` fail."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing found, with the place a maintainer has to open.

    ``file`` is relative to the content's root ("" when no file is to blame), ``line`` and
    ``column`` count from 1 and are 0 when unknown. ``focus`` is the IRI in question. ``shape``,
    ``path`` and ``value`` are set by SHACL only; ``message_lt`` where a shape speaks Lithuanian.
    """

    file: str
    line: int = 0
    column: int = 0
    rule: str
    severity: Severity = Severity.VIOLATION
    focus: str = ""
    message: str
    message_lt: str = ""
    shape: str = ""
    path: str = ""
    value: str = ""

    def text(self, language: str = "en") -> str:
        """``file:line:column: severity rule: message (focus …)`` in one line."""
        place = self.file or "-"
        if self.line:
            place += f":{self.line}:{self.column}"
        message = self.message_lt if language == "lt" and self.message_lt else self.message
        details = (
            ("focus", self.focus),
            ("path", self.path),
            ("value", self.value),
            ("shape", self.shape),
        )
        about = ", ".join(f"{name} {what}" for name, what in details if what)
        line = f"{place}: {self.severity} {self.rule}: {message}" + (f" ({about})" if about else "")
        return " ".join(line.split())

    def __str__(self) -> str:
        """The English line."""
        return self.text()


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without repetitions, by file, line, column, rule, focus and the rest."""
    return tuple(sorted(set(findings), key=_rank))


def _rank(found: Finding) -> tuple[str | int, ...]:
    """With every member in it: findings that agree in the first ones keep an order too."""
    first = (found.file, found.line, found.column, found.rule, found.focus, found.message)
    return (*first, found.path, found.value, found.shape, found.severity, found.message_lt)


def has_violation(findings: Iterable[Finding]) -> bool:
    """Whether a build must stop."""
    return any(finding.severity is Severity.VIOLATION for finding in findings)


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 file``, ``3 files``, ``1,204 triples``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def summary(findings: Iterable[Finding]) -> str:
    """``2 violations, 1 warning`` or ``no findings``."""
    found = tuple(findings)
    parts = [
        count(number, noun)
        for severity, noun in (
            (Severity.VIOLATION, "violation"),
            (Severity.WARNING, "warning"),
            (Severity.INFO, "remark"),
        )
        if (number := sum(finding.severity is severity for finding in found))
    ]
    return ", ".join(parts) or "no findings"
