"""Telling people: channels, messages, and when to try again."""
