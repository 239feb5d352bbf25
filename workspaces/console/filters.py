"""What every list's search and filters have in common. What the URL says wrongly is left out: a view can be shown."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import django_filters
from django.db.models import QuerySet
from django.forms import BoundField, DateTimeInput
from django.utils.choices import flatten_choices
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property

from workspaces.permissions import Role


def _is_out_of_range(value: Any) -> bool:
    """Is it an instant that is in no calendar in UTC, though it is in its own time zone?"""
    try:
        if isinstance(value, datetime):
            value.astimezone(UTC)
    except OverflowError:
        return True
    return False


class UTCDateTimeInput(DateTimeInput):
    """A field for an instant in UTC, which shows it however the address has it."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        try:
            given = parse_datetime(str(value or ""))
            given = given.astimezone(UTC) if given and given.tzinfo else given
        except (ValueError, OverflowError):
            given = None
        return given.isoformat(timespec="seconds").removesuffix("+00:00") if given else None


def datetime_filter(field: str, lookup: str, label: str) -> django_filters.IsoDateTimeFilter:
    """A bound in time. Unless it is among a list's `more` it comes by address, and stays while others change."""
    return django_filters.IsoDateTimeFilter(field, lookup, label=label, widget=UTCDateTimeInput(attrs={"step": "1"}))


def role_filter() -> django_filters.ChoiceFilter:
    """A filter by the role of memberships."""
    choices = [(role.api_name, role.label) for role in Role]
    return django_filters.ChoiceFilter(label="role", empty_label="Any role", choices=choices, method="with_role")


class SelectFilter(NamedTuple):
    """A choice as a page draws it. groups: the name of each, empty for none, and its options: value, words, is it on?

    Drawn in a template of the list, since Django's own takes five templates for each option.
    """

    name: str
    label: str
    groups: list[tuple[str, list[tuple[str, str, bool]]]]


class ListFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """A search for words (`q`), and choices. Each filter but the search has a label.

    placeholder: what the search looks through.
    segments: the choice that stands as a row of links in place of a select, if there is one.
    more: those that stand as fields beneath "More filters", and what they are called there.
    """

    placeholder: ClassVar[str]
    segmented: ClassVar[str] = ""
    advanced: ClassVar[Mapping[str, str]] = MappingProxyType({})

    q = django_filters.CharFilter(method="search")

    def search(self, rows: Any, name: str, value: str) -> Any:
        raise NotImplementedError

    def with_role(self, rows: Any, name: str, value: str) -> Any:
        """The method of a filter by the role of rows that have one (`role_filter`)."""
        return rows.filter(role=Role.from_api_name(value))

    @cached_property
    def active(self) -> dict[str, Any]:
        """The filters that count: given, and understood."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value and not _is_out_of_range(value)}

    @property
    def active_descriptions(self) -> list[str]:
        """The filters in effect, as a person reads them."""
        return [self.describe(name, value) for name, value in self.active.items()]

    def describe(self, name: str, value: Any) -> str:
        if isinstance(value, datetime):
            return f"{self.filters[name].label} {value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if isinstance(self.filters[name], django_filters.ChoiceFilter):
            return str(dict(flatten_choices(self.form.fields[name].choices))[value])
        return f"“{value}”" if name == "q" else f"{self.filters[name].label} “{value}”"

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """As the parent's, but for filters that could not be understood, which are not in `active`."""
        for name, value in self.active.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset

    @property
    def selects(self) -> list[SelectFilter]:
        """The choices that stand as selects."""
        choices = [name for name, one in self.filters.items() if isinstance(one, django_filters.ChoiceFilter)]
        return [self._select(name) for name in choices if name != self.segmented]

    def _select(self, name: str) -> SelectFilter:
        wanted, groups = self.active.get(name, ""), []
        for key, words in self.form.fields[name].choices:
            group, options = (key, words) if isinstance(words, list | tuple) else ("", [(key, words)])
            groups.append((group, [(value, word, value == wanted) for value, word in options]))
        return SelectFilter(name, str(self.filters[name].label), groups)

    @property
    def advanced_fields(self) -> list[tuple[str, BoundField]]:
        """What stands beneath "More filters": label and field."""
        for name in self.advanced:
            self.form[name].field.widget.attrs |= {"class": "input", "id": f"filter-{name}"}
        return [(label, self.form[name]) for name, label in self.advanced.items()]

    @property
    def advanced_active_count(self) -> int:
        """How many of these are in effect."""
        return len(self.active.keys() & self.advanced.keys())

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """What is wanted and has no field in the page, like most bounds in time: name, and value as it came."""
        choices = {name for name, one in self.filters.items() if isinstance(one, django_filters.ChoiceFilter)}
        return [(name, self.data[name]) for name in self.active if name not in {"q", *choices, *self.advanced}]

    @property
    def segment_value(self) -> str:
        """The value of `segments` that is wanted, if any."""
        return str(self.active.get(self.segmented, ""))

    @property
    def segments_label(self) -> str:
        return str(self.filters[self.segmented].label)

    @property
    def segment_links(self) -> list[tuple[dict[str, str | None], str, bool]]:
        """What each link changes in the URL, its words, and is it on?"""
        choices = self.form.fields[self.segmented].choices
        return [
            ({self.segmented: value or None, "page": None}, words, value == self.segment_value)
            for value, words in choices
        ]
