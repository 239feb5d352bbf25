"""What every list's search and filters have in common. What the URL says wrongly is left out: a view can be shown."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.forms import BoundField


class ListFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """A search for words (`q`), and choices. Each filter but the search has a label.

    placeholder: what the search looks through.
    segments: the choice that stands as a row of links in place of a select, if there is one.
    """

    placeholder: ClassVar[str]
    segments: ClassVar[str] = ""

    q = django_filters.CharFilter(method="search")

    def search(self, rows: Any, name: str, value: str) -> Any:
        raise NotImplementedError

    @property
    def wanted(self) -> dict[str, Any]:
        """The filters that count: given, and understood."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def wanted_words(self) -> list[str]:
        """The filters in effect, as a person reads them."""
        return [self.words(name, value) for name, value in self.wanted.items()]

    def words(self, name: str, value: str) -> str:
        return f"“{value}”" if name == "q" else str(dict(self.form.fields[name].choices)[value])

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """As the parent's, but for filters that could not be understood, which are not in `wanted`."""
        for name, value in self.wanted.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset

    @property
    def selects(self) -> list[BoundField]:
        """The choices that stand as selects."""
        return [self.form[name] for name in self.filters if name not in {"q", self.segments}]

    @property
    def segment(self) -> str:
        """The value of `segments` that is wanted, if any."""
        return str(self.wanted.get(self.segments, ""))

    @property
    def segments_label(self) -> str:
        return str(self.filters[self.segments].label)

    @property
    def segment_links(self) -> list[tuple[dict[str, str | None], str, bool]]:
        """What each link changes in the URL, its words, and is it on?"""
        choices = self.form.fields[self.segments].choices
        return [
            ({self.segments: value or None, "page": None}, words, value == self.segment) for value, words in choices
        ]
