"""What names stand for by custom where the network has no such name: δ, dW, E, η, ŷ, xⁿ."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from graphbp.check.claim import EXAMPLES, LEARNING_RATE
from graphbp.check.reading.forms import Form, Reading, Scope, entry_shape, gradient, nearest_readings, powered, spelled
from graphbp.check.reading.raw import Written
from graphbp.check.reading.scripts import letter_name, places
from graphbp.graph import Role
from graphbp.notation.tree import Call, Div, Entry, Expr, Index, IndexExpr, Sum, Symbol, symbols, walk

if TYPE_CHECKING:
    from graphbp.check.reading.vocabulary import Vocabulary
    from graphbp.derive.units import Unit

LOSSES = frozenset({"l", "ell", "L", "E", "J", "C", "loss", "Loss", "cost", "Cost", "error", "Error"})
RATES = frozenset({"eta", "alpha", "lr", "learning_rate"})


class Customs:
    """Names that every book uses and few networks have."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary, self.network = vocabulary, vocabulary.network

    def readings(self, written: Written, scope: Scope) -> list[Reading]:
        """What a name stands for by custom: δ₁ for ∂l/∂z₁, dW for ∂l/∂W, η, ŷ, E for the loss."""
        return (
            self.losses(written)
            or self.gradients(written, scope)
            or self.others(written)
            or self.examples(written, scope)
            or self.probabilities(written, scope)
        )

    def probabilities(self, written: Written, scope: Scope) -> list[Reading]:
        """p for what a cross-entropy of logits makes of them, where that has no name: softmax(z), σ(z)."""
        if written.base not in ("p", "P") or written.accent not in ("", "hat") or written.primes:
            return []
        if written.sup:
            power = written.bare and "".join(written.sup).isdigit()
            return [powered(one, written) for one in (self.probabilities(written.plain(), scope) if power else [])]
        found: list[Reading] = []
        for whole, logits in self.hidden:
            shape = self.vocabulary.shapes[logits.name]
            subs = places(written.sub, len(shape), scope.known()) if written.sub else ()
            if subs is not None:
                expr = _entry(whole, logits, subs, scope) if subs else whole
                kept = entry_shape(Entry(logits, subs), shape) if subs else shape
                found.append(Reading(expr, kept, f"{whole.function}({logits.name})"))
        return found

    def probability(self, expr: Expr, subs: tuple[IndexExpr, ...], scope: Scope) -> Expr | None:
        """One of the probabilities that have no name; None for an entry of anything else."""
        logits = dict(self.hidden).get(expr) if isinstance(expr, Call) else None
        if logits is None or len(subs) != len(self.vocabulary.shapes[logits.name]):
            return None
        return _entry(expr, logits, subs, scope) if isinstance(expr, Call) else None

    @cached_property
    def hidden(self) -> tuple[tuple[Call, Symbol], ...]:
        """The probabilities inside of cross-entropies, with their logits."""
        kinds = {"cross_entropy": "softmax", "binary_cross_entropy_with_logits": "sigmoid"}
        calls = [part for formula in self.network.formulas.values() for part in walk(formula)
                 if isinstance(part, Call) and part.function in kinds and isinstance(part.args[0], Symbol)]  # fmt: skip
        found = {Call(kinds[call.function], (call.args[0],)): call.args[0] for call in calls}
        return tuple((whole, logits) for whole, logits in found.items() if isinstance(logits, Symbol))

    def examples(self, written: Written, scope: Scope) -> list[Reading]:
        """lⁿ and x_n, the value of one example, where the network has several."""
        script = written.sup or written.sub
        if self.network.total_formula is None or len(script) != 1:
            return []
        if written.sup and written.sub:
            below = self.examples(written.plain(), scope) if written.bare and "".join(written.sup).isdigit() else []
            return [powered(reading, written) for reading in below]
        where = places(script, 1, scope.known())
        if where is None:
            return []
        bare = replace(written, sub=(), sup=(), bare=False)
        found = [*self.vocabulary.nodes(bare, scope)] or self.losses(bare)
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
            return self.deltas(written, scope)
        if written.base[:1] == "d" and len(written.base) > 1:
            inner = (
                spelled(written.shown[1:], written.at)
                if written.exact
                else replace(written, base=letter_name(written.base[1:]))
            )
            return self.gradient_of(inner, scope)
        return []

    def deltas(self, written: Written, scope: Scope) -> list[Reading]:
        """δ: the gradient of z; where z is what a unit puts out, or there is none, that of the units' sums."""
        outputs = {unit.a for unit in self.units}
        for base in ("z", "Z"):
            found = self.gradient_of(replace(written, base=base, exact=False), scope)
            if found and not outputs & {name for reading in found for name in symbols(reading.expr)}:
                return found
        numbers = Form("", "", written.sub, written.sup).orders
        forms = self.vocabulary.forms
        zs = dict.fromkeys(unit.z for unit in self.units if any(form.orders & numbers for form in forms[unit.z]))
        if zs:
            return [gradient(self.network, Reading(Symbol(z), self.vocabulary.shapes[z], z)) for z in zs]
        bases = dict.fromkeys(form.base for unit in self.units for form in forms[unit.z][:1])
        found = [one for base in bases for one in self.gradient_of(replace(written, base=base, exact=False), scope)]
        return list({reading.expr: reading for reading in found}.values())

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The units of the network."""
        from graphbp.derive.units import units

        return units(self.network)

    def gradient_of(self, written: Written, scope: Scope) -> list[Reading]:
        """∂l/∂ of what a name means."""
        found = nearest_readings(list(self.vocabulary.nodes(written, scope)))
        return [gradient(self.network, reading) for reading in found]

    def others(self, written: Written) -> list[Reading]:
        """η, and ŷ for the target where the output has another name."""
        if written.base in RATES and not (written.sub or written.sup or written.accent):
            return [Reading(Symbol(LEARNING_RATE), (), "the learning rate")]
        if written.base == "y" and written.accent == "hat" and self.network.style == "lecture":
            return self.targets(written)
        if written.base in ("a", "h", "y") and (*written.sub, *written.sup) == ("0",):
            inputs = [node for node in self.network.graph.named if node.role == Role.INPUT]
            return [Reading(Symbol(node.id), node.shape, node.id) for node in inputs] if len(inputs) == 1 else []
        return []

    def targets(self, written: Written) -> list[Reading]:
        """The targets that ŷ means in the lecture's style."""
        targets = [node for node in self.network.graph.named if node.role == Role.TARGET]
        if any(form.base == "y" for node in targets for form in self.vocabulary.forms[node.id]):
            return []
        want = Form("", "", written.sub, written.sup).orders
        fit = [node.id for node in targets if any(form.orders & want for form in self.vocabulary.forms[node.id])]
        return [Reading(Symbol(node), self.vocabulary.shapes[node], node) for node in fit]


def _entry(whole: Call, logits: Symbol, subs: tuple[IndexExpr, ...], scope: Scope) -> Expr:
    """One probability, over the logits."""
    if whole.function == "sigmoid":
        return Call("sigmoid", (Entry(logits, subs),))
    used = {*scope.bound, *(part.name for part in walk(Entry(logits, subs)) if isinstance(part, Index))}
    letter = Index(next(name for name in "kcjmnq" if name not in used))
    total = Sum((letter,), Call("exp", (Entry(logits, (*subs[:-1], letter)),)))
    return Div(Call("exp", (Entry(logits, subs),)), total)
