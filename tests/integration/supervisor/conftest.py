import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from longwatch.supervisor.groups import guarded
from longwatch.supervisor.output import Outputs, Terminal
from tests.support.programs import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    folder, stream = tmp_path / "logs", io.StringIO()
    with guarded() as guard, closing(Outputs(Terminal(stream), folder)) as outputs:
        yield Stage(folder, outputs, guard, stream)
