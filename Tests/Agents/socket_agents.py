"""The same over WebSocket, by the last generation of the SDK that had a client for it."""

import asyncio
import pathlib
import sys
import warnings

from mcp import ClientSession, types
from mcp.client.websocket import websocket_client
from steps import home, kept, listening, summary, use

FIEDLER, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
warnings.simplefilter("ignore", DeprecationWarning)  # it is known to be the last one


async def take_back(session, call):
    # This generation of the SDK does not tell the server by itself that a call's task was cancelled. Calls are
    # numbered as they are sent; a notice for one that is done is passed over.
    for number in range(session._request_id):
        parameters = types.CancelledNotificationParams(requestId=number, reason="no longer wanted")
        notice = types.CancelledNotification(method="notifications/cancelled", params=parameters)
        await session.send_notification(types.ClientNotification(notice))


async def main():
    environment = home(FOLDER, "sdk-socket")
    async with listening(FIEDLER, environment) as (url, _):
        async with websocket_client(url) as (reader, writer), ClientSession(reader, writer) as session:
            await use(session, take_back)
    await kept(FIEDLER, environment, 2)


asyncio.run(asyncio.wait_for(main(), 120))
sys.exit(summary())
