"""What each command prints: options in, exit status out. The work itself is in hostagent.commands."""
