"""The HTTP backend: reads a request, calls one function, renders the answer."""
