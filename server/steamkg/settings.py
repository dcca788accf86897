"""Every option of the server and the command line; the only place that reads the environment.

An option has a default, an environment name (``STEAMKG_`` and the field's name in capitals) and a
meaning. ``Settings.from_environment`` reads them all; ``dataclasses.replace`` changes one.
"""

import ipaddress
import math
import os
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

_PREFIX: Final = "STEAMKG_"
_SHA256: Final = re.compile("[0-9a-fA-F]{64}")
# The characters of RFC 3986 without "#", and without "@" in the authority.
_ENDPOINT: Final = re.compile(
    r"https?://(?:[\w.~!$&'()*+,;=%:-]|\[[0-9A-Fa-f:.]+\])+(?:[/?][\w./?@~!$&'()*+,;=%:-]*)?",
    re.ASCII,
)
_ROOT: Final = Path(__file__).resolve().parents[2]


class SettingError(ValueError):
    """A value in the environment that its option cannot take."""


def _option(
    default: Any, meaning: str, *, environment: str | None = None, separator: str | None = None
) -> Any:
    metadata = {"meaning": meaning, "environment": environment, "separator": separator}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def _build_directory() -> Path:
    """``build/`` in a checkout; for an installed package, the user's cache (XDG base directory)."""
    if (_ROOT / "pyproject.toml").is_file() and (_ROOT / "data").is_dir():
        return _ROOT / "build"
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache") / "steamkg"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The options, each with its default and, as metadata, its meaning."""

    build_directory: Path = _option(  # noqa: RUF009  # it makes a dataclass field
        _build_directory, "where builds are written and read", environment=_PREFIX + "BUILD"
    )
    host: str = _option("127.0.0.1", "the address to listen on")
    port: int = _option(8000, "the port to listen on; 0 takes a free one")
    workers: int = _option(
        lambda: os.cpu_count() or 1, "queries evaluated at the same time, one process each"
    )
    threads: int = _option(
        128, "requests handled at the same time, those that wait for a worker among them"
    )
    query_seconds: float = _option(10.0, "how long a query may run")
    query_bytes: int = _option(200_000, "the longest query text, in bytes of UTF-8")
    result_bytes: int = _option(50_000_000, "the largest result, in bytes")
    memory_bytes: int = _option(1 << 30, "memory one query may use beside the data, in bytes")
    queue_seconds: float = _option(5.0, "how long a query waits for a free worker")
    queue_length: int = _option(64, "how many queries wait at most")
    result_rows: int = _option(1_000_000, "the largest result, in rows or triples")
    query_nesting: int = _option(200, "how deep the brackets of a query may be nested")
    long_running: int = _option(
        lambda: 4 * (os.cpu_count() or 1),
        "queries past the first tenth of a second that go on beside the others; 0 for none",
    )
    client_running: int = _option(
        lambda: 5 * (os.cpu_count() or 1), "queries of one client address evaluated at once"
    )
    client_waiting: int = _option(16, "queries of one client address that wait at most")
    proxies: int = _option(0, "proxies before this server; each adds an address to X-Forwarded-For")
    cache_bytes: int = _option(32_000_000, "memory for results kept, in bytes; 0 keeps none")
    coded_bytes: int = _option(1000, "the smallest body that is compressed, in bytes")
    reload_seconds: float = _option(
        1.0, "how often to look for a new build; 0 serves the first one for ever"
    )
    departure_seconds: float = _option(
        0.25, "how often to look whether clients of running queries are still there; 0 never does"
    )
    access_log: str = _option("", "file for a line of JSON per request; - is standard error")
    operator_token_hash: str = _option(
        "",
        "SHA-256 of the operator's token, as `steamkg token` prints it; without it, /queries"
        " is not there",
    )
    dataset: tuple[str, ...] = _option(
        (),
        "files to serve instead of the project's own graph, or 'empty'; separated by ':'",
        separator=os.pathsep,
    )
    default_graph: str = _option(
        "merge", "of such a dataset: merge shows all its graphs in the default graph; or strict"
    )
    writes: str = _option(
        "off", "writes to such a dataset: off; token (a bearer token); open (loopback only)"
    )
    write_token_hash: str = _option("", "SHA-256 of the bearer token for writes, likewise")
    validate_writes: str = _option("off", "what holds writes to rules; so far nothing does")
    write_bytes: int = _option(50_000_000, "the largest body of a write, in bytes")
    write_queue: int = _option(16, "how many writes wait at most; they are made one at a time")
    client_writes: int = _option(4, "writes of one client address that wait at most")
    dataset_quads: int = _option(10_000_000, "quads that a dataset may have after a write")
    service_endpoints: tuple[str, ...] = _option(
        (), "endpoints that SERVICE may ask, by their exact IRIs, separated by spaces"
    )
    service_private_endpoints: tuple[str, ...] = _option(
        (), "more of them, which may also have a private or loopback address"
    )
    service_seconds: float = _option(
        5.0, "how long all endpoints that one query asks may take together"
    )
    service_bytes: int = _option(10_000_000, "the largest answer of an endpoint, in bytes")
    service_calls: int = _option(8, "SERVICE blocks that one query may have")
    service_running: int = _option(
        8, "queries that ask endpoints at the same time, half of them of one client at most"
    )
    service_cache_bytes: int = _option(
        16_000_000, "memory for answers of endpoints kept, in bytes; 0 keeps none"
    )
    service_cache_seconds: float = _option(60.0, "how long such an answer is kept")
    log_level: str = _option("error", "what the server logs: debug, info, warning or error")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """The defaults, overridden by the environment. Raises SettingError."""
        source = os.environ if environment is None else environment
        given = {
            option.name: _parsed(option, source[environment_name(option)])
            for option in fields(cls)
            if environment_name(option) in source
        }
        return cls(**given)

    def __post_init__(self) -> None:
        """Refuse what no option can mean."""
        positive = {"workers", "threads", "query_bytes", "result_bytes", "memory_bytes"}
        positive |= {"query_seconds", "queue_seconds", "queue_length", "result_rows"}
        positive |= {"query_nesting", "client_running", "client_waiting"}
        positive |= {"write_bytes", "dataset_quads", "write_queue", "client_writes"}
        positive |= {"service_seconds", "service_bytes", "service_calls", "service_running"}
        for name in sorted(positive):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise SettingError(f"{name} must be a number above 0, not {value}")
        for name in (
            "proxies",
            "cache_bytes",
            "coded_bytes",
            "reload_seconds",
            "departure_seconds",
            "service_cache_bytes",
            "service_cache_seconds",
        ):
            value = getattr(self, name)
            if not (value >= 0 and math.isfinite(value)):
                raise SettingError(f"{name} must be a number from 0, not {value}")
        if self.operator_token_hash and not _SHA256.fullmatch(self.operator_token_hash):
            raise SettingError("operator_token_hash must be 64 hexadecimal digits (SHA-256)")
        if not 0 <= self.port < 1 << 16:
            raise SettingError(f"port must be between 0 and 65535, not {self.port}")
        if self.log_level not in ("debug", "info", "warning", "error"):
            raise SettingError("log_level must be debug, info, warning or error")
        if self.default_graph not in ("merge", "strict"):
            raise SettingError("default_graph must be merge or strict")
        if self.validate_writes != "off":
            raise SettingError("validate_writes must be off: nothing validates writes yet")
        if self.writes not in ("off", "token", "open"):
            raise SettingError("writes must be off, token or open")
        for name in ("service_endpoints", "service_private_endpoints"):
            for endpoint in getattr(self, name):
                _require_endpoint(name, endpoint)

    def require_safe_writes(self) -> None:
        """Refuse, before serving, writes that would not be safe. Raises SettingError."""
        if self.writes == "off":
            return
        if not self.dataset:
            raise SettingError(
                f"writes={self.writes} needs a dataset of yours (--dataset): the project's own "
                "graph is published from its sources only, checked as a whole, and is never "
                "written to while it is served"
            )
        if self.writes == "open" and not _is_loopback(self.host):
            raise SettingError(
                f"writes=open lets anyone who reaches {self.host} change the data; it is for a "
                "loopback address (127.0.0.1, ::1, localhost), use writes=token elsewhere"
            )
        if self.writes == "token" and not _SHA256.fullmatch(self.write_token_hash):
            raise SettingError(
                "writes=token needs STEAMKG_WRITE_TOKEN_HASH, the SHA-256 of the token in "
                "hexadecimal; `steamkg token --for writes` makes both"
            )


def _require_endpoint(name: str, endpoint: str) -> None:
    """Refuse what SERVICE could never ask. Raises SettingError."""
    try:
        parts = urlsplit(endpoint)
        well_formed = bool(parts.hostname) and parts.port != 0
    except ValueError:
        well_formed = False
    if not (well_formed and _ENDPOINT.fullmatch(endpoint)):
        raise SettingError(
            f"{name} has {endpoint!r}, which is no address of the form http(s)://host/path; what "
            "is not ASCII has to be percent-encoded, and there is no user and no fragment"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def environment_name(option: "Field[Any]") -> str:
    """The environment variable of an option."""
    return option.metadata["environment"] or _PREFIX + option.name.upper()


def _parsed(option: "Field[Any]", value: str) -> Any:
    kinds: dict[Any, Any] = {int: int, float: float, str: str, Path: Path}
    separator = option.metadata["separator"]  # None: any white space
    kinds[tuple[str, ...]] = lambda text: tuple(part for part in text.split(separator) if part)
    try:
        return kinds[option.type](value)
    except ValueError:
        raise SettingError(
            f"{environment_name(option)}={value!r} is no {option.type.__name__}"  # type: ignore[union-attr]
        ) from None
