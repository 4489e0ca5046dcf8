"""Language models: one client for every OpenAI-compatible server, and wrappers that are models themselves."""
