"""The ward station: what is charted there while the systems are off."""
