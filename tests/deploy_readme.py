"""The command blocks of deploy/README.md by name, for what types them, and why some are not typed."""

from itertools import islice

from readme import command_blocks

_found = iter(command_blocks("deploy/README.md"))
NAMES, INSTALL, NAME, SIGN_IN, FIRST_TOKEN, FIRST_HOST, CERTIFICATE, NGINX = islice(_found, 8)
CADDY_OF_A_LAN, COPY_CA, HOST_OF_A_LAN = islice(_found, 3)
COMPOSE, COMPOSE_POSTGRES, COMPOSE_AGENT = islice(_found, 3)
ADMIN_TOKEN, TIMER = islice(_found, 2)
UPGRADE, BACKUP, RESTORE, PROMETHEUS_TOKEN, REMOVE = _found

CA_FILE = COPY_CA.split()[2]

# In tests/deploy/.
TYPED = {ADMIN_TOKEN, TIMER}
_NEEDS_A_MACHINE = "changes the whole machine; scripts/deploy/vps_drill.py types it in a Debian of its own"
_NEEDS_DOCKER = (
    "needs a Docker; tests/deploy/test_compose.py reads the file, scripts/deploy/images.sh builds and runs both images"
)
NOT_TYPED = {
    NAMES: "everybody's own; scripts/deploy/vps_drill.py has others",
    CERTIFICATE: "needs a name on the internet; scripts/deploy/vps_drill.py takes Caddy's certificate instead",
    **dict.fromkeys([INSTALL, NAME, SIGN_IN, FIRST_TOKEN, FIRST_HOST, NGINX, CADDY_OF_A_LAN], _NEEDS_A_MACHINE),
    **dict.fromkeys([COPY_CA, HOST_OF_A_LAN, UPGRADE, BACKUP, RESTORE, PROMETHEUS_TOKEN, REMOVE], _NEEDS_A_MACHINE),
    **dict.fromkeys([COMPOSE, COMPOSE_POSTGRES, COMPOSE_AGENT], _NEEDS_DOCKER),
}
