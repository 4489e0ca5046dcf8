"""Whether services are up."""

import socket


def is_port_open(host: str, port: int, timeout: float = 1.0) -> bool:
    """Whether something accepts connections there."""
    if not 0 < port < 65536:
        raise ValueError("no such port")
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except OSError:
        return False


def service_state(host: str, port: int = 6379) -> str:
    """`up`, `busy`, `down` or `unknown`, by what the service answers to PING."""
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.settimeout(2)
    try:
        connection.connect((host, port))
        connection.sendall(b"PING\r\n")
        answer = connection.recv(64)
    except TimeoutError:
        return "busy"
    except OSError:
        return "down"
    finally:
        connection.close()
    if answer.startswith(b"+PONG"):
        return "up"
    return "busy" if answer.startswith(b"-LOADING") else "unknown"
