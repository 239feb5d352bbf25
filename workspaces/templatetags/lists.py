"""What lists draw once for many rows, or in Python, since a page draws some two hundred cells."""

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

STAND_IN = re.compile("\0([a-z_]+)\0")


@register.simple_tag(takes_context=True)
def table_row(context: Context, line: RenderedRow) -> SafeString:
    """The `<tr>` of a row. Each cell sees its `record`, and all that the page sees.

    The tags to loop, to choose and to include would take longer than most cells do.
    """
    with context.push(record=line.record):
        cells = [f'<td role="cell"{one.attributes}>{one.template.render(context)}</td>' for one in line.columns]
    return SafeString(f'<tr role="row"{flatatt(line.attributes)}>{"".join(cells)}</tr>')


@register.tag
def row_template(parser: Parser, token: Token) -> Node:
    """`{% row_template kind name=value … %} … {% endrow_template %}`: what is alike in many rows, but for some values.

    It is drawn once a page for each `kind`, on which alone its tags may depend, with a stand-in for each name; then the
    values, escaped, are put in for each row. So names stand in it as they are, without filters.
    """
    _, *bits = token.split_contents()
    if not bits:
        raise TemplateSyntaxError("row_template: say of what kind the row is")
    kind, values = parser.compile_filter(bits.pop(0)), token_kwargs(bits, parser)
    if bits:
        raise TemplateSyntaxError(f"row_template: not understood: {' '.join(bits)}")
    nodelist = parser.parse(("endrow_template",))
    parser.delete_first_token()
    return RowTemplate(kind, values, nodelist)


@dataclass(eq=False)
class RowTemplate(Node):
    kind: FilterExpression
    values: dict[str, FilterExpression]
    nodelist: NodeList

    def render(self, context: Context) -> SafeString:
        of_page = cast("dict[Any, Any]", context.render_context.dicts[0])
        drawn: dict[object, str] = of_page.setdefault(self, {})
        kind = self.kind.resolve(context)
        if kind not in drawn:
            with context.push(**{name: SafeString(f"\0{name}\0") for name in self.values}):
                drawn[kind] = STAND_IN.sub(r"%(\1)s", self.nodelist.render(context).replace("%", "%%"))
        values = {name: conditional_escape(value.resolve(context)) for name, value in self.values.items()}
        return SafeString(drawn[kind] % values)
