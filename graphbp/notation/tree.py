"""The maths as written: a closed tree of formulas that keeps the author's order.

Three families: `Index` and its kin say which entry, `Expr` says which value, `Condition` says when.
Every kind is frozen; constructors keep what they are given to the letter.  Rules that want
0, 1 and signs tidied use `graphbp.notation.smart`.
"""

from graphbp.notation.indices import Affine as Affine
from graphbp.notation.indices import Compare as Compare
from graphbp.notation.indices import Condition as Condition
from graphbp.notation.indices import FloorMod as FloorMod
from graphbp.notation.indices import Index as Index
from graphbp.notation.indices import IndexExpr as IndexExpr
from graphbp.notation.indices import Relation as Relation
from graphbp.notation.indices import Slice as Slice
from graphbp.notation.indices import Term as Term
from graphbp.notation.indices import Within as Within
from graphbp.notation.indices import affine as affine
from graphbp.notation.indices import position as position
from graphbp.notation.kinds import KINDS as KINDS
from graphbp.notation.kinds import Add as Add
from graphbp.notation.kinds import Array as Array
from graphbp.notation.kinds import Bracket as Bracket
from graphbp.notation.kinds import Broadcast as Broadcast
from graphbp.notation.kinds import Call as Call
from graphbp.notation.kinds import Cases as Cases
from graphbp.notation.kinds import Correlate as Correlate
from graphbp.notation.kinds import Delta as Delta
from graphbp.notation.kinds import Dilate as Dilate
from graphbp.notation.kinds import Div as Div
from graphbp.notation.kinds import Einsum as Einsum
from graphbp.notation.kinds import Entry as Entry
from graphbp.notation.kinds import Equation as Equation
from graphbp.notation.kinds import Expr as Expr
from graphbp.notation.kinds import Flip as Flip
from graphbp.notation.kinds import Group as Group
from graphbp.notation.kinds import Hadamard as Hadamard
from graphbp.notation.kinds import Mark as Mark
from graphbp.notation.kinds import MatMul as MatMul
from graphbp.notation.kinds import Max as Max
from graphbp.notation.kinds import Mul as Mul
from graphbp.notation.kinds import Neg as Neg
from graphbp.notation.kinds import Number as Number
from graphbp.notation.kinds import Outer as Outer
from graphbp.notation.kinds import Outside as Outside
from graphbp.notation.kinds import Pad as Pad
from graphbp.notation.kinds import Partial as Partial
from graphbp.notation.kinds import Pow as Pow
from graphbp.notation.kinds import Reduce as Reduce
from graphbp.notation.kinds import Reshape as Reshape
from graphbp.notation.kinds import Sum as Sum
from graphbp.notation.kinds import Symbol as Symbol
from graphbp.notation.kinds import Transpose as Transpose
from graphbp.notation.kinds import Upsample as Upsample
from graphbp.notation.kinds import as_expr as as_expr
from graphbp.notation.traverse import children as children
from graphbp.notation.traverse import rebuild as rebuild
from graphbp.notation.traverse import renamed as renamed
from graphbp.notation.traverse import substitute as substitute
from graphbp.notation.traverse import symbols as symbols
from graphbp.notation.traverse import template as template
from graphbp.notation.traverse import transform as transform
from graphbp.notation.traverse import walk as walk
