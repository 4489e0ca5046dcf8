"""Fakes of what lies outside of the process: the web, commands, connections, streams, mail, and today's date.

The search runs cases on them, and the host copies their source (without annotations) into the tests that use them; so
each class is complete in itself, apart from the standard library's modules and the classes here that it names.
Every fake gives its answers in turn, the last one again and again, and keeps in `asked`, functions in `calls`, what was
asked of it.
"""

import asyncio
import datetime as dt
import io
import socket
import subprocess
from typing import Any

requests: Any = None
"""The package, where the code under test uses it: it need not be installed."""


class FakeFunction:
    """Returns its answers, or raises those that are exceptions, in turn; the last one again and again."""

    __name__ = "fake_function"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[Any] = []

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.calls.append((*arguments, options) if options else arguments)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeAsyncFunction:
    """Gives its answers when awaited, or raises those that are exceptions, in turn; the last one again and again."""

    __name__ = "fake_function"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[Any] = []

    async def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.calls.append((*arguments, options) if options else arguments)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeWeb:
    """Stands in for `urlopen`. An answer is (status, body), or an exception to raise."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    def __call__(self, request: Any, data: Any = None, timeout: Any = None, **options: Any) -> Any:
        if isinstance(request, str):
            self.asked.append(request if data is None else (request, data))
        else:
            asked = (request.get_method(), request.full_url, request.data)
            self.asked.append(asked[1] if asked[0] == "GET" else asked)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        response: Any = io.BytesIO(answer[1])
        response.status = response.code = answer[0]
        response.headers = {}
        response.getcode = lambda: answer[0]
        return response


class FakeRequests:
    """Stands in for `requests.Session.request`. An answer is (status, body), or an exception to raise."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    def __call__(self, method: str, url: str, **options: Any) -> Any:
        given = {name: value for name, value in options.items() if value is not None}
        given.pop("allow_redirects", None)
        self.asked.append((method.upper(), url, given) if given else (method.upper(), url))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code, response._content = answer
        response.url, response.encoding = url, "utf-8"
        return response


class FakeHttpx:
    """Stands in for `httpx.Client.send`. An answer is a response, or an exception to raise."""

    unsaid = ("host", "accept", "accept-encoding", "connection", "user-agent", "content-length", "content-type")

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    def __call__(self, request: Any, **options: Any) -> Any:
        given: Any = {name: value for name, value in request.headers.items() if name not in self.unsaid}
        if request.read():
            given["content"] = request.content
        self.asked.append((request.method, str(request.url), given) if given else (request.method, str(request.url)))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        answer.request = request
        return answer


class FakeAsyncHttpx(FakeHttpx):
    """Stands in for `httpx.AsyncClient.send`. An answer is a response, or an exception to raise."""

    async def __call__(self, request: Any, **options: Any) -> Any:
        return super().__call__(request)


