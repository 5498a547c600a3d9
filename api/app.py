"""The edge of the api process: `uvicorn api.app:app`. Settings are read here, at import."""

import logging

from api.application import create_app
from longwatch import logs
from longwatch.settings import load

_SETTINGS = load()
logs.configure(_SETTINGS)
# Ours says the same without the query, and with the project.
logging.getLogger("uvicorn.access").disabled = True

app = create_app(_SETTINGS)
