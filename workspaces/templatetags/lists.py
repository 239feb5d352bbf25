"""What lists draw in Python, since they draw it often."""

from django import template
from django.forms.utils import flatatt
from django.template import Context
from django.utils.safestring import SafeString

from workspaces.tables import Line

register = template.Library()


@register.simple_tag(takes_context=True)
def table_row(context: Context, line: Line) -> SafeString:
    """The `<tr>` of a row. Each cell sees its `record`, and all that the page sees.

    A page has some two hundred cells: the tags to loop, to choose and to include would take longer than they do.
    """
    with context.push(record=line.record):
        cells = [f'<td role="cell"{one.attributes}>{one.template.render(context)}</td>' for one in line.columns]
    return SafeString(f'<tr role="row"{flatatt(line.attributes)}>{"".join(cells)}</tr>')
