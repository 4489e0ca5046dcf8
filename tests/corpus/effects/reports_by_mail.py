"""Reports for people."""

import smtplib
from email.message import EmailMessage


def send_report(receiver: str, lines: list[str], host: str = "localhost", user: str | None = None) -> bool:
    """Send the lines; whether the server took them. Nothing is sent where there is nothing to say."""
    if "@" not in receiver:
        raise ValueError(f"not an address: {receiver}")
    if not lines:
        return False
    message = EmailMessage()
    message["From"] = "reports@example.org"
    message["To"] = receiver
    message["Subject"] = f"{len(lines)} lines"
    message.set_content("\n".join(lines))
    try:
        with smtplib.SMTP(host, 25) as server:
            if user:
                server.starttls()
                server.login(user, "secret")
            server.send_message(message)
    except (smtplib.SMTPException, OSError):
        return False
    return True
