"""What systemd and launchd are told, so that they keep the host agent running."""
