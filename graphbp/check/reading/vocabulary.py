"""Names: which node, entry or custom a written name means, by the network's names and by kindness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from graphbp.check.claim import EXAMPLES, LEARNING_RATE
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
from graphbp.check.reading.scripts import filled, letter_name, places
from graphbp.errors import did_you_mean
from graphbp.graph import Role
from graphbp.graph.shape import Shape
from graphbp.network import Network
from graphbp.notation.names import default_label
from graphbp.notation.tree import Call, Entry, Expr, Symbol

LOSSES = frozenset({"l", "ell", "L", "E", "J", "C", "loss", "Loss", "cost", "Cost", "error", "Error"})
RATES = frozenset({"eta", "alpha", "lr", "learning_rate"})


class Vocabulary:
    """The names of one network, and those that a learner adds line by line."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.forms: dict[str, tuple[Form, ...]] = {}
        self.shapes: dict[str, Shape] = {}
        self.own: dict[Form, Own] = {}
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
        return any(True for _ in self.nodes(spelled(word, 0), Scope())) or self.owned(spelled(word, 0)) is not None

    def knows(self, word: str) -> bool:
        """Whether a word alone means something."""
        return (
            word in self.forms
            or self.taken(word)
            or self.function(word) is not None
            or bool(self.customs(spelled(word, 0), Scope()))
        )

    def means(self, word: str, final: bool) -> bool:
        """Whether a part of a word is a name; only the last part may be a function."""
        return word in self.forms or self.taken(word) or (final and self.function(word) is not None)

    def losses_of(self, word: str) -> bool:
        """Whether a word is the loss or the total loss."""
        return bool(self.losses(spelled(word, 0)))

    def parameter(self, expr: Expr) -> bool:
        """Whether a tree is a parameter, or an entry of one."""
        node = expr.base if isinstance(expr, Entry) else expr
        graph = self.network.graph
        return isinstance(node, Symbol) and node.name in graph and graph[node.name].role == Role.PARAMETER

    # Names of the learner

    def owned(self, written: Written) -> tuple[Own, Script] | None:
        """The learner's name and the indices behind it."""
        form = Form(written.base, written.accent, written.sub, written.sup)
        if form in self.own:
            return self.own[form], ()
        for cut in range(len(written.sub)):
            form = Form(written.base, written.accent, written.sub[:cut], written.sup)
            if form in self.own:
                return self.own[form], written.sub[cut:]
        return None

    def introduce(self, written: Written, sub: Script, shape: Shape | None) -> Symbol:
        """Remember a name of the learner; `sub` is the part of its subscript that belongs to the name."""
        symbol = self.symbol(written, sub)
        self.own[Form(written.base, written.accent, sub, written.sup)] = Own(symbol, shape)
        return symbol

    def symbol(self, written: Written, sub: Script) -> Symbol:
        """The symbol of a new name: its parts joined, and no other name's symbol."""
        form = Form(written.base, written.accent, sub, written.sup)
        name = (
            written.shown
            if written.exact and written.shown.isidentifier() and written.shown.isascii()
            else "_".join([written.base + written.accent, *written.sup, *sub])
        )
        others = {own.symbol.name for known, own in self.own.items() if known != form}
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
        owned = self.owned(written)
        if owned is None and written.bare:
            owned = self.owned(written.plain())
            if owned is not None:
                return [powered(reading, written) for reading in own_readings(owned, scope)]
        if owned is not None:
            return own_readings(owned, scope)
        found = list(self.nodes(written, scope))
        if not written.exact or not any(reading.near == 0 for reading in found):
            found += self.powers(written, scope)
        found = nearest_readings(found)
        return found or self.customs(written, scope)

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
                    subs = places(written.sub[cut:], len(shape), scope.known()) if near is not None else None
                    if near is not None and subs is not None:
                        yield entry_reading(Symbol(node), subs, shape, near + extra)

    def powers(self, written: Written, scope: Scope) -> Iterator[Reading]:
        """A superscript read as a power."""
        if not written.bare or not "".join(written.sup).isdigit() or written.sup == ("1",):
            return
        for reading in self.nodes(replace(written.plain(), exact=False), scope):
            yield powered(reading, written)

    def customs(self, written: Written, scope: Scope) -> list[Reading]:
        """What a name stands for by custom: δ₁ for ∂l/∂z₁, dW for ∂l/∂W, η, ŷ, E for the loss."""
        return (
            self.losses(written)
            or self.gradients(written, scope)
            or self.others(written)
            or self.examples(written, scope)
        )

    def examples(self, written: Written, scope: Scope) -> list[Reading]:
        """lⁿ and x_n, the value of one example, where the network has several."""
        script = written.sup or written.sub
        if (
            self.network.total_formula is None
            or not self.network.data
            or len(script) != 1
            or (written.sup and written.sub)
        ):
            return []
        where = places(script, 1, scope.known())
        if where is None:
            return []
        bare = replace(written, sub=(), sup=(), bare=False)
        found = [*self.nodes(bare, scope)] or self.losses(bare)
        return [
            Reading(Entry(Call(EXAMPLES, (reading.expr,)), where), reading.shape, f"{reading.words} of an example")
            for reading in found
        ]

    def losses(self, written: Written) -> list[Reading]:
        """The loss and the total loss under the letters that books use."""
        scripts = "".join((*written.sub, *written.sup))
        if written.base not in LOSSES or written.accent or scripts not in ("", "total", "tot"):
            return []
        total, loss = self.network.total_formula, self.network.loss_name
        if written.base == loss:
            return [Reading(Symbol(loss), (), loss)]
        if total is None or written.base in ("l", "ell"):
            return [Reading(Symbol(loss), (), loss)]
        whole = [Reading(Symbol(total[0]), (), total[0])]
        return whole if written.base in (total[0], "L") else [Reading(Symbol(loss), (), loss), *whole]

    def gradients(self, written: Written, scope: Scope) -> list[Reading]:
        """δ for ∂l/∂z with the same scripts, dW for ∂l/∂W."""
        if written.accent or written.primes:
            return []
        if written.base in ("delta", "Delta"):
            for base in ("z", "Z"):
                found = self.gradient_of(replace(written, base=base, exact=False), scope)
                if found:
                    return found
            return self.errors(written)
        if written.base[:1] == "d" and len(written.base) > 1:
            inner = (
                spelled(written.shown[1:], written.at)
                if written.exact
                else replace(written, base=letter_name(written.base[1:]))
            )
            return self.gradient_of(inner, scope)
        return []

    def errors(self, written: Written) -> list[Reading]:
        """δ where sums are not called z: the one unit with these scripts."""
        from graphbp.derive.units import units

        numbers = Form("", "", written.sub, written.sup).orders
        zs = [unit.z for unit in units(self.network) if any(form.orders & numbers for form in self.forms[unit.z])]
        return [gradient(self.network, Reading(Symbol(z), self.shapes[z], z)) for z in dict.fromkeys(zs)]

    def gradient_of(self, written: Written, scope: Scope) -> list[Reading]:
        """∂l/∂ of what a name means."""
        return [gradient(self.network, reading) for reading in nearest_readings(list(self.nodes(written, scope)))]

    def others(self, written: Written) -> list[Reading]:
        """η, and ŷ for the target where the output has another name."""
        if written.base in RATES and not (written.sub or written.sup or written.accent):
            return [Reading(Symbol(LEARNING_RATE), (), "the learning rate")]
        if written.base == "y" and written.accent == "hat" and self.network.style == "lecture":
            return self.targets(written)
        if written.base in ("a", "h", "y") and (*written.sub, *written.sup) == ("0",):
            inputs = [node.id for node in self.network.graph.named if node.role == Role.INPUT]
            return [Reading(Symbol(inputs[0]), self.shapes[inputs[0]], inputs[0])] if len(inputs) == 1 else []
        return []

    def targets(self, written: Written) -> list[Reading]:
        """The targets that ŷ means in the lecture's style."""
        targets = [node for node in self.network.graph.named if node.role == Role.TARGET]
        if any(form.base == "y" for node in targets for form in self.forms[node.id]):
            return []
        want = Form("", "", written.sub, written.sup).orders
        fit = [node.id for node in targets if any(form.orders & want for form in self.forms[node.id])]
        return [Reading(Symbol(node), self.shapes[node], node) for node in fit]

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
