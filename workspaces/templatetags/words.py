from django import template

from workspaces.events import descriptions

register = template.Library()
register.simple_tag(descriptions.describe_event)
register.filter(descriptions.summarize_changes)
