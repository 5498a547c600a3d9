"""What is the number that a question asks for?"""

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator
from itertools import count, islice

Computed = tuple[str, str, str]
_WORDS = {
    r"multiplied by|times": "*",
    r"divided by|over": "/",
    r"plus": "+",
    r"minus|less": "-",
    r"to the power of|raised to": "**",
    r"squared": "**2",
    r"cubed": "**3",
    r"percent of|% of": "/100*",
    r"modulo|mod": "%",
}
_EXPRESSION = re.compile(r"[\d.(][\d\s.+\-*/%^()\u00d7\u00f7,]*[\d)]|\d+\s*!")
_OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_NUMBER_WORDS = {word: number for number, word in enumerate(["ten", "twenty", "thirty", "forty", "fifty"], 1)}
_ORDINAL = r"(\d[\d,]*)(?:st|nd|rd|th)?"
_MOST = 20_000


def computed(question: str) -> Computed | None:
    """Return Python code that computes what *question* asks for, what it prints, and a sentence; None if nothing is."""
    said = _with_digits(question)
    for form, compute in _FORMS:
        found = re.search(form, said, re.IGNORECASE)
        numbers = [min(int(one.replace(",", "")), _MOST) for one in found.groups() if one] if found else []
        if found and numbers:
            code, value, what = compute(*numbers)
            return code, str(value), f"{what} is {value}."
    return _arithmetic(said)


def _with_digits(question: str) -> str:
    words = "|".join(_NUMBER_WORDS)
    return re.sub(
        rf"\b({words})(?:th)?\b", lambda m: str(10 * _NUMBER_WORDS[m.group(1).lower()]), question, flags=re.IGNORECASE
    )


def fibonacci(place: int) -> int:
    """Return the Fibonacci number at *place*; the first two are 1."""
    one, other = 0, 1
    for _ in range(place):
        one, other = other, one + other
    return one


def primes() -> Iterator[int]:
    """Yield the primes in order."""
    found: list[int] = []
    for number in count(2):
        if all(number % prime for prime in found if prime * prime <= number):
            found.append(number)
            yield number


def _fibonacci(place: int) -> tuple[str, object, str]:
    code = f"a, b = 0, 1\nfor _ in range({place}):\n    a, b = b, a + b\nprint(a)"
    return code, fibonacci(place), f"Fibonacci number {place}"


def _first_fibonaccis(many: int) -> tuple[str, object, str]:
    values = [fibonacci(place) for place in range(1, min(many, 500) + 1)]
    loop = "    a, b = b, a + b\n    found.append(a)\nprint(found)"
    code = f"a, b, found = 0, 1, []\nfor _ in range({len(values)}):\n{loop}"
    return code, values, f"The list of the first {len(values)} Fibonacci numbers"


_SIEVE = """\
found, n = [], 2
while len(found) < {many}:
    if all(n % p for p in found):
        found.append(n)
    n += 1
"""


def _first_primes(many: int) -> list[int]:
    return list(islice(primes(), min(many, 5000)))


def _prime(place: int) -> tuple[str, object, str]:
    found = _first_primes(max(place, 1))
    return _SIEVE.format(many=len(found)) + "print(found[-1])", found[-1], f"Prime number {len(found)}"


def _prime_sum(many: int) -> tuple[str, object, str]:
    found = _first_primes(many)
    return _SIEVE.format(many=len(found)) + "print(sum(found))", sum(found), f"The sum of the first {len(found)} primes"


def _prime_list(many: int) -> tuple[str, object, str]:
    found = _first_primes(many)
    return _SIEVE.format(many=len(found)) + "print(found)", found, f"The list of the first {len(found)} primes"


def _factorial(number: int) -> tuple[str, object, str]:
    number = min(number, 1000)
    return f"import math\nprint(math.factorial({number}))", math.factorial(number), f"The factorial of {number}"


def _range_sum(low: int, high: int) -> tuple[str, object, str]:
    what = f"The sum of the numbers from {low} to {high}"
    return f"print(sum(range({low}, {high} + 1)))", sum(range(low, high + 1)), what


def _first_sum(many: int) -> tuple[str, object, str]:
    return _range_sum(1, many)


def _root(number: int) -> tuple[str, object, str]:
    return f"import math\nprint(math.sqrt({number}))", math.sqrt(number), f"The square root of {number}"


def _common(kind: str) -> Callable[[int, int], tuple[str, object, str]]:
    function = math.gcd if kind == "gcd" else math.lcm
    name = "greatest common divisor" if kind == "gcd" else "least common multiple"
    return lambda a, b: (f"import math\nprint(math.{kind}({a}, {b}))", function(a, b), f"The {name} of {a} and {b}")


_FORMS: tuple[tuple[str, Callable[..., tuple[str, object, str]]], ...] = (
    (rf"first {_ORDINAL} fibonacci", _first_fibonaccis),
    (rf"{_ORDINAL} fibonacci|fibonacci[^\d]{{0,30}}{_ORDINAL}", _fibonacci),
    (rf"sum of (?:the )?first {_ORDINAL} prime", _prime_sum),
    (rf"first {_ORDINAL} prime", _prime_list),
    (rf"{_ORDINAL} prime|prime number[^\d]{{0,10}}{_ORDINAL}", _prime),
    (rf"factorial[^\d]{{0,10}}{_ORDINAL}|\b{_ORDINAL}!|{_ORDINAL} factorial", _factorial),
    (rf"sum of [^\d]{{0,40}}from {_ORDINAL} (?:to|through) {_ORDINAL}", _range_sum),
    (rf"sum of [^\d]{{0,30}}between {_ORDINAL} and {_ORDINAL}", _range_sum),
    (rf"sum of (?:the )?first {_ORDINAL}", _first_sum),
    (rf"square root of {_ORDINAL}", _root),
    (rf"(?:gcd|greatest common divisor) of {_ORDINAL} and {_ORDINAL}", _common("gcd")),
    (rf"(?:lcm|least common multiple) of {_ORDINAL} and {_ORDINAL}", _common("lcm")),
)


def _arithmetic(question: str) -> Computed | None:
    said = re.sub(r"(?<=\d),(?=\d{3}\b)", "", question)
    for words, symbol in _WORDS.items():
        said = re.sub(rf"(?<=[\d)])\s*(?:{words})(?=\s*[\d(]|\s|$|[?.])", f" {symbol} ", said, flags=re.IGNORECASE)
    candidates = [match.group() for match in _EXPRESSION.finditer(said)]
    for candidate in sorted(candidates, key=len, reverse=True):
        written = candidate.replace("\u00d7", "*").replace("\u00f7", "/").replace("^", "**")
        written = " ".join(written.split())
        value = _evaluated(written)
        if value is not None and re.search(r"[+*/%-]", written):
            return f"print({written})", str(value), f"The result of {written} is {value}."
    return None


def _evaluated(written: str) -> float | None:
    try:
        return _value(ast.parse(written, mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError, TypeError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=kind, right=right) if type(kind) in _OPERATORS:
            one, other = _value(left), _value(right)
            if isinstance(kind, ast.Pow) and (abs(other) > 1000 or abs(one) > 10**6):
                raise ValueError("too large to compute here")
            return _OPERATORS[type(kind)](one, other)
    raise ValueError("no arithmetic")
