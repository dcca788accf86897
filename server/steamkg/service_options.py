"""The options of ``steamkg serve`` for queries that ask other endpoints with SERVICE."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def _given(
    _: click.Context, __: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...] | None:
    """None where the option is not used, which leaves the environment's value."""
    return values or None


_OPTIONS: Final = (
    click.option(
        "--service",
        "service_endpoints",
        multiple=True,
        callback=_given,
        metavar="IRI",
        help="An endpoint that queries may ask with SERVICE, by its exact IRI; may be repeated. "
        "Its host must have addresses of the open Internet only.  [default: none]",
    ),
    click.option(
        "--private-service",
        "service_private_endpoints",
        multiple=True,
        callback=_given,
        metavar="IRI",
        help="The same, for an endpoint on this machine or in a private network.",
    ),
)


def service_options(command: Command) -> Command:
    """Give a command the options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
