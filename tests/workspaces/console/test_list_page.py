"""The tags of lists: what they draw once for many rows says of each row what is its own."""

import pytest
from django.template import Context, Template, TemplateSyntaxError


class Counted:
    """Counts how often it is drawn."""

    times = 0

    def __str__(self):
        self.times += 1
        return "drawn"


def draw(body, rows, **more):
    source = f"{{% load lists %}}{{% for kind, value in rows %}}{body}{{% endfor %}}"
    return Template(source).render(Context({"rows": rows, **more}))


def test_it_is_drawn_once_for_each_kind():
    counted = Counted()
    rows = [("a", 1), ("b", 2), ("a", 3), ("b", 4)]
    drawn = draw(
        "{% row_template kind value=value %}{{ counted }} {{ kind }}{{ value }} {% endrow_template %}",
        rows,
        counted=counted,
    )
    assert drawn == "drawn a1 drawn b2 drawn a3 drawn b4 "
    assert counted.times == 2


def test_each_page_draws_its_own():
    template = Template(
        "{% load lists %}{% row_template kind value=value %}{{ other }}{{ value }}{% endrow_template %}"
    )
    assert [template.render(Context({"kind": 1, "value": 2, "other": other})) for other in "xy"] == ["x2", "y2"]


def test_two_of_them_keep_apart():
    one, other = ("{% row_template kind value=value %}" + mark + "{{ value }}{% endrow_template %}" for mark in "12")
    assert draw(one + other, [("a", "x")]) == "1x2x"


@pytest.mark.parametrize("value", ["<b>\"'&", "100 %", "%(other)s", "\0other\0", "{{ kind }}", "\\1"])
def test_a_value_is_text_whatever_is_in_it(value):
    body = (
        '{% row_template kind value=value other="o" %}<i title="{{ value }}">100 % {{ other }}</i>{% endrow_template %}'
    )
    drawn = draw(body, [("a", "first"), ("a", value)])
    escaped = Template("{{ value }}").render(Context({"value": value}))
    assert drawn == f'<i title="first">100 % o</i><i title="{escaped}">100 % o</i>'


def test_what_is_safe_already_stays_as_it_is():
    body = "{% row_template kind value=value|safe %}{{ value }}{% endrow_template %}"
    assert draw(body, [("a", "<b>")]) == "<b>"


@pytest.mark.parametrize("tag", ["icon name", "icon", 'icon "a" "b"'])
def test_an_icon_is_named_in_quotes(tag):
    assert "#copy" in Template('{% load ui_tags %}{% icon "copy" %}').render(Context())
    with pytest.raises(TemplateSyntaxError, match="in quotes"):
        Template(f"{{% load ui_tags %}}{{% {tag} %}}")


@pytest.mark.parametrize("tag", ["row_template", "row_template kind value", "row_template kind value=1 |x"])
def test_what_it_does_not_understand_it_says(tag):
    with pytest.raises(TemplateSyntaxError):
        Template(f"{{% load lists %}}{{% {tag} %}}{{% endrow_template %}}")
