"""The broker inside the process, for as long as a test needs it."""

from contextlib import asynccontextmanager

from edge.brokers import embedded


@asynccontextmanager
async def running_broker(port=0):
    broker = embedded.create(embedded.Settings(port=port, websocket_port=None))
    await broker.open()
    try:
        yield broker
    finally:
        await broker.close()
