# Two images: "node" (Asterisk with its menu, router and console) and "edge" (Kamailio before nodes).
# docs/decisions/containers.md says why they are cut so.
ARG BASE=debian:forky-slim

# Whatever a build gives its own time, logs, caches, byte code, is left out or made without one:
# docs/engineer/compose.md says what of two builds is the same.
FROM ${BASE} AS base
ARG SOURCE_DATE_EPOCH=0
ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 tzdata util-linux \
    && groupadd --gid 10112 siaga && useradd --uid 10112 --gid 10112 --no-create-home --shell /usr/sbin/nologin siaga \
    && install -d -o siaga -g siaga -m 0700 /var/lib/siaga112 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /var/cache/ldconfig/* /var/cache/debconf/*-old /etc/*-

FROM base AS tools
ARG SOURCE_DATE_EPOCH=0
RUN apt-get update \
    && apt-get install -y --no-install-recommends asterisk espeak-ng sip-tester sox \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /var/cache/ldconfig/* /var/cache/debconf/*-old /etc/*-

# The project's own set-up: packages by the hashes of requirements.lock, the pages' scripts by theirs.
# What it reads comes before all else of the code, so that a change of the code does not repeat it.
FROM tools AS build
ARG SOURCE_DATE_EPOCH=0
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/siaga112
COPY siaga112 requirements.lock ./
COPY siaga/__init__.py siaga/errors.py siaga/
COPY ops/__init__.py ops/
COPY ops/setup ops/setup
COPY ops/assets ops/assets
RUN ./siaga112 setup && rm -rf .runtime/npm .runtime/apt .runtime/setup.log \
    && find .runtime -name __pycache__ -prune -exec rm -rf {} + \
    && python3 -m compileall -q --invalidation-mode unchecked-hash .runtime/venv/lib \
    && find .runtime -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
WORKDIR /opt/code
COPY . .
RUN python3 -m compileall -q --invalidation-mode unchecked-hash -p /opt/siaga112 siaga ivr router ops \
    && find . -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

# The prompts of the plans that are delivered: a node that starts, or starts anew, speaks none of them.
FROM tools AS voices
ARG SOURCE_DATE_EPOCH=0
COPY --from=build /opt/siaga112/.runtime /opt/siaga112/.runtime
COPY --from=build /opt/code /opt/siaga112
RUN cd /opt/siaga112 && SIAGA_HOME=/tmp/home PYTHONPATH=. .runtime/venv/bin/python -P -m ops.container.voices plans/*.yaml \
    && find .runtime/voice-cache -exec touch -d "@$SOURCE_DATE_EPOCH" {} +

FROM tools AS node
COPY --from=build /opt/siaga112/.runtime /opt/siaga112/.runtime
COPY --from=build /opt/code /opt/siaga112
COPY --from=voices /opt/siaga112/.runtime/voice-cache /opt/siaga112/.runtime/voice-cache
WORKDIR /opt/siaga112
ENV SIAGA_HOME=/var/lib/siaga112 HOME=/var/lib/siaga112
USER 10112:10112
VOLUME /var/lib/siaga112
HEALTHCHECK --interval=10s --timeout=10s --start-period=90s --retries=3 \
    CMD ["/opt/siaga112/.runtime/venv/bin/python", "-P", "-m", "ops.container.health", "node"]
ENV PYTHONPATH=/opt/siaga112
CMD ["./siaga112", "up"]

# The edge knows no record, plays nothing and tells nobody.
FROM build AS edge-runtime
ARG SOURCE_DATE_EPOCH=0
RUN cd /opt/siaga112/.runtime && rm -rf assets \
    && for name in apprise asyncpg av av.libs sqlalchemy; do rm -rf venv/lib/python3*/site-packages/$name; done \
    && touch -d "@$SOURCE_DATE_EPOCH" . venv/lib/python3*/site-packages

FROM base AS edge
ARG SOURCE_DATE_EPOCH=0
RUN apt-get update \
    && apt-get install -y --no-install-recommends kamailio kamailio-tls-modules \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /var/cache/ldconfig/* /var/cache/debconf/*-old /etc/*-
COPY --from=edge-runtime /opt/siaga112/.runtime /opt/siaga112/.runtime
COPY --from=build /opt/code /opt/siaga112
WORKDIR /opt/siaga112
ENV SIAGA_HOME=/var/lib/siaga112 HOME=/var/lib/siaga112 PYTHONPATH=/opt/siaga112
USER 10112:10112
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s --retries=3 \
    CMD ["/opt/siaga112/.runtime/venv/bin/python", "-P", "-m", "ops.container.health", "edge"]
CMD ["/opt/siaga112/.runtime/venv/bin/python", "-P", "-m", "ops.container.edge"]
