"""
Mutants of a Python file: each one small change that a test should notice.

What is changed: comparisons, `and`/`or`, conditions, arithmetic, numbers, truth values,
short texts and bytes (names of fields, statuses, patterns), what is returned, and whole
statements that are left out. Module level counts as well, so tables are mutated, too.

What is left alone, since no test should have to see it: annotations, docstrings,
decorators, type variables, `__all__`, what only type checkers read, and prose (texts of
three words or more).
"""

from __future__ import annotations

import ast
import re
from itertools import pairwise

from attrs import frozen

_COMPARISONS: dict[type[ast.cmpop], tuple[bytes, bytes]] = {
    ast.Eq: (rb"==", b"!="),
    ast.NotEq: (rb"!=", b"=="),
    ast.Lt: (rb"<", b"<="),
    ast.LtE: (rb"<=", b"<"),
    ast.Gt: (rb">", b">="),
    ast.GtE: (rb">=", b">"),
    ast.In: (rb"\bin\b", b"not in"),
    ast.NotIn: (rb"\bnot\s+in\b", b"in"),
    ast.Is: (rb"\bis\b", b"is not"),
    ast.IsNot: (rb"\bis\s+not\b", b"is"),
}
_ARITHMETIC: dict[type[ast.operator], tuple[bytes, bytes]] = {
    ast.Add: (rb"\+", b"-"),
    ast.Sub: (rb"-", b"+"),
    ast.Mult: (rb"\*", b"/"),
    ast.Div: (rb"/", b"*"),
    ast.FloorDiv: (rb"//", b"*"),
    ast.Mod: (rb"%", b"/"),
    ast.BitOr: (rb"\|", b"&"),
    ast.BitAnd: (rb"&", b"|"),
    ast.Pow: (rb"\*\*", b"*"),
}
_TYPE_MAKERS = {"TypeVar", "ParamSpec", "NewType", "TypedDict", "cast"}
_WORDS_OF_PROSE = 3


@frozen
class Mutant:
    """
    One change.

    Attributes:
        file: From the root of the project.
        line: Where, from 1.
        scope: The class and function around it; empty at module level.
        before: The source text that is replaced, in one line.
        after: What stands there instead, in one line.
        span: The bytes of the file that are replaced.
        text: What replaces them.
    """

    file: str
    line: int
    scope: str
    before: str
    after: str
    span: tuple[int, int]
    text: bytes

    def applied_to(self, source: bytes) -> bytes:
        begin, end = self.span
        return source[:begin] + self.text + source[end:]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.before} -> {self.after}"


def mutants_of(file: str, source: bytes) -> list[Mutant]:
    r"""
    Every mutant of a file, in the order of the source.

    >>> for mutant in mutants_of("a.py", b"def f(a):\n    return a < 5\n"):
    ...     print(mutant, mutant.scope)
    a.py:2: return a < 5 -> return None f
    a.py:2: return a < 5 -> return a <= 5 f
    a.py:2: return a < 5 -> return a < 6 f
    """
    found = _Finder(file, source)
    found.visit(ast.parse(source))
    unique = {(mutant.span, mutant.text): mutant for mutant in found.mutants}
    return sorted(unique.values(), key=lambda mutant: (mutant.span, mutant.text))


