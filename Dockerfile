# One image for every process of ours; the command chooses which. Build it with `docker compose build`.
FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements.lock ./
# The one lock holds the tools of development too. All of it is fetched by hash; only what running needs is installed.
RUN pip download --quiet --no-deps --only-binary :all: --require-hashes -r requirements.lock -d /wheels
COPY pyproject.toml README.md LICENSE ./
COPY longwatch longwatch
COPY api api
COPY scheduler scheduler
COPY worker worker
COPY simulator simulator
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --quiet --no-index --find-links /wheels .

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --create-home longwatch
COPY --from=build /venv /venv
WORKDIR /app
COPY flowerconfig.py ./
ENV PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
STOPSIGNAL SIGTERM
CMD ["longwatch", "--help"]
