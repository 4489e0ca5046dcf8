def find_user(users: list[dict[str, str]], name: str) -> "dict[str, str] | None":
    """Look a user up by name; the comparison is case-insensitive.

    Returns None if not found.
    """
    for user in users:
        if user.get("name", "").lower() == name.lower():
            return user
    return None
