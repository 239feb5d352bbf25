"""Search and filters of list pages. Invalid values in the URL are ignored, so that a list always opens."""

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
    """Tell whether a time is out of range in UTC, although it is valid in its own time zone."""
    try:
        if isinstance(value, datetime):
            value.astimezone(UTC)
    except OverflowError:
        return True
    return False


class UTCDateTimeInput(DateTimeInput):
    """A field for a time in UTC, which accepts a value of the URL in any time zone."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        try:
            parsed = parse_datetime(str(value or ""))
            parsed = parsed.astimezone(UTC) if parsed and parsed.tzinfo else parsed
        except (ValueError, OverflowError):
            parsed = None
        return parsed.isoformat(timespec="seconds").removesuffix("+00:00") if parsed else None


def datetime_filter(field: str, lookup: str, label: str) -> django_filters.IsoDateTimeFilter:
    """Return a filter for times. Unless it is an advanced filter, it has no field and stays in the URL."""
    return django_filters.IsoDateTimeFilter(field, lookup, label=label, widget=UTCDateTimeInput(attrs={"step": "1"}))


def role_filter() -> django_filters.ChoiceFilter:
    """Return a filter by role."""
    choices = [(role.api_name, role.label) for role in Role]
    return django_filters.ChoiceFilter(label="role", empty_label="Any role", choices=choices, method="with_role")


class SelectFilter(NamedTuple):
    """A `<select>` of a list page. groups: name (or "") and options (value, label, whether it is selected).

    The list's template renders it, because Django's widget renders five templates for each option.
    """

    name: str
    label: str
    groups: list[tuple[str, list[tuple[str, str, bool]]]]


class ListFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """Search (`q`) and filters of a list. Each filter except the search has a label.

    placeholder: the placeholder of the search field.
    segmented: the filter that is a row of links instead of a select, if any.
    advanced: the filters in the section "More filters", with the labels of their fields.
    """

    placeholder: ClassVar[str]
    segmented: ClassVar[str] = ""
    advanced: ClassVar[Mapping[str, str]] = MappingProxyType({})

    q = django_filters.CharFilter(method="search")

    def search(self, rows: Any, name: str, value: str) -> Any:
        raise NotImplementedError

    def with_role(self, rows: Any, name: str, value: str) -> Any:
        """Filter rows by their role (the method of `role_filter`)."""
        return rows.filter(role=Role.from_api_name(value))

    @cached_property
    def active(self) -> dict[str, Any]:
        """The filters that count: parsed, and understood."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value and not _is_out_of_range(value)}

    @property
    def active_descriptions(self) -> list[str]:
        """Descriptions of the filters in effect."""
        return [self.describe(name, value) for name, value in self.active.items()]

    def describe(self, name: str, value: Any) -> str:
        if isinstance(value, datetime):
            return f"{self.filters[name].label} {value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if isinstance(self.filters[name], django_filters.ChoiceFilter):
            return str(dict(flatten_choices(self.form.fields[name].choices))[value])
        return f"“{value}”" if name == "q" else f"{self.filters[name].label} “{value}”"

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply the filters in effect, without invalid ones."""
        for name, value in self.active.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset

    @property
    def selects(self) -> list[SelectFilter]:
        """The filters that are selects."""
        choices = [name for name, one in self.filters.items() if isinstance(one, django_filters.ChoiceFilter)]
        return [self._select(name) for name in choices if name != self.segmented]

    def _select(self, name: str) -> SelectFilter:
        selected, groups = self.active.get(name, ""), []
        for key, words in self.form.fields[name].choices:
            group, options = (key, words) if isinstance(words, list | tuple) else ("", [(key, words)])
            groups.append((group, [(value, word, value == selected) for value, word in options]))
        return SelectFilter(name, str(self.filters[name].label), groups)

    @property
    def advanced_fields(self) -> list[tuple[str, BoundField]]:
        """The fields of the section "More filters": label and field."""
        for name in self.advanced:
            self.form[name].field.widget.attrs |= {"class": "input", "id": f"filter-{name}"}
        return [(label, self.form[name]) for name, label in self.advanced.items()]

    @property
    def advanced_active_count(self) -> int:
        """The number of advanced filters in effect."""
        return len(self.active.keys() & self.advanced.keys())

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """Filters in effect without a visible field: name and value as in the URL."""
        choices = {name for name, one in self.filters.items() if isinstance(one, django_filters.ChoiceFilter)}
        return [(name, self.data[name]) for name in self.active if name not in {"q", *choices, *self.advanced}]

    @property
    def segment_value(self) -> str:
        """The value of the segmented filter in effect, or ""."""
        return str(self.active.get(self.segmented, ""))

    @property
    def segments_label(self) -> str:
        return str(self.filters[self.segmented].label)

    @property
    def segment_links(self) -> list[tuple[dict[str, str | None], str, bool]]:
        """The links of the segmented filter: changes of the URL, label, whether it is selected."""
        choices = self.form.fields[self.segmented].choices
        return [
            ({self.segmented: value or None, "page": None}, words, value == self.segment_value)
            for value, words in choices
        ]
