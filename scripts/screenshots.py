"""Takes a picture of every page of a running platform's portal, light, dark and narrow, and says what axe finds in them.

    python scripts/screenshots.py [FOLDER] [NAME-OF-THE-PLATFORM]

Needs node, Chromium, and `npm install` in tests/e2e/portal.
"""

import asyncio
import base64
import os
import sys
from pathlib import Path

from stackwright.app.places import home
from stackwright.app.platforms import client_of, running_platform
from stackwright.client.kinds import SECRETS

SCRIPTS = Path(__file__).parents[1] / "tests/e2e/portal"


async def main(folder: str, name: str) -> int:
    state = running_platform(home(os.environ), name)
    async with client_of(state) as client:
        secret = await client.get(SECRETS, "argocd-initial-admin-secret", "argocd")
    password = base64.b64decode(secret["data"]["password"]).decode()
    command = ["node", "screenshots.mjs", state.settings.service_url("argocd"), password, folder]
    process = await asyncio.create_subprocess_exec(*command, cwd=SCRIPTS)
    return await process.wait()


if __name__ == "__main__":
    given = (*sys.argv[1:3], *("screenshots", "localdev")[len(sys.argv) - 1 :])
    sys.exit(asyncio.run(main(str(Path(given[0]).resolve()), given[1])))
