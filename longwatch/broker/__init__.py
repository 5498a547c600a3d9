"""The queue between processes: Celery as a wake-up, never as the memory. An edge: it reads the environment."""

from longwatch.broker.application import make_app
from longwatch.settings import load

app = make_app(load())
