"""The record of a statement of reasons for the DSA Transparency Database: public, so it names nobody and no upload.

Field names, enumerations and lengths are those of github digital-services-act/transparency-database,
app/Models/Statement.php (commit 69e80a0b) and app/Http/Requests/StatementStoreRequest.php; only the values that can
arise here are listed. Nothing is submitted.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from hubscan.errors import UsageError

Short = Annotated[str, Meta(min_length=1, max_length=500)]
Long = Annotated[str, Meta(min_length=1, max_length=2000)]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]

VISIBILITY = {
    "removed": "DECISION_VISIBILITY_CONTENT_REMOVED",
    "disabled": "DECISION_VISIBILITY_CONTENT_DISABLED",
    "demoted": "DECISION_VISIBILITY_CONTENT_DEMOTED",
    "age-restricted": "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
    "labelled": "DECISION_VISIBILITY_CONTENT_LABELLED",
}
SOURCE = {
    "own-initiative": "SOURCE_VOLUNTARY",
    "notice": "SOURCE_ARTICLE_16",
    "trusted-flagger": "SOURCE_TRUSTED_FLAGGER",
    "other": "SOURCE_TYPE_OTHER_NOTIFICATION",
}
AUTOMATION = {
    "no": "AUTOMATED_DECISION_NOT_AUTOMATED",
    "partially": "AUTOMATED_DECISION_PARTIALLY",
    "fully": "AUTOMATED_DECISION_FULLY",
}
_OTHER = ("STATEMENT_CATEGORY_OTHER_VIOLATION_TC", ())
CATEGORY: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "csae": ("STATEMENT_CATEGORY_PROTECTION_OF_MINORS", ("KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE",)),
    "ncii": ("STATEMENT_CATEGORY_CYBER_VIOLENCE", ("KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE",)),
    "likeness": ("STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", ()),
}
"""The database's category and keywords for ours; a person checks them. It has no type for models: they are OTHER."""


class Record(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One record as the database takes it; `illegal_*` and `incompatible_*` belong to their own ground alone."""

    decision_visibility: Annotated[
        list[
            Literal[
                "DECISION_VISIBILITY_CONTENT_REMOVED",
                "DECISION_VISIBILITY_CONTENT_DISABLED",
                "DECISION_VISIBILITY_CONTENT_DEMOTED",
                "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
                "DECISION_VISIBILITY_CONTENT_LABELLED",
            ]
        ],
        Meta(min_length=1),
    ]
    decision_ground: Literal["DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"]
    content_type: Annotated[list[Literal["CONTENT_TYPE_OTHER"]], Meta(min_length=1)]
    content_type_other: Short
    category: Literal[
        "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
        "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
        "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
    ]
    category_specification: list[
        Literal["KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE", "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE"]
    ]
    application_date: Day
    end_date_visibility_restriction: Day | None = None
    decision_facts: Annotated[str, Meta(min_length=1, max_length=5000)]
    source_type: Literal[
        "SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY"
    ]
    automated_detection: Literal["Yes", "No"]
    automated_decision: Literal[
        "AUTOMATED_DECISION_FULLY", "AUTOMATED_DECISION_PARTIALLY", "AUTOMATED_DECISION_NOT_AUTOMATED"
    ]
    puid: Short
    illegal_content_legal_ground: Short | None = None
    illegal_content_explanation: Long | None = None
    incompatible_content_ground: Short | None = None
    incompatible_content_explanation: Long | None = None
    incompatible_content_illegal: Literal["Yes", "No"] | None = None


_ILLEGAL = ("illegal_content_legal_ground", "illegal_content_explanation")
_INCOMPATIBLE = ("incompatible_content_ground", "incompatible_content_explanation")


def validate(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return `record` if the database would take its form; `UsageError` says which field it would not."""
    try:
        made = msgspec.convert(record, Record)
    except msgspec.ValidationError as error:
        raise UsageError(f"the record for the Transparency Database is not in order: {error}") from None
    illegal = made.decision_ground == "DECISION_GROUND_ILLEGAL_CONTENT"
    needed, other = (_ILLEGAL, _INCOMPATIBLE) if illegal else (_INCOMPATIBLE, _ILLEGAL)
    faults = [f"{name} is missing" for name in needed if not getattr(made, name)]
    faults += [f"{name} belongs to another ground" for name in other if getattr(made, name)]
    end = made.end_date_visibility_restriction
    faults += ["the end date is before the start"] if end and end < made.application_date else []
    if faults:
        raise UsageError(f"the record for the Transparency Database is not in order: {'; '.join(faults)}")
    plain: dict[str, Any] = msgspec.to_builtins(made)
    return plain


def category(ours: str) -> tuple[str, tuple[str, ...]]:
    """Return the database's category and keywords for one of ours."""
    return CATEGORY.get(ours, _OTHER)
