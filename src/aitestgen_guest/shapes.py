"""Names for the shapes that pass between the search's modules. All but specs are JSON when they leave a process."""

from typing import Any

Spec = tuple[Any, ...]
"""What a parameter may take (specs.py): its first item is its kind."""
Expression = list[Any] | tuple[Any, ...]
"""What evaluates to an argument (inputs.py): its first item is its kind."""
Making = tuple[Expression, list[Expression]]
"""What makes a result, and the arguments that it is made from."""
Arguments = list[Any]
Keywords = dict[str, Any]
Case = dict[str, Any]
"""A call with its receiver and arguments (cases.py)."""
Observation = dict[str, Any]
"""What a test could see of one call (cases.py)."""
Facts = dict[str, str]
Namespace = dict[str, Any]
Description = dict[str, Any]
"""A target as the host's analysis describes it (`Target` of the host's values)."""
Frame = dict[str, Any]
