"""How is a refused setting told to a person?"""

from pydantic import ValidationError


def settings_message(error: ValidationError) -> str:
    """Return which settings cannot be used, and why; never their values."""
    problems = (f"  {'.'.join(map(str, problem['loc'])) or 'settings'}: {problem['msg']}" for problem in error.errors())
    return "The settings (LONGWATCH_…) cannot be used:\n" + "\n".join(problems)
