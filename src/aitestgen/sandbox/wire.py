"""What passes between the host and pid 1 of the jail: records of a length, a kind and JSON (docs/sandbox.md).

A record is four bytes of length (big-endian, of what follows), one byte of kind, and UTF-8 JSON. Host to jail: one JOB.
Jail to host: one HELLO, any number of FRAMEs, one END. Only pid 1 writes there: a guest cannot forge a HELLO or an END.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HEADER_BYTES = 4
RECORD_BYTES = 4 * 1024 * 1024 + 1
SURROGATE = b"\\ud"
"""Half a character, perhaps without its other half: no text that could be printed or sent on."""

JOB, HELLO, FRAME, END = b"J", b"H", b"F", b"E"


class Malformed(ValueError):
    """What came from the jail is not a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record, read."""

    kind: bytes
    body: Mapping[str, Any]


def pack(kind: bytes, body: Mapping[str, Any]) -> bytes:
    """The bytes of one record."""
    data = kind + json.dumps(body, separators=(",", ":")).encode()
    return len(data).to_bytes(HEADER_BYTES, "big") + data


async def read_record(reader: asyncio.StreamReader) -> Record | None:
    """The next record, all its text encodable; None at the end of the stream, or of half a record. Raises Malformed."""
    try:
        length = int.from_bytes(await reader.readexactly(HEADER_BYTES), "big")
        if not 1 <= length <= RECORD_BYTES:
            raise Malformed(f"a record of {length} bytes")
        data = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    try:
        body = json.loads(data[1:])
        if SURROGATE in data:
            body = json.loads(json.dumps(body, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(body, dict):
        raise Malformed("not a JSON object")
    return Record(kind=data[:1], body=body)
