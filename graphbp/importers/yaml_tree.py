"""YAML text as a plain tree of texts with their places; nothing is resolved, constructed or executed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from graphbp.errors import FileProblem, Source
from graphbp.network.declared import shown

LARGEST_FILE = 16 * 2**20
DEEPEST = 24
QUOTE = 'put formulas that hold [ ] { } @ : or # in quotes, as in z: "x[0, 1] @ w"'
BREAKERS = re.compile(r"[\[\]{}@&*!|>%`\"'#]|:\s")
ALLOWED_CONTROLS = "\t\n\r"


@dataclass(slots=True)
class Scalar:
    """A text; `plain` if it was not quoted."""

    text: str
    plain: bool
    source: Source

    @property
    def empty(self) -> bool:
        """Whether nothing is said: `~`, `null`, or nothing at all."""
        return self.plain and self.text in ("", "~", "null")


@dataclass(slots=True)
class Listing:
    """A sequence."""

    source: Source
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A mapping, its keys in the order written."""

    source: Source
    rows: dict[str, tuple[Source, Item]] = field(default_factory=dict)


Item = Scalar | Listing | Table


def decode(content: bytes, file: str | None) -> str:
    """The bytes of a file as text.

    Raises: FileProblem if they are too many, none, no UTF-8, or hold control characters.
    """
    source = Source(file)
    if len(content) > LARGEST_FILE:
        raise too_large(len(content), file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileProblem("this is not a text file (no UTF-8)", source=Source(file, line)) from None
    if not text.strip():
        raise FileProblem("the file is empty", source=source, fix="graphbp new FILE writes one to start from")
    _check_characters(text, file)
    return text


def too_large(size: int, file: str | None) -> FileProblem:
    """The error for a file that is too large to be a network."""
    return FileProblem(f"the file has {size} bytes, more than {LARGEST_FILE}", source=Source(file),
                       fix="keep large arrays in a file of their own and give it with --values")  # fmt: skip


def _check_characters(text: str, file: str | None) -> None:
    """Refuse characters that are not seen: they could make a file look like another."""
    for character in sorted(set(text)):
        if character not in ALLOWED_CONTROLS and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            place = text.index(character)
            line = text.count("\n", 0, place) + 1
            column = place - text.rfind("\n", 0, place)
            name = unicodedata.name(character, "control character")
            raise FileProblem(f"the invisible character U+{ord(character):04X} ({name.lower()})",
                              source=Source(file, line, column), fix="remove it")  # fmt: skip


def read_tree(text: str, file: str | None = None) -> Item:
    """The tree of one YAML document.

    Raises: FileProblem with line and column.

    >>> tree = read_tree("inputs: {x: 0.50}")
    >>> tree.rows["inputs"][1].rows["x"][1].text
    '0.50'
    """
    try:
        return _Builder(file).build(yaml.parse(text, Loader=_loader()))
    except yaml.YAMLError as error:
        raise _yaml_problem(error, text, file) from None


def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _yaml_problem(error: yaml.YAMLError, text: str, file: str | None) -> FileProblem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or "not readable"
    if mark is None:
        return FileProblem(f"this is no YAML: {problem}", source=Source(file))
    source = Source(file, mark.line + 1, mark.column + 1)
    return FileProblem(f"this is no YAML: {problem}", source=source, fix=_remedy(error, text, mark.line))


def _remedy(error: yaml.YAMLError, text: str, line: int) -> str:
    """What most probably was meant where YAML stumbled."""
    context, problem = str(getattr(error, "context", "")), str(getattr(error, "problem", ""))
    opened = getattr(error, "context_mark", None)
    where = f" that opens on line {opened.line + 1}" if opened else ""
    lines = text.splitlines()
    about = " ".join(lines[max(0, line - 1) : line + 1])
    if "quoted scalar" in context:
        return f"close the quotation mark{where}"
    if "flow" in context and not any(sign in about for sign in "[@"):
        return f"close the bracket{where}"
    if "\t" in about and "token" in problem:
        return "indent with spaces, not with tabs"
    if "mapping values" in problem or "block mapping" in context:
        return "begin all names of a table in the same column; " + QUOTE
    return QUOTE if BREAKERS.search(about) else "write name: value, and indent with spaces"


class _Builder:
    """Builds the tree from YAML's events, without recursion."""

    def __init__(self, file: str | None) -> None:
        self.file = file
        self.open: list[Listing | Table] = []
        self.keys: list[Scalar | None] = []
        self.root: Item | None = None

    def build(self, events: Iterator[Any]) -> Item:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
                raise self.problem(event, "a second document starts here", "keep one network in a file")
            if isinstance(event, yaml.AliasEvent):
                raise self.problem(event, "YAML's aliases (*name) are not used here", QUOTE)
            if isinstance(event, yaml.NodeEvent):
                self.node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
                self.keys.pop()
        if self.root is None:
            raise FileProblem("the file is empty", source=Source(self.file))
        return self.root

    def node(self, event: Any) -> None:
        if event.anchor or event.tag not in (None, "!"):
            mark = f"&{event.anchor}" if event.anchor else event.tag
            raise self.problem(event, f"YAML's anchors and tags ({shown(mark)}) are not used here", QUOTE)
        item = self.item(event)
        self.place(item)
        if not isinstance(item, Scalar):
            self.open.append(item)
            self.keys.append(None)
            if len(self.open) > DEEPEST:
                raise self.problem(event, f"brackets are nested more than {DEEPEST} deep", None)

    def item(self, event: Any) -> Item:
        source = self.source(event)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, event.style in (None, ""), source)
        return Listing(source) if isinstance(event, yaml.SequenceStartEvent) else Table(source)

    def place(self, item: Item) -> None:
        """Put the item where it belongs: root, next of a sequence, key or value of a mapping."""
        if not self.open:
            self.root = item
            return
        parent = self.open[-1]
        if isinstance(parent, Listing):
            parent.items.append(item)
        elif (key := self.keys[-1]) is None:
            self.keys[-1] = self.key(item, parent)
        else:
            parent.rows[key.text] = (key.source, item)
            self.keys[-1] = None

    def key(self, item: Item, table: Table) -> Scalar:
        if not isinstance(item, Scalar):
            raise FileProblem("a name must stand before the colon", source=item.source, fix=QUOTE)
        if item.text in table.rows:
            first = table.rows[item.text][0]
            raise FileProblem(f"{shown(item.text)} is defined twice, first on line {first.line}", source=item.source,
                              fix="rename or remove one of the two")  # fmt: skip
        return item

    def source(self, event: Any) -> Source:
        return Source(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def problem(self, event: Any, what: str, fix: str | None) -> FileProblem:
        return FileProblem(what, source=self.source(event), fix=fix)
