"""The host side: reads accounts through their official programs and pushes what it saw."""
