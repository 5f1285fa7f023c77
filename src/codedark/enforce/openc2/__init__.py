"""Firewalls that take OpenC2 commands."""
