"""Invitations by e-mail: lists of addresses, operations, links, delivery and acceptance."""
