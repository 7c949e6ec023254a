"""What chambers on a line or in a plane are about: variety, metric or regulariser, data and seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(eq=False, kw_only=True)
class Chambers:
    """What results on lines and in planes have in common.

    Attributes
    ----------
    evidence : dict
    about : dict
        Of chambers that were read from a file: variety, metric or regulariser, data and seed, as far as it has them.
    """

    question: ClassVar[str]
    evidence: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all the evidence says that the answer is right: every event, label and change."""
        return bool(self.evidence["complete"])

    @property
    def title(self) -> str:
        """What a picture is headed by."""
        return heading(self.about)

    def record(self) -> dict[str, Any]:
        """Return what the chambers are about, with the summary."""
        return {"variety": "unknown variety", **self.about, "question": self.question, **self.summary()}

    def summary(self) -> dict[str, Any]:
        """Return plain Python objects."""
        raise NotImplementedError


def heading(about: dict[str, Any]) -> str:
    """Return what a picture is headed by: the variety, with its metric if it has one, and which critical points."""
    name = str(about.get("variety", ""))
    if about.get("space") == "weights":
        return f"{name}, regularised"
    name += " over the weights" if "spurious" in about else ""
    return f"{name}, metric {about['metric']}" if "metric" in about else name