class FakeCommands:
    """Stands in for `subprocess.Popen`. An answer is (code, output) or (code, output, errors), or an exception."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    def __call__(self, command: Any, **options: Any) -> "FakeProcess":
        self.asked.append(command)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return FakeProcess(command, options, *answer)


class FakeProcess:
    """A process that has already said all that it says."""

    pid = 4242

    def __init__(self, command: Any, options: "dict[str, Any]", code: int, output: str = "", errors: str = "") -> None:
        self.args = command
        self.code = code
        self.returncode: int | None = None
        self.stdin = io.StringIO() if options.get("stdin") == subprocess.PIPE else None
        text = options.get("text") or options.get("universal_newlines") or options.get("encoding")
        self.stdout: Any = self._stream(output, text) if options.get("stdout") == subprocess.PIPE else None
        self.stderr: Any = self._stream(errors, text) if options.get("stderr") == subprocess.PIPE else None

    def _stream(self, content: str, text: Any) -> Any:
        return io.StringIO(content) if text else io.BytesIO(content.encode())

    def communicate(self, input: Any = None, timeout: Any = None) -> "tuple[Any, Any]":
        self.wait()
        return self.stdout and self.stdout.read(), self.stderr and self.stderr.read()

    def wait(self, timeout: Any = None) -> int:
        self.returncode = self.code
        return self.code

    poll = wait

    def kill(self) -> None:
        pass

    terminate = kill

    def __enter__(self) -> "FakeProcess":
        return self

    def __exit__(self, *error: Any) -> None:
        self.wait()


class FakeNetwork:
    """Stands in for `socket.socket` and `socket.create_connection`. An answer is what is received, or an exception.

    A socket of a descriptor that there is already is a real one: event loops have such.
    """

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []
        self.real: Any = socket.socket

    def connection(self, *kind: Any, **options: Any) -> Any:
        if len(kind) > 3 or "fileno" in options:
            return self.real(*kind, **options)
        return FakeConnection(self)

    def create_connection(self, address: Any, *options: Any, **named: Any) -> "FakeConnection":
        connection = FakeConnection(self)
        connection.connect(address)
        return connection


class FakeConnection:
    """One connection of a FakeNetwork, which keeps what was sent."""

    def __init__(self, network: FakeNetwork) -> None:
        self.network = network
        self.received: Any = io.BytesIO()

    def connect(self, address: Any) -> None:
        self.network.asked.append(address)
        answers = self.network.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        self.received = io.BytesIO(answer)

    def connect_ex(self, address: Any) -> int:
        try:
            self.connect(address)
        except OSError as error:
            return error.errno or 111
        return 0

    def sendall(self, data: bytes) -> None:
        self.network.asked.append(data)

    def send(self, data: bytes) -> int:
        self.network.asked.append(data)
        return len(data)

    def recv(self, size: int) -> Any:
        return self.received.read(size)

    def makefile(self, *mode: Any, **options: Any) -> Any:
        return self.received

    def settimeout(self, seconds: Any) -> None:
        pass

    setsockopt = shutdown = settimeout

    def close(self) -> None:
        pass

    def __enter__(self) -> "FakeConnection":
        return self

    def __exit__(self, *error: Any) -> None:
        pass


class FakeReader:
    """Stands in for an `asyncio.StreamReader` to which a peer has sent all that it will."""

    def __init__(self, content: bytes = b"") -> None:
        self.received = io.BytesIO(content)

    async def read(self, size: int = -1) -> bytes:
        return self.received.read(size)

    async def readline(self) -> bytes:
        return self.received.readline()

    async def readexactly(self, size: int) -> bytes:
        content = self.received.read(size)
        if len(content) < size:
            raise asyncio.IncompleteReadError(content, size)
        return content

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        start, content = self.received.tell(), self.received.read()
        found = content.find(separator)
        if found < 0:
            raise asyncio.IncompleteReadError(content, None)
        self.received.seek(start + found + len(separator))
        return content[: found + len(separator)]

    def at_eof(self) -> bool:
        return self.received.tell() == len(self.received.getvalue())

    def __aiter__(self) -> "FakeReader":
        return self

    async def __anext__(self) -> bytes:
        line = self.received.readline()
        if not line:
            raise StopAsyncIteration
        return line


class FakeWriter:
    """Stands in for an `asyncio.StreamWriter`, and keeps what was written."""

    def __init__(self, asked: Any = None) -> None:
        self.asked: list[Any] = [] if asked is None else asked

    def write(self, data: bytes) -> None:
        self.asked.append(data)

    def writelines(self, lines: Any) -> None:
        self.asked.extend(lines)

    def close(self) -> None:
        self.asked.append("close")

    def is_closing(self) -> bool:
        return "close" in self.asked

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 50000) if name == "peername" else default

    async def drain(self) -> None:
        pass

    wait_closed = drain


class FakeStreams:
    """Stands in for `asyncio.open_connection`. An answer is what is received, or an exception."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    async def open_connection(self, host: Any = None, port: Any = None, **options: Any) -> Any:
        self.asked.append((host, port))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return FakeReader(answer), FakeWriter(self.asked)


class FakeMail:
    """Stands in for `smtplib.SMTP`. An answer is None (accepted), or an exception to raise when mail is sent."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    def __call__(self, host: str = "", port: int = 0, **options: Any) -> "FakeMail":
        self.asked.append((host, port))
        return self

    def starttls(self, **options: Any) -> None:
        self.asked.append("starttls")

    def login(self, user: str, password: str) -> None:
        self.asked.append(("login", user, password))

    def sendmail(self, sender: str, receivers: Any, message: Any) -> Any:
        self.asked.append((sender, receivers, message))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return {}

    def send_message(self, message: Any, *addresses: Any) -> Any:
        text = "" if message.is_multipart() else message.get_content()
        return self.sendmail(str(message["From"]), str(message["To"]), text)

    def quit(self) -> None:
        pass

    def __enter__(self) -> "FakeMail":
        return self

    def __exit__(self, *error: Any) -> None:
        pass


class FixedDateTime(dt.datetime):
    """A datetime class for which it is always the same moment."""

    moment = (2024, 2, 29, 12, 30)

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return cls(*cls.moment, tzinfo=tz)

    @classmethod
    def utcnow(cls) -> Any:
        return cls(*cls.moment)

    @classmethod
    def today(cls) -> Any:
        return cls(*cls.moment)


class FixedDate(dt.date):
    """A date class for which it is always the same day."""

    day_of_today = (2024, 2, 29)

    @classmethod
    def today(cls) -> Any:
        return cls(*cls.day_of_today)
