"""Watching: from parcels of records to findings, incidents and alarms, again and again from one journal."""
