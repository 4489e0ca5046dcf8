"""The edge for agents: a Model Context Protocol server over stdio or loopback HTTP (docs/mcp.md)."""
