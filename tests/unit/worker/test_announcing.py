from uuid import UUID

from structlog.testing import capture_logs

from worker.announcing import Unfailing

JOB = UUID(int=7)


class Heard:
    """An announcer that notes what it is told and may fail at it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.told: list[str] = []
        self._error = error

    def moved(self, job_id: UUID) -> None:
        self._note(f"moved {job_id.int}")

    def progressed(self, job_id: UUID) -> None:
        self._note(f"progressed {job_id.int}")

    def seen(self, job_id: UUID) -> None:
        self._note(f"seen {job_id.int}")

    def close(self) -> None:
        self.told.append("closed")

    def _note(self, words: str) -> None:
        self.told.append(words)
        if self._error is not None:
            raise self._error


def test_every_word_reaches_the_announcer() -> None:
    heard = Heard()
    announcer = Unfailing(heard)
    announcer.moved(JOB)
    announcer.progressed(JOB)
    announcer.seen(JOB)
    announcer.close()
    assert heard.told == ["moved 7", "progressed 7", "seen 7", "closed"]


def test_a_failure_is_logged_with_the_job_and_goes_no_further() -> None:
    announcer = Unfailing(Heard(RuntimeError("no broker")))
    with capture_logs() as logs:
        announcer.moved(JOB)
        announcer.progressed(JOB)
        announcer.seen(JOB)
    assert [entry["event"] for entry in logs] == ["an announcement failed"] * 3
    assert all(entry["job"].startswith("job_") for entry in logs)
