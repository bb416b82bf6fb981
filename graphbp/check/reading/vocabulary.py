"""Names: which node, entry or custom a written name means, by the network's names and by kindness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from graphbp.check.reading.customs import Customs
from graphbp.check.reading.forms import (
    Form,
    Own,
    Reading,
    Scope,
    entry_reading,
    form_of,
    gradient,
    nearest_readings,
    own_readings,
    powered,
    spelled,
)
from graphbp.check.reading.functions import function_name, generic
from graphbp.check.reading.raw import Script, Written
from graphbp.check.reading.rows import FIRST, Rows
from graphbp.check.reading.scripts import SPELLED, filled, places
from graphbp.errors import did_you_mean
from graphbp.graph import Role
from graphbp.graph.shape import Shape
from graphbp.network import Network
from graphbp.notation.names import default_label
from graphbp.notation.tree import Entry, Expr, Partial, Symbol


class Vocabulary:
    """The names of one network, and those that a learner adds line by line."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.forms: dict[str, tuple[Form, ...]] = {}
        self.shapes: dict[str, Shape] = {}
        self.own: dict[tuple[Form, Script], Own] = {}
        self.terms = 0
        """How many terms of sums over names were written out."""
        self.customs = Customs(self)
        self.rows = Rows(network)
        names = network.names
        for node in network.graph.named:
            labels = (names.label(node.id), default_label(node.id, len(node.shape)), default_label(node.id))
            self.forms[node.id] = tuple(dict.fromkeys(form_of(label) for label in labels))
            self.shapes[node.id] = node.shape
        self.letters = {form.base for forms in self.forms.values() for form in forms}
        self.kin: dict[str, tuple[str, ...]] = {}
        for name, forms in self.forms.items():
            for base in {form.base for form in forms}:
                self.kin[base] = (*self.kin.get(base, ()), name)

    # What the lexers ask

    def function(self, word: str) -> str | None:
        """The word if it calls a function, generic ones included unless a node has that name."""
        if function_name(word, self.network):
            return word
        return word if generic(word) and not self.taken(word) else None

    def taken(self, word: str) -> bool:
        """Whether a word is a node or a name of the learner."""
        return any(True for _ in self.nodes(spelled(word, 0), Scope())) or bool(self.owned(spelled(word, 0)))

    def knows(self, word: str) -> bool:
        """Whether a word alone means something."""
        return (
            word in self.forms
            or self.taken(word)
            or self.function(word) is not None
            or bool(self.customs.readings(spelled(word, 0), Scope()))
        )

    def means(self, word: str, final: bool) -> bool:
        """Whether a part of a word is a name; only the last part may be a function."""
        return word in self.forms or self.taken(word) or (final and self.function(word) is not None)

    def varied(self, written: Written) -> bool:
        """Whether ∇ before this name asks for the gradient of what it means: the loss, or a number that is computed."""
        found = self.readings(written, Scope())
        if len(found) != 1 or found[0].shape != () or not isinstance(found[0].expr, Symbol):
            return False
        node = found[0].expr.name
        return node not in self.network.graph or not self.network.graph[node].leaf

    def parameter(self, expr: Expr) -> bool:
        """Whether a tree is a parameter, or an entry of one."""
        node = expr.base if isinstance(expr, Entry) else expr
        graph = self.network.graph
        return isinstance(node, Symbol) and node.name in graph and graph[node.name].role == Role.PARAMETER

    # Names of the learner

    def owned(self, written: Written) -> list[tuple[Own, Script]]:
        """The learner's names that this can be, with the indices behind them.

        δ_k and δ_j may be two names, where the letter tells the layer; another letter can then be either.
        """
        for cut in (len(written.sub), *range(len(written.sub))):
            form, behind = Form(written.base, written.accent, written.sub[:cut], written.sup), written.sub[cut:]
            found = [(own, behind) for (known, _), own in self.own.items() if known == form]
            if len(found) > 1 and (form, behind) in self.own:
                return [(self.own[form, behind], behind)]
            if found:
                return found
        return []

    def introduced(self, written: Written) -> bool:
        """Whether the learner introduced the name with these very scripts."""
        forms = [(Form(written.base, written.accent, written.sub[:cut], written.sup), written.sub[cut:])
                 for cut in range(len(written.sub) + 1)]  # fmt: skip
        return any(form in self.own for form in forms)

    def arrays(self) -> list[tuple[Symbol, Shape]]:
        """The learner's names with their shapes as far as they are known."""
        return [(own.symbol, own.shape) for own in self.own.values() if own.shape is not None]

    def introduce(self, written: Written, sub: Script, behind: Script, shape: Shape | None) -> Symbol:
        """Remember a name of the learner; `sub` is the part of its subscript that belongs to the name."""
        symbol = self.symbol(written, sub, behind)
        self.own[Form(written.base, written.accent, sub, written.sup), behind] = Own(symbol, shape)
        return symbol

    def symbol(self, written: Written, sub: Script, behind: Script) -> Symbol:
        """The symbol of a new name: its parts joined, and no other name's symbol."""
        form = Form(written.base, written.accent, sub, written.sup)
        name = (
            written.shown
            if written.exact and written.shown.isidentifier() and written.shown.isascii()
            else "_".join([written.base + written.accent, *written.sup, *sub])
        )
        others = {own.symbol.name for known, own in self.own.items() if known != (form, behind)}
        while name in others or name in self.shapes:
            name += "_"
        return Symbol(name)

    # Readings

    def readings(self, written: Written, scope: Scope) -> list[Reading]:
        """Everything that a name can mean; the customs only if no node fits."""
        sup = filled(written.sup, scope.numbers)
        written = replace(
            written, sub=filled(written.sub, scope.numbers), sup=sup, bare=written.bare and sup == written.sup
        )
        if written.example:
            return self.example(written, scope)
        if owned := self.owned(written):
            return [reading for one in owned for reading in own_readings(one, scope)]
        if written.bare and (owned := self.owned(written.plain())):
            return [powered(reading, written) for one in owned for reading in own_readings(one, scope)]
        found = list(self.nodes(written, scope))
        if not written.exact or not any(reading.near == 0 for reading in found):
            found += self.powers(written, scope)
        found = nearest_readings(found)
        if not found and len(written.sup) == 1 and not written.sub and self.rows.axis is not None:
            found = self.example(replace(written, sup=(), bare=False, example=written.sup[0]), scope)
        return found or self.joined(written) or self.customs.readings(written, scope)

    def joined(self, written: Written) -> list[Reading]:
        """W_k for a node that is called Wk, where nothing else fits."""
        script = "".join(written.sub)
        if written.accent or written.sup or not script.isalpha():
            return []
        shown = SPELLED.get(written.base, written.base)
        ids = {f"{base}{link}{script}" for base in (written.base, shown) for link in ("", "_")}
        return [Reading(Symbol(node), self.shapes[node], node, 4) for node in sorted(ids & self.shapes.keys())]

    def nodes(self, written: Written, scope: Scope) -> Iterator[Reading]:
        """The nodes and entries of nodes that a name can mean."""
        if written.exact and written.shown in self.shapes:
            yield Reading(Symbol(written.shown), self.shapes[written.shown], written.shown, 0)
            return
        whole = Form(written.base, written.accent, written.sub, written.sup)
        for base, extra in ((written.base, 0), (written.base.swapcase(), 2)):
            for node in self.kin.get(base, ()):
                near = self.distance(node, replace(whole, base=base))
                # Books write a matrix with a small letter; nothing else changes its size.
                if near is not None and (not extra or len(self.shapes[node]) > 1):
                    yield Reading(Symbol(node), self.shapes[node], node, near + extra)
        yield from self.entries(written, scope)

    def distance(self, node: str, form: Form) -> int | None:
        """1 for a node's own spelling, 2 for one with the scripts in other places, None if it is another name."""
        if form in self.forms[node][:1]:
            return 1
        fits = any(f.base == form.base and f.accent == form.accent and f.orders & form.orders for f in self.forms[node])
        return 2 if fits else None

    def entries(self, written: Written, scope: Scope) -> Iterator[Reading]:
        """The entries of arrays that a subscript can mean."""
        for base, extra in ((written.base, 0), (written.base.swapcase(), 2)):
            for cut in range(len(written.sub)):
                form = Form(base, written.accent, written.sub[:cut], written.sup)
                for node in self.kin.get(base, ()):
                    shape = self.shapes[node]
                    near = self.distance(node, form) if shape else None
                    if near is None or (extra and len(shape) < 2):
                        continue
                    subs = places(written.sub[cut:], len(shape), scope.known())
                    if subs is not None:
                        yield entry_reading(Symbol(node), subs, shape, near + extra)
                    elif self.rows.axis == FIRST:
                        found = self.rows.reading(node, shape, written.sub[cut:], scope, near + extra)
                        yield from () if found is None else (found,)

    def example(self, written: Written, scope: Scope) -> list[Reading]:
        """a^{[2](i)}: example i of what the name means without (i)."""
        found: list[Reading] = []
        for reading in self.readings(replace(written, example=""), scope):
            node = reading.expr.x if isinstance(reading.expr, Partial) else reading.expr
            if not isinstance(node, Symbol):
                continue
            row = self.rows.reading(node.name, reading.shape or (), (written.example,), scope, reading.near)
            if row is not None:
                found.append(gradient(self.network, row) if isinstance(reading.expr, Partial) else row)
        return found

    def powers(self, written: Written, scope: Scope) -> Iterator[Reading]:
        """A superscript read as a power."""
        if not written.bare or not "".join(written.sup).isdigit() or written.sup == ("1",):
            return
        for reading in self.nodes(replace(written.plain(), exact=False), scope):
            yield powered(reading, written)

    # Words for messages

    def spellings(self) -> tuple[str, ...]:
        """All names, for offering the nearest."""
        return (*self.forms, *(own.symbol.name for own in self.own.values()))

    def nearest(self, written: Written) -> str | None:
        """A remedy that names what an unknown name may have been."""
        near = did_you_mean(written.shown, [name for name in self.spellings() if name != written.shown])
        if near:
            return near
        kin = [node for node, forms in self.forms.items() if any(form.base == written.base for form in forms)]
        return f"the network has {', '.join(kin[:8])}" if kin else None

    def fixed(self) -> tuple[int, ...]:
        """The numbers that occur in scripts of names: what a letter can stand for."""
        digits = {int(n) for forms in self.forms.values() for form in forms
                  for part in (*form.sub, *form.sup) for n in (part, *part) if n.isdigit() and len(n) < 4}  # fmt: skip
        return tuple(sorted(digits))
