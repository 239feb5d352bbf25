from django import template

from workspaces import sentences

register = template.Library()
register.simple_tag(sentences.sentence)
register.filter(sentences.brief)
