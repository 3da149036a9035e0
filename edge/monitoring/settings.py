"""Where the figures of a running node can be read, and how often they are published."""

from pydantic import Field

from model.config import Config


class MonitoringSettings(Config):
    """Figures of the running node: over HTTP for Prometheus and health checks, and on MQTT as `node/…/stats`."""

    port: int | None = Field(
        default=None, ge=0, le=65_535, description="Port of /metrics, /healthz and /readyz; null for none, 0 for any."
    )
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        max_length=253,
        description="Address they are served at. Nobody is asked who they are: another address than loopback lets the "
        "network read the figures, among which are no words and no names.",
    )
    stats_every_s: float = Field(
        default=10.0, ge=1.0, le=3_600.0, description="How often the figures are published on MQTT, seconds."
    )
