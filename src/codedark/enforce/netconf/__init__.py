"""Routers and firewalls over NETCONF, with access lists and commits that take themselves back."""
