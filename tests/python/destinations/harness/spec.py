"""Checks requests against a vendor's OpenAPI description: paths, parameters, types and bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

_METHODS = ("get", "post", "put", "patch", "delete")
_ROOT = "urn:description"


class Description:
    """One API."""

    def __init__(self, document: dict[str, Any]) -> None:
        resource = Resource(contents=document, specification=DRAFT4)
        self._document = document
        self._registry: Any = Registry().with_resource(_ROOT, resource)
        servers = document.get("servers") or [{"url": ""}]
        self._base = urlsplit(servers[0]["url"]).path.rstrip("/")
        self._operations = sorted(
            (
                (template.count("{"), method.upper(), _pattern(template), item, item[method])
                for template, item in document["paths"].items()
                for method in _METHODS
                if method in item
            ),
            key=lambda operation: operation[0],
        )

    def check(
        self,
        method: str,
        path: str,
        query: Mapping[str, Sequence[str]],
        headers: Mapping[str, str],
        body: bytes,
    ) -> tuple[int, list[str]]:
        """The status that the request deserves, and what is wrong with it. Header names are lower
        case. 404 for paths and methods that the description does not have.
        """
        local = path.removeprefix(self._base)
        for _, its_method, pattern, item, operation in self._operations:
            if its_method == method and pattern.fullmatch(local):
                parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
                problems = [
                    *self._parameters(parameters, query, headers),
                    *self._body(operation, headers, body),
                ]
                return (422 if problems else 200), problems
        return 404, [f"{method} {local} is not described"]

    def _parameters(
        self,
        parameters: Sequence[Any],
        query: Mapping[str, Sequence[str]],
        headers: Mapping[str, str],
    ) -> Iterator[str]:
        described = [self._resolved(parameter) for parameter in parameters]
        names = {p["name"] for p in described if p["in"] == "query"}
        yield from (f"query {name}: not described" for name in query if name not in names)
        for parameter in described:
            name = parameter["name"]
            if parameter["in"] == "query":
                found = (query.get(name) or [None])[0]
            elif parameter["in"] == "header":
                found = headers.get(name.lower())
            else:
                continue
            if found is None:
                if parameter.get("required"):
                    yield f"{parameter['in']} {name}: required"
                continue
            schema = self._resolved(parameter.get("schema", {}))
            yield from self._faults(schema, _typed(found, schema), name)

    def _body(
        self, operation: Mapping[str, Any], headers: Mapping[str, str], body: bytes
    ) -> Iterator[str]:
        described = self._resolved(operation.get("requestBody") or {})
        if not described:
            return
        if not body:
            if described.get("required"):
                yield "body: required"
            return
        kind = headers.get("content-type", "").partition(";")[0].strip()
        if kind not in described["content"]:
            yield f"content type {kind}: not described"
            return
        yield from self._faults(described["content"][kind].get("schema", {}), json.loads(body), "")

    def _faults(self, schema: Any, value: Any, where: str) -> Iterator[str]:
        validator = OAS30Validator(
            _rooted(schema), registry=self._registry, format_checker=oas30_format_checker
        )
        for fault in validator.iter_errors(value):
            place = "/".join([where, *map(str, fault.absolute_path)])
            yield f"{place}: {fault.message[:200]}"

    def _resolved(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node


def load(path: Path) -> Description:
    """The description in a JSON file."""
    return Description(json.loads(path.read_text(encoding="utf-8")))


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)) + "/?")


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """A parameter as its schema has it; as it is where it does not fit, which the check tells."""
    kind = schema.get("type")
    if kind == "array":
        return text.split(",")
    if kind in ("integer", "number", "boolean"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _rooted(node: Any) -> Any:
    """A piece of the document with references that hold outside of it."""
    if isinstance(node, dict):
        return {
            key: f"{_ROOT}{value}"
            if key == "$ref" and str(value).startswith("#")
            else _rooted(value)
            for key, value in node.items()
        }
    return [_rooted(item) for item in node] if isinstance(node, list) else node
