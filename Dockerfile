# undertone in a container; docs/deployment.md says how to run it, and why a node there needs a name and a broker.
#
#   docker build -t undertone .
#   docker build -t undertone --build-arg PIP_FLAGS='--extra-index-url …' .   # where torch's build for CPUs is offered
#
# No secret is built in: give them when it runs, as variables or files.

FROM python:3.11-slim-bookworm AS build

# For packages without a wheel.
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc g++ \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /src
RUN python -m venv /opt/undertone
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY configs configs
COPY model model
COPY realtime realtime
COPY edge edge
ARG PIP_FLAGS=""
RUN /opt/undertone/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-input \
    ${PIP_FLAGS} -c constraints.txt .
# An image keeps times in whole seconds, and numba takes a source with another time for another source.
RUN cd /opt/undertone/lib/python3.11/site-packages && /opt/undertone/bin/python -c "import os, pathlib; \
    [os.utime(path, (int(path.stat().st_mtime),) * 2) \
    for name in ('model', 'realtime', 'edge') for path in pathlib.Path(name).rglob('*.py')]"


FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends libportaudio2 \
    && rm -rf /var/lib/apt/lists/*

# What it may write to is the state, which outlives the container, and what is compiled for this processor.
RUN groupadd --system --gid 10001 undertone \
    && useradd --system --uid 10001 --gid 10001 --groups audio,video --no-create-home undertone \
    && install -d -o undertone -g undertone -m 0700 /var/lib/undertone /var/cache/undertone

COPY --from=build /opt/undertone /opt/undertone

ENV PATH=/opt/undertone/bin:$PATH \
    XDG_STATE_HOME=/var/lib \
    XDG_DATA_HOME=/var/lib/undertone/data \
    NUMBA_CACHE_DIR=/var/cache/undertone/numba \
    UNDERTONE_MONITORING__PORT=9472 \
    OMP_NUM_THREADS=1 \
    TOKENIZERS_PARALLELISM=false \
    HF_HUB_OFFLINE=1 \
    PYTHONUNBUFFERED=1

USER 10001:10001
WORKDIR /var/lib/undertone

# Compiled here rather than at every start. Another kind of processor compiles its own at its first start.
RUN python -m realtime.incremental.fused && python -m model.voice

VOLUME /var/lib/undertone
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9472/healthz', timeout=4)"]
ENTRYPOINT ["undertone"]
CMD ["run", "--log-format", "json"]
