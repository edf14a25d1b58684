"""Finds node types: installed packages by entry point, single files in a folder. The palette as data.

A package names a module in the entry-point group `flowengine.nodes`; every node class with a type in that module's
namespace is registered. A package that fails to import is listed with its error and takes nothing else down.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from flowengine.errors import RegistryError
from flowengine.node import Node
from flowengine.options import schema_of

GROUP = "flowengine.nodes"


@dataclass(frozen=True)
class NodeType:
    """One entry of the palette."""

    name: str
    """The type, as flow files write it: `modbus/read`."""
    cls: type[Node]
    package: str
    """The distribution it comes from, or the file's path for a local one."""
    version: str
    local: bool = False

    @property
    def help(self) -> str:
        """The node's docstring, indentation removed."""
        lines = (self.cls.__doc__ or "").strip().splitlines()
        return "\n".join([lines[0], *(line.removeprefix("    ") for line in lines[1:])]) if lines else ""

    @property
    def title(self) -> str:
        """The first line of the help."""
        return self.help.split("\n", 1)[0].rstrip(".")

    def as_dict(self) -> dict[str, Any]:
        """Return what the canvas and the documentation need, as JSON values."""
        return {
            "type": self.name,
            "kind": self.cls.kind,
            "title": self.title,
            "help": self.help,
            "schema": schema_of(self.cls),
            "inputs": [port.__dict__ for port in self.cls.input_ports({})],
            "outputs": [port.__dict__ for port in self.cls.output_ports({})],
            "package": self.package,
            "version": self.version,
            "local": self.local,
        }


@dataclass(frozen=True)
class FailedPackage:
    """A package or file whose import failed: its nodes are missing, everything else works."""

    name: str
    error: str


@dataclass
class Registry:
    """All node types that are installed."""

    types: dict[str, NodeType] = field(default_factory=dict)
    failed: list[FailedPackage] = field(default_factory=list)

    @classmethod
    def discover(cls, nodes_dirs: Iterable[Path] = ()) -> Registry:
        """Load every installed package of nodes and every `.py` file in the given folders.

        Raises:
            RegistryError: two packages claim one type; both are named.
        """
        registry = cls()
        for entry in sorted(entry_points(group=GROUP), key=lambda e: (e.name != "core", e.name)):
            registry._load_package(entry)
        for folder in nodes_dirs:
            registry._load_folder(folder)
        return registry

    def add(self, node: type[Node], package: str, version: str = "", local: bool = False) -> None:
        """Register one class.

        Raises:
            RegistryError: the type is taken by another class.
        """
        taken = self.types.get(node.type)
        if taken is not None and taken.cls is not node:
            raise RegistryError(
                f"node type '{node.type}' is claimed by two packages: {taken.package} ({taken.cls.__module__}) and "
                f"{package} ({node.__module__}); uninstall one of them or rename the type"
            )
        self.types[node.type] = NodeType(node.type, node, package, version, local)

    def hint(self, type_name: str) -> str:
        """Say what to do about a type that is not there: a near name, a broken package, or the package to install."""
        import difflib

        owner = type_name.partition("/")[0]
        for failed in self.failed:
            if owner in failed.name.replace("_", "-").split("-") or failed.name.removesuffix(".py").endswith(owner):
                return f"package {failed.name} is installed but failed to import: {failed.error}"
        near = difflib.get_close_matches(type_name, self.types, n=1, cutoff=0.75)
        if near:
            return f"did you mean '{near[0]}'?"
        if any(known.partition("/")[0] == owner for known in self.types):
            known = ", ".join(sorted(t for t in self.types if t.partition("/")[0] == owner))
            return f"package '{owner}' has: {known}"
        if self.failed:
            broken = "; ".join(f"{failed.name}: {failed.error}" for failed in self.failed)
            return f"perhaps it is in a package that failed to import ({broken})"
        return f"install the package that brings it, by custom named flowengine-{owner}: pip install flowengine-{owner}"

    def _load_package(self, entry: EntryPoint) -> None:
        name = entry.dist.name if entry.dist else entry.name
        version = entry.dist.version if entry.dist else ""
        try:
            module = entry.load()
        except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything; it is listed, not hidden
            self.failed.append(FailedPackage(name, f"{type(error).__name__}: {error}"))
            return
        self._add_all(module, name, version)

    def _load_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            raise RegistryError(f"--nodes-dir {folder}: there is no such folder")
        for file in sorted(folder.glob("*.py")):
            name = f"flowengine_local_{file.stem}"
            spec = importlib.util.spec_from_file_location(name, file)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            try:
                spec.loader.exec_module(module)
            except Exception as error:  # noqa: BLE001 - as above
                self.failed.append(FailedPackage(file.name, f"{type(error).__name__}: {error}"))
                continue
            self._add_all(module, str(file), "", local=True)

    def _add_all(self, module: ModuleType, package: str, version: str, local: bool = False) -> None:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Node) and value.type:
                if local and value.__module__ != module.__name__:
                    continue  # a local file may import and build on other people's nodes
                self.add(value, package, version, local)