class _Finder(ast.NodeVisitor):
    """Walks over a file and notes what may be changed."""

    def __init__(self, file: str, source: bytes) -> None:
        self.file = file
        self.source = source
        self.mutants: list[Mutant] = []
        self._scope: list[str] = []
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    # Where a node is.

    def _begin(self, node: ast.expr | ast.stmt) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def _note(self, begin: int, end: int, text: bytes) -> None:
        line = self.source.count(b"\n", 0, begin) + 1
        first = self._starts[line - 1]
        last = self.source.find(b"\n", end)
        last = len(self.source) if last < 0 else last
        before = self.source[first:last]
        after = self.source[first:begin] + text + self.source[end:last]
        self.mutants.append(
            Mutant(
                file=self.file,
                line=line,
                scope=".".join(self._scope),
                before=_in_one_line(before),
                after=_in_one_line(after),
                span=(begin, end),
                text=text,
            )
        )

    def _replace(self, node: ast.expr | ast.stmt, text: bytes) -> None:
        self._note(self._begin(node), self._end(node), text)

    def _replace_between(
        self, left: ast.expr, right: ast.expr, pattern: bytes, text: bytes
    ) -> None:
        """Replace an operator, which stands in the gap between its operands."""
        begin, end = self._end(left), self._begin(right)
        found = re.search(pattern, self.source[begin:end])
        if found is not None:
            self._note(begin + found.start(), begin + found.end(), text)

    def _negate(self, condition: ast.expr) -> None:
        if isinstance(condition, ast.Compare) and len(condition.ops) == 1:
            return  # its operator is turned round, or its bound moved
        if isinstance(condition, ast.UnaryOp) and isinstance(condition.op, ast.Not):
            text = self._source_of(condition.operand)
        else:
            text = b"not (" + self._source_of(condition) + b")"
        self._replace(condition, text)

    def _source_of(self, node: ast.expr) -> bytes:
        return self.source[self._begin(node) : self._end(node)]

    # What is left alone.

    def _visit_scope(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    ) -> None:
        self._scope.append(node.name)
        if not isinstance(node, ast.ClassDef):
            defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            for default in defaults:
                self.visit(default)
        self._visit_body(node.body)
        self._scope.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _visit_scope  # noqa: N815

    def visit_Module(self, node: ast.Module) -> None:
        self._visit_body(node.body)

    def _visit_body(self, body: list[ast.stmt]) -> None:
        for position, statement in enumerate(body):
            is_text = isinstance(statement, ast.Expr) and isinstance(
                statement.value, ast.Constant
            )
            if position and isinstance(statement, ast.Expr) and is_text:
                continue  # what describes the attribute before it
            if not is_text:
                self.visit(statement)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None and "TypeAlias" not in ast.unparse(node.annotation):
            self.visit(node.value)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        """Leave it alone."""

    def visit_Assign(self, node: ast.Assign) -> None:
        names = {t.id for t in node.targets if isinstance(t, ast.Name)}
        if "__all__" in names:
            return
        if any(isinstance(t, ast.Attribute | ast.Subscript) for t in node.targets):
            self._replace(node, b"pass")
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in _TYPE_MAKERS:
            if node.func.id == "cast":
                self.visit(node.args[1])
            return
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) == "TYPE_CHECKING":
            return
        self._negate(node.test)
        self.generic_visit(node)

    # What is changed.

    def visit_While(self, node: ast.While) -> None:
        if not isinstance(node.test, ast.Constant):
            self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for condition in node.ifs:
            self._negate(condition)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = pairwise([node.left, *node.comparators])
        for (left, right), operator in zip(operands, node.ops, strict=True):
            self._replace_between(left, right, *_COMPARISONS[type(operator)])
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        is_and = isinstance(node.op, ast.And)
        pattern, text = (rb"\band\b", b"or") if is_and else (rb"\bor\b", b"and")
        for left, right in pairwise(node.values):
            self._replace_between(left, right, pattern, text)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if type(node.op) in _ARITHMETIC:
            self._replace_between(node.left, node.right, *_ARITHMETIC[type(node.op)])
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._replace(node, b"pass")
        self.visit(node.value)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            return
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            self._replace(node.value, b"None")
        self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._replace(node, b"pass")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Yield | ast.YieldFrom | ast.Await):
            self._replace(node, b"pass")
        self.visit(node.value)

    def visit_Continue(self, node: ast.Continue) -> None:
        self._replace(node, b"break")

    def visit_Break(self, node: ast.Break) -> None:
        self._replace(node, b"continue")

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Change what is filled in, not the text around it."""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self._replace(node, str(not value).encode())
        elif isinstance(value, int | float):
            self._replace(node, str(value + 1).encode())
        elif isinstance(value, bytes) or (
            isinstance(value, str) and len(value.split()) < _WORDS_OF_PROSE
        ):
            self._note_longer(node)

    def _note_longer(self, node: ast.Constant) -> None:
        """Put two letters before the quotes that close a literal."""
        literal = self._source_of(node)
        quotes = 3 if literal.endswith((b'"""', b"'''")) else 1
        self._replace(node, literal[:-quotes] + b"XX" + literal[-quotes:])


def _in_one_line(source: bytes) -> str:
    text = " ".join(source.decode().split())
    return text if len(text) <= 160 else f"{text[:157]}..."
