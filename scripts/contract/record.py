"""Writes down what each official SDK sends, for the tests that have none of them; see `make contract`."""

# ruff: noqa: INP001  a script beside others, not a package

import json

from tests.contract.support.recording import RECORDED, recording
from tests.contract.support.sdks import SDKS


def main() -> None:
    """Write one file for each SDK."""
    for sdk in SDKS:
        text = json.dumps(recording(sdk), indent=1, ensure_ascii=False)
        (RECORDED / f"{sdk.name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
