"""The options: defaults, environment, and values that mean nothing."""

from dataclasses import fields
from pathlib import Path

import pytest

from steamkg.settings import SettingError, Settings, environment_name


def test_defaults_hold_without_environment() -> None:
    settings = Settings.from_environment({})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings == Settings()


def test_environment_overrides_with_the_right_types() -> None:
    settings = Settings.from_environment(
        {
            "STEAMKG_BUILD": "/somewhere",
            "STEAMKG_PORT": "9000",
            "STEAMKG_QUERY_SECONDS": "2.5",
            "STEAMKG_HOST": "::1",
            "OTHER_PORT": "1",
        }
    )
    assert settings.build_directory == Path("/somewhere")
    assert (settings.port, settings.query_seconds, settings.host) == (9000, 2.5, "::1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STEAMKG_PORT", "x"),
        ("STEAMKG_WRITES", "on"),
        ("STEAMKG_DEFAULT_GRAPH", "union"),
        ("STEAMKG_VALIDATE_WRITES", "on"),
        ("STEAMKG_WRITE_BYTES", "0"),
        ("STEAMKG_PORT", "65536"),
        ("STEAMKG_PORT", "-1"),
        ("STEAMKG_WORKERS", "0"),
        ("STEAMKG_WORKERS", "1.5"),
        ("STEAMKG_QUERY_SECONDS", "-1"),
        ("STEAMKG_QUERY_SECONDS", "nan"),
        ("STEAMKG_QUERY_SECONDS", "inf"),
        ("STEAMKG_LOG_LEVEL", "loud"),
        ("STEAMKG_SERVICE_ENDPOINTS", "example.org/sparql"),
        ("STEAMKG_SERVICE_ENDPOINTS", "https://e.example/a ftp://e.example/b"),
        ("STEAMKG_SERVICE_ENDPOINTS", "https://user:secret@e.example/"),
        ("STEAMKG_SERVICE_ENDPOINTS", "https://e.example/#all"),
        ("STEAMKG_SERVICE_ENDPOINTS", "https://e.example/ž"),
        ("STEAMKG_SERVICE_ENDPOINTS", "https://e.example:99999/"),
        ("STEAMKG_SERVICE_PRIVATE_ENDPOINTS", "http:///sparql"),
        ("STEAMKG_SERVICE_SECONDS", "0"),
        ("STEAMKG_SERVICE_CACHE_BYTES", "-1"),
    ],
)
def test_value_that_means_nothing_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name.removeprefix("STEAMKG_").lower() + "|" + name):
        Settings.from_environment({name: value})


def test_lists_of_endpoints_are_separated_by_white_space() -> None:
    endpoints = ("https://e.example/sparql?default-graph-uri=urn:a", "http://[::1]:3030/a@b/~c")
    settings = Settings.from_environment({"STEAMKG_SERVICE_ENDPOINTS": "\n ".join(endpoints)})
    assert settings.service_endpoints == endpoints
    assert Settings().service_endpoints == Settings().service_private_endpoints == ()


def test_every_option_says_what_it_means() -> None:
    for option in fields(Settings):
        assert option.metadata["meaning"]
        assert environment_name(option).startswith("STEAMKG_")


def test_build_directory_of_an_installed_package_is_in_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("steamkg.settings._ROOT", tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert Settings().build_directory == tmp_path / "cache" / "steamkg"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings().build_directory == tmp_path / ".cache" / "steamkg"
