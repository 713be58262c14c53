"""The menu on panoramisk's FastAGI server, as its documentation shows it."""

from __future__ import annotations

import asyncio

from panoramisk import fast_agi

from tests.bench.rivals.menu import ready, told

DIGITS = "0123456789*#"


async def main() -> None:
    """Serve until killed."""
    menu, rest = told()

    async def call(request: fast_agi.Request) -> None:
        for number in range(menu.tries):
            said = await request.send_command(f'STREAM FILE {menu.prompt(number)} "{DIGITS}"')
            key = int(said["result"][0])
            if not key:
                said = await request.send_command(f"WAIT FOR DIGIT {menu.wait_ms}")
                key = int(said["result"][0])
            if key < 0:
                return
            if key and (chosen := menu.digits.get(chr(key))):
                await request.send_command(f"SET VARIABLE SIAGA_RESULT {chosen}")
                return
        await request.send_command(f"SET VARIABLE SIAGA_RESULT {menu.default}")

    application = fast_agi.Application()
    application.add_route(rest["route"], call)
    server = await asyncio.start_server(application.handler, "127.0.0.1", int(rest["port"]))
    ready()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
