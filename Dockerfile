# Two images: "node" (Asterisk with its menu, router and console) and "edge" (Kamailio before nodes).
# docs/decisions/containers.md says why they are cut so.
ARG BASE=debian:forky-slim

FROM ${BASE} AS base
ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 tzdata util-linux \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10112 siaga && useradd --uid 10112 --gid 10112 --no-create-home --shell /usr/sbin/nologin siaga \
    && install -d -o siaga -g siaga -m 0700 /var/lib/siaga112

FROM base AS tools
RUN apt-get update \
    && apt-get install -y --no-install-recommends asterisk espeak-ng sip-tester sox \
    && rm -rf /var/lib/apt/lists/*

# The project's own set-up: packages by the hashes of requirements.lock, the pages' scripts by theirs.
FROM tools AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/siaga112
COPY . .
RUN ./siaga112 setup && rm -rf .runtime/npm .runtime/apt .runtime/setup.log \
    && python3 -m compileall -q siaga ivr router ops .runtime/venv/lib

FROM tools AS node
COPY --from=build /opt/siaga112 /opt/siaga112
WORKDIR /opt/siaga112
ENV SIAGA_HOME=/var/lib/siaga112 HOME=/var/lib/siaga112
USER 10112:10112
VOLUME /var/lib/siaga112
HEALTHCHECK --interval=10s --timeout=10s --start-period=90s --retries=3 \
    CMD ["/opt/siaga112/.runtime/venv/bin/python", "-P", "-m", "ops.container.health", "node"]
ENV PYTHONPATH=/opt/siaga112
CMD ["./siaga112", "up"]

FROM base AS edge
RUN apt-get update \
    && apt-get install -y --no-install-recommends kamailio kamailio-tls-modules \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/siaga112 /opt/siaga112
WORKDIR /opt/siaga112
ENV SIAGA_HOME=/var/lib/siaga112 HOME=/var/lib/siaga112 PYTHONPATH=/opt/siaga112
USER 10112:10112
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s --retries=3 \
    CMD ["/opt/siaga112/.runtime/venv/bin/python", "-P", "-m", "ops.container.health", "edge"]
CMD ["/opt/siaga112/.runtime/venv/bin/python", "-P", "-m", "ops.container.edge"]
