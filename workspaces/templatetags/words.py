from django import template

from workspaces.events import descriptions

register = template.Library()
register.simple_tag(descriptions.sentence)
register.filter(descriptions.brief)
