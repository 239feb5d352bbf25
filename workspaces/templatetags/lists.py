"""Tags that render the rows of lists fast. A page of 25 rows has about 200 cells."""

import re
from dataclasses import dataclass
from typing import Any, cast

from django import template
from django.forms.utils import flatatt
from django.template import Context, TemplateSyntaxError
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from workspaces.console.tables import RenderedRow

register = template.Library()

PLACEHOLDER = re.compile("\0([a-z_]+)\0")


@register.simple_tag(takes_context=True)
def table_row(context: Context, line: RenderedRow) -> SafeString:
    """Render the `<tr>` of a row. A cell's template sees its `record` and the context of the page.

    It is written in Python because `for`, `if` and `include` would take longer than most cells.
    """
    with context.push(record=line.record):
        cells = [f'<td role="cell"{one.attributes}>{one.template.render(context)}</td>' for one in line.columns]
    return SafeString(f'<tr role="row"{flatatt(line.attributes)}>{"".join(cells)}</tr>')


@register.tag
def row_template(parser: Parser, token: Token) -> Node:
    """`{% row_template kind name=value … %} … {% endrow_template %}`: markup that is the same in many rows.

    The content is rendered once per page for each value of `kind`, with placeholders for the names. Each row then only
    fills in its values, escaped. So the content can depend on `kind` and the page, but not on the row, and uses the
    names without filters: `{% row_template record.status url=to %}<a href="{{ url }}">…</a>{% endrow_template %}`.
    """
    _, *bits = token.split_contents()
    if not bits:
        raise TemplateSyntaxError("row_template: the first argument is the kind of the row")
    kind, values = parser.compile_filter(bits.pop(0)), token_kwargs(bits, parser)
    if bits:
        raise TemplateSyntaxError(f"row_template: expected name=value, not {' '.join(bits)}")
    nodelist = parser.parse(("endrow_template",))
    parser.delete_first_token()
    return RowTemplate(kind, values, nodelist)


@dataclass(eq=False)
class RowTemplate(Node):
    kind: FilterExpression
    values: dict[str, FilterExpression]
    nodelist: NodeList

    def render(self, context: Context) -> SafeString:
        page_cache = cast("dict[Any, Any]", context.render_context.dicts[0])
        rendered: dict[object, str] = page_cache.setdefault(self, {})
        kind = self.kind.resolve(context)
        if kind not in rendered:
            with context.push(**{name: SafeString(f"\0{name}\0") for name in self.values}):
                rendered[kind] = PLACEHOLDER.sub(r"%(\1)s", self.nodelist.render(context).replace("%", "%%"))
        values = {name: conditional_escape(value.resolve(context)) for name, value in self.values.items()}
        return SafeString(rendered[kind] % values)
