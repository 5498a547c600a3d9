"""The house rules that no linter knows: each takes a parsed file and yields the lines that break it."""

import ast
from collections.abc import Callable, Iterator

Rule = Callable[[ast.Module], Iterator[int]]
Function = ast.FunctionDef | ast.AsyncFunctionDef

LONGEST_FUNCTION = 60
DEEPEST_NESTING = 3

_WALL_CLOCK = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today"}
_WALL_CLOCK |= {"date.today", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today"}
_GLOBAL_RANDOM = {"random", "uniform", "randint", "randrange", "choice", "choices", "shuffle", "sample", "gauss"}
_SLEEPS = {"time.sleep", "asyncio.sleep", "anyio.sleep"}
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.With, ast.AsyncWith, ast.Match)


def wall_clock(tree: ast.Module) -> Iterator[int]:
    """Reads of the wall clock."""
    return (call.lineno for call in _calls(tree) if ast.unparse(call.func) in _WALL_CLOCK)


def unseeded_random(tree: ast.Module) -> Iterator[int]:
    """Random numbers that no test could repeat."""
    for call in _calls(tree):
        module, _, name = ast.unparse(call.func).rpartition(".")
        unseeded = module == "random" and (name in _GLOBAL_RANDOM or (name == "Random" and not call.args))
        if unseeded or name == "SystemRandom":
            yield call.lineno


def sleeps(tree: ast.Module) -> Iterator[int]:
    """Waits for a time instead of a condition."""
    return (call.lineno for call in _calls(tree) if ast.unparse(call.func) in _SLEEPS)


def mocks(tree: ast.Module) -> Iterator[int]:
    """Imports of a mocking library."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and any(map(_is_mock, _imported(node))):
            yield node.lineno


def async_tasks(tree: ast.Module) -> Iterator[int]:
    """Celery tasks written as `async def`, which Celery records as done without running them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef) and any(map(_is_task, node.decorator_list)):
            yield node.lineno


def long_functions(tree: ast.Module) -> Iterator[int]:
    """Functions that do not fit on a screen."""
    for function in _functions(tree):
        if (function.end_lineno or function.lineno) - function.lineno >= LONGEST_FUNCTION:
            yield function.lineno


def deep_nesting(tree: ast.Module) -> Iterator[int]:
    """Functions whose blocks stand too deep inside each other."""
    return (function.lineno for function in _functions(tree) if _depth(function) > DEEPEST_NESTING)


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    origin = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
    return [origin + alias.name for alias in node.names]


def _is_mock(module: str) -> bool:
    return module.startswith(("unittest.mock", "pytest_mock", "mock."))


def _functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _is_task(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).rpartition(".")[2] in {"task", "shared_task", "periodic_task"}


def _depth(node: ast.AST) -> int:
    below = max((_depth(child) for child in ast.iter_child_nodes(node) if not _is_elif(node, child)), default=0)
    beside = max((_depth(child) - 1 for child in ast.iter_child_nodes(node) if _is_elif(node, child)), default=0)
    return max(below, beside) + isinstance(node, _BLOCKS)


def _is_elif(node: ast.AST, child: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
