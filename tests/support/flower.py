"""Flower's own API, as its pages use it."""

from typing import Any

import httpx

from tests.support.installations import Up
from tests.support.waiting import eventually


class FlowerPages:
    """A client of one Flower."""

    def __init__(self, installation: Up) -> None:
        password = (installation.data_dir / "flower-password").read_text().strip()
        self.url = installation.urls["flower"]
        self.login = ("longwatch", password)
        self.http = httpx.Client(base_url=self.url, auth=self.login, trust_env=False, timeout=30)

    @property
    def rows(self) -> dict[str, Any]:
        """The rows by their ids; none while Flower is away."""
        try:
            found: dict[str, Any] = self.http.get("/api/tasks").raise_for_status().json()
        except httpx.HTTPError:
            return {}
        return found

    def shows(self, job_id: str, state: str, *, within: float = 60) -> Any:
        """Wait until the job's row is in *state* and return it."""

        def row() -> Any:
            found = self.rows.get(job_id)
            return found if found is not None and found["state"] == state else None

        return eventually(row, within=within)

    def terminate(self, job_id: str) -> None:
        """Do what the Terminate button does."""
        self.http.post(f"/api/task/revoke/{job_id}", params={"terminate": "true"}).raise_for_status()
